"""What a page may ask beside writing: each question by its name, answered with plain data."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import gradio as gr

from creative.drafts import NewNode
from creative.errors import BadValue, CreativeError, DraftConflict, shorten
from creative.studio import Studio
from creative.ui.messages import tell, tell_all, tell_reason
from creative.ui.models import describe_model, describe_models
from creative.ui.orders import Asked, meet_visitor, read_brief, read_order, read_verb, text_of, writer_of
from creative.ui.runs import Runs
from creative.ui.spec import label_pairs
from creative.ui.workshop_answers import WorkshopAnswers

Plain = dict[str, Any]


class Answers:
    """The page's questions; every public method but `answer` is one."""

    def __init__(self, studio: Studio, runs: Runs) -> None:
        self._studio = studio
        self._runs = runs
        self._known: dict[str, Callable[[Asked], Any]] = {
            name: getattr(room, name)
            for room in (self, WorkshopAnswers(studio))
            for name in vars(type(room))
            if not name.startswith("_") and name != "answer"
        }

    def answer(self, question: object, request: gr.Request) -> Plain:
        """Answer a question of the page: `{ok, value}`, or `{ok: false, error}` with words for a person."""
        values = question if isinstance(question, dict) else {}
        language = "zh" if values.get("page") == "zh" else "en"
        try:
            name = text_of(values, "op")
            if name not in self._known:
                raise BadValue(f"The page cannot ask {shorten(name)}.", "Reload the page.")
            writer = writer_of(values)
            asked = Asked(values, writer, meet_visitor(self._studio, request, writer))
            value = self._known[name](asked)
            # A training's sentences are written into its folder, in English, before anyone asks for them.
            return {"ok": True, "value": tell_all(value, language) if name.startswith("train_") else value}
        except CreativeError as err:
            return {"ok": False, "error": tell(err, language, label_pairs(self._studio))}

    # --- the house -------------------------------------------------------------------

    def hello(self, asked: Asked) -> Plain:
        """Give the voices and the model in use."""
        voices = [{"name": v.name, "title": v.title, "form": v.form} for v in self._studio.voices()]
        return {"voices": voices, "model": describe_model(self._studio, asked.visitor, asked.text("page"))}

    def models(self, asked: Asked) -> Plain:
        """Give the models that can be chosen, why each fits or not, and the one on its way."""
        return describe_models(self._studio, asked.visitor, asked.text("page"))

    def choose(self, asked: Asked) -> Plain:
        """Bring another model; owner only."""
        self._studio.choose_model(asked.visitor, asked.text("model"), asked.text("precision") or "auto")
        return self.models(asked)

    def stop(self, asked: Asked) -> bool:
        """End a run of this writer's."""
        return self._runs.stop(asked.writer, asked.text("run"))

    def running(self, asked: Asked) -> bool:
        """Tell whether a run of this writer's goes on; one that broke says nothing by itself."""
        return self._runs.goes_on(asked.writer, asked.text("run"))

    # --- the text --------------------------------------------------------------------

    def check(self, asked: Asked) -> list[Plain]:
        """Give the findings on a text."""
        brief = read_brief(asked.values)
        found = self._studio.check(asked.text("form"), asked.text("text"), brief, asked.text("manuscript"))
        return [{**asdict(one), "origin": one.check == "originality"} for one in found if one.level != "pass"]

    def export(self, asked: Asked) -> Plain:
        """Give a file of the text."""
        name, body = self._studio.export(
            asked.text("form"),
            asked.text("text"),
            asked.text("format"),
            asked.text("title"),
            asked.text("manuscript"),
        )
        return {"name": name, "data": base64.b64encode(body).decode()}

    def prompt(self, asked: Asked) -> Plain:
        """Give what the model would read, with its tokens."""
        order = read_order(asked.values, asked.writer)
        report = self._studio.show_prompt(order, asked.visitor)
        return {**asdict(report), "trimmed": tell_reason(report.trimmed, asked.text("page"))}

    # --- the drafts ------------------------------------------------------------------

    def save(self, asked: Asked) -> Plain:
        """Keep a text as a version; the first makes the draft. After a conflict both texts are kept."""
        drafts, draft, head = self._studio.drafts, asked.text("draft"), asked.text("head")
        form = self._studio.form(asked.text("form"))
        brief, root = read_brief(asked.values), ""
        if draft:
            drafts.save_brief(asked.writer, draft, brief, asked.text("manuscript"))
        else:
            made = drafts.create(
                asked.writer, form.name, asked.text("title"), brief, asked.text("manuscript")
            )
            draft, head, root = made.id, made.head, made.head
        new = NewNode(text=asked.text("text"), action=read_verb(asked.values))
        try:
            node, conflict = drafts.add(asked.writer, draft, new, expect_head=head), False
        except DraftConflict as err:
            node, conflict = err.saved, True
        return {"draft": draft, "node": node, "root": root, "conflict": conflict}

    def tree(self, asked: Asked) -> Plain:
        """Give a draft whole: its brief, the text of its head, and its versions without their texts."""
        draft = self._studio.drafts.open(asked.writer, asked.text("draft"))
        nodes = [
            {
                "id": node.id,
                "parent": node.parent,
                "verb": node.action,
                "name": node.name,
                "words": node.words,
                "time": node.created,
                "proposal": node.proposal,
            }
            for node in draft.nodes
        ]
        return {
            "id": draft.id,
            "form": draft.form,
            "title": draft.title,
            "brief": dict(draft.brief),
            "language": draft.language,
            "head": draft.head,
            "text": draft.text,
            "nodes": nodes,
        }

    def text(self, asked: Asked) -> Plain:
        """Give the text of one version."""
        return {"text": self._studio.drafts.text(asked.writer, asked.text("draft"), asked.text("node"))}

    def go(self, asked: Asked) -> bool:
        """Show another version; a proposal is taken by this."""
        self._studio.drafts.move_head(asked.writer, asked.text("draft"), asked.text("node"))
        return True

    def name(self, asked: Asked) -> bool:
        """Give a version a name."""
        self._studio.drafts.name_version(
            asked.writer, asked.text("draft"), asked.text("node"), asked.text("name")
        )
        return True

    def drafts(self, asked: Asked) -> list[Plain]:
        """Give the writer's drafts, latest first, that have the words looked for."""
        return [asdict(one) for one in self._studio.drafts.listing(asked.writer, asked.text("query"))]

    def rename(self, asked: Asked) -> bool:
        """Give a draft another title."""
        self._studio.drafts.rename(asked.writer, asked.text("draft"), asked.text("title"))
        return True

    def duplicate(self, asked: Asked) -> str:
        """Copy a draft with its versions."""
        return self._studio.drafts.duplicate(asked.writer, asked.text("draft")).id

    def remove(self, asked: Asked) -> bool:
        """Delete a draft; it can be restored."""
        self._studio.drafts.delete(asked.writer, asked.text("draft"))
        return True

    def restore(self, asked: Asked) -> bool:
        """Bring a deleted draft back."""
        self._studio.drafts.restore(asked.writer, asked.text("draft"))
        return True

    def archive(self, asked: Asked) -> Plain:
        """Give all of the writer's drafts in one file."""
        return {
            "name": "folio-drafts.zip",
            "data": base64.b64encode(self._studio.archive(asked.writer)).decode(),
        }
