"""The named endpoints that people script against; plain JSON in and out, refusals as sentences."""

# No deferred annotations here: Gradio reads the types of the handlers as they stand.
import functools
import inspect
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import gradio as gr

from creative.errors import CreativeError
from creative.orders import Order
from creative.studio import Offer, Studio
from creative.ui.desk import WRITERS_AT_ONCE
from creative.ui.orders import meet_visitor
from creative.ui.spec import describe_form

P = ParamSpec("P")
R = TypeVar("R")
Plain = dict[str, Any]


def add_endpoints(studio: Studio) -> None:
    """Add every public endpoint to the page being drawn; `docs/api.md` tells them to people."""
    _add_lists(studio)
    _add_writing(studio)
    _add_texts(studio)


def told(handler: Callable[P, R]) -> Callable[P, R]:
    """Give the handler with refusals turned into what a client shows: two sentences, no trace."""

    @functools.wraps(handler)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return handler(*args, **kwargs)
        except CreativeError as err:
            raise gr.Error(str(err), print_exception=False) from err

    return wrapped


def _add_lists(studio: Studio) -> None:
    def forms() -> list[dict[str, Any]]:
        """Every form: name, title, the questions of its brief, its actions, checks and export formats."""
        return [_describe(studio, form.name) for form in studio.forms()]

    def models() -> dict[str, Any]:
        """The model in use, the one on its way, and which models of the catalogue fit this machine and why."""
        state = studio.model_state()
        arrival = state.arrival
        return {
            "in_use": asdict(state.in_use) if state.in_use else None,
            "arriving": None
            if arrival is None
            else {
                "model": arrival.model,
                "stage": arrival.stage,
                "done_bytes": arrival.done_bytes,
                "total_bytes": arrival.total_bytes,
                "problem": str(arrival.problem) if arrival.problem else "",
            },
            "models": [_offer(offer) for offer in studio.models()],
        }

    def voices(request: gr.Request) -> list[dict[str, Any]]:
        """The voices on the shelf: name, title, the model and form each was trained for; the owner sees passports."""
        return studio.workshop.voices(meet_visitor(studio, request, str(request.session_hash)), examples=True)

    for handler in (forms, models, voices):
        gr.api(told(handler), api_name=handler.__name__)


def _add_writing(studio: Studio) -> None:
    def write(
        form: str,
        brief: dict[str, Any],
        request: gr.Request,
        voice: str = "",
        creativity: float = 0.5,
        max_tokens: int = 512,
        seed: int = -1,
        language: str = "English",
    ) -> Iterator[str]:
        """A first draft from a brief: the text so far, streamed; the last item is the whole text."""
        order = Order(form, brief, language=language, seed=seed)
        order = replace(order, voice=voice, creativity=creativity, max_tokens=max_tokens)
        yield from _stream(studio, order, request)

    def continue_text(
        form: str,
        brief: dict[str, Any],
        text: str,
        request: gr.Request,
        voice: str = "",
        creativity: float = 0.5,
        max_tokens: int = 256,
        seed: int = -1,
        language: str = "English",
    ) -> Iterator[str]:
        """What comes after a text: the new text only, so far, streamed."""
        order = Order(form, brief, "continue", text, language=language, seed=seed)
        order = replace(order, voice=voice, creativity=creativity, max_tokens=max_tokens)
        yield from _stream(studio, order, request)

    def revise(
        action: str,
        text: str,
        selection: str,
        form: str,
        brief: dict[str, Any],
        request: gr.Request,
        instruction: str = "",
        voice: str = "",
        creativity: float = 0.5,
        max_tokens: int = 256,
        seed: int = -1,
        language: str = "English",
    ) -> Iterator[str]:
        """What takes the place of a selection after an action of the form: the replacement so far, streamed."""
        order = Order(
            form, brief, action, text, selection, instruction=instruction, language=language, seed=seed
        )
        order = replace(order, voice=voice, creativity=creativity, max_tokens=max_tokens)
        yield from _stream(studio, order, request)

    for name, handler in (("write", write), ("continue", continue_text), ("revise", revise)):
        gr.api(_streamed(handler), api_name=name, concurrency_limit=WRITERS_AT_ONCE, concurrency_id="writing")


def _add_texts(studio: Studio) -> None:
    def check(form: str, text: str, brief: dict[str, Any], language: str = "English") -> list[dict[str, Any]]:
        """Remarks on a text: check, level (pass, warn, fail), title, message, line, start, end (code points)."""
        return [asdict(finding) for finding in studio.check(form, text, brief, language)]

    def export(form: str, text: str, format: str) -> str:
        """A file of the text in one of the form's formats."""
        name, body = studio.export(form, text, format)
        # Gradio copies it into its cache, from where only who knows the hash of its content can fetch it.
        path = Path(tempfile.mkdtemp(prefix="folio-")) / name
        path.write_bytes(body)
        return str(path)

    gr.api(told(check), api_name="check")
    # A file needs a component: plain endpoints carry JSON only.
    asked = [gr.Textbox(visible=False, label=label) for label in ("form", "text", "format")]
    button = gr.Button(visible=False)
    button.click(told(export), asked, gr.File(visible=False, label="file"), api_name="export")


def _streamed(handler: Callable[P, Iterator[str]]) -> Callable[P, Iterator[str]]:
    """Turn refusals of a stream into sentences, and show clients the type of its items."""

    @functools.wraps(handler)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> Iterator[str]:
        try:
            yield from handler(*args, **kwargs)
        except CreativeError as err:
            raise gr.Error(str(err), print_exception=False) from err

    wrapped.__signature__ = inspect.signature(handler).replace(return_annotation=str)  # type: ignore[attr-defined]
    return wrapped


def _stream(studio: Studio, order: Order, request: gr.Request) -> Iterator[str]:
    """Give the text so far after each step; a client that leaves ends the writing."""
    cancel = threading.Event()
    written = ""
    try:
        for step in studio.stream(order, meet_visitor(studio, request, str(request.session_hash)), cancel):
            if step.text:
                written += step.text
                yield written
        # Also where nothing was written: the last item is the whole text.
        yield written
    finally:
        cancel.set()


def _describe(studio: Studio, name: str) -> Plain:
    shown = describe_form(studio, name)
    return {
        "name": name,
        "title": shown["title"]["en"],
        "fields": [
            {
                "name": field["name"],
                "label": field["label"]["en"],
                "required": field["required"],
                "help": field["help"]["en"],
                "choices": [choice["value"] for choice in field["choices"]],
            }
            for field in shown["fields"]
        ],
        "actions": [action.name for action in studio.form_actions(name)],
        "checks": list(studio.form(name).checks),
        "exporters": [exporter["name"] for exporter in shown["exporters"]],
    }


def _offer(offer: Offer) -> Plain:
    model = offer.model
    return {
        "id": model.id,
        "title": model.title,
        "parameters_b": model.parameters_b,
        "licence": model.licence,
        "languages": list(model.languages),
        "context": model.context,
        "fits": offer.fits,
        "why": offer.why,
    }
