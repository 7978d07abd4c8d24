"""The hall: what a person can do here, each as one method; the doors know nothing behind it."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from creative import actions, checks, exporters, forms
from creative.actions import Action
from creative.adapters import Shelf, Voice
from creative.catalogue import models as catalogue
from creative.catalogue.fit import Machine, choose
from creative.catalogue.hub import EXAMPLE_VOICES
from creative.catalogue.models import CatalogueModel
from creative.checks import Finding
from creative.drafts import Drafts, NewNode, Recording, plain
from creative.engines.contract import Engine, EngineInfo, Piece, Sampling, WriteRequest
from creative.engines.opening import opener, reacher
from creative.engines.pool import OpenModel, Pool, PoolState
from creative.errors import (
    BadValue,
    DoesNotFit,
    MalformedFile,
    UnknownAction,
    UnknownForm,
    UnknownFormat,
    UnknownVoice,
)
from creative.exporters import Exporter, Manuscript
from creative.forms import Budget, Composed, Form, Task
from creative.orders import (
    LARGEST_SEED,
    MOST_VARIANTS,
    Order,
    PromptPart,
    Report,
    Step,
    check_samplers,
    check_texts,
    check_whole,
)
from creative.redrawing import write_guided
from creative.settings import Settings
from creative.trust import Visitor, require_owner
from creative.workshop import House, Workshop
from creative.writing import Seat, fill

LOADING_STEP_S = 0.5
"""How often a waiting page is told that the model is still on its way."""


@dataclass(frozen=True)
class Plan:
    """An order, checked: what each part of it names and how much may be written."""

    order: Order
    form: Form
    action: Action | None
    brief: Mapping[str, str]
    language: str
    sampling: Sampling
    voice: str


@dataclass(frozen=True)
class Offer:
    """A model that can be chosen, and whether it fits here."""

    model: CatalogueModel
    fits: bool
    why: str
    """One sentence with the numbers: the precision it would take, or what is missing."""


class Studio:
    """Everything a door can ask for. Safe from many threads; raises CreativeError for what a person did."""

    def __init__(self, settings: Settings, open_model: OpenModel | None = None) -> None:
        """Read the forms and actions, open the drafts, and start opening the model behind the page.

        `open_model` takes the place of opening a model's files; a test gives a scripted one.
        """
        home = settings.home
        self.settings = settings
        self._actions, bad_actions = actions.load_actions((actions.FOLDER, home / "actions"))
        self._forms, bad_forms = forms.load_forms((forms.FOLDER, home / "forms"), self._actions)
        self._catalogue = catalogue.load_catalogue((catalogue.FOLDER, home / "models"))
        self.problems: tuple[MalformedFile, ...] = (*bad_forms, *bad_actions, *self._catalogue.faults)
        self.shelf = Shelf((home / "voices", EXAMPLE_VOICES), settings.voice)
        self.drafts = Drafts(home / "drafts.sqlite")
        self._pool = Pool(open_model or self._opener())
        self.workshop = Workshop(House(settings, self._forms, self.shelf, self._pool, self.drafts))
        self._start()

    # --- what there is ---------------------------------------------------------------

    def forms(self) -> tuple[Form, ...]:
        """Give every form, in the order of the tabs."""
        return tuple(self._forms.values())

    def form(self, name: str) -> Form:
        """Give the form of that name; UnknownForm lists what there is."""
        if not isinstance(name, str) or name not in self._forms:
            raise UnknownForm(name, self._forms)
        return self._forms[name]

    def form_actions(self, name: str) -> tuple[Action, ...]:
        """Give the actions that serve a form, those it names first."""
        return forms.offered(self.form(name), self._actions.values())

    def voices(self) -> tuple[Voice, ...]:
        """Give every voice on the shelf, and those that a server has itself.

        The examples are not given while another model than theirs is in use.
        """
        info = self._pool.state().in_use
        listed = tuple(
            voice
            for voice in self.shelf.list()
            if voice.folder.parent != EXAMPLE_VOICES
            or info is None
            or voice.base_fingerprint == info.fingerprint
        )
        mine = {voice.name for voice in listed}
        there = [name for name in info.voices if name not in mine] if info else []
        return listed + tuple(_voice_there(name, info.model) for name in there if info)

    def formats(self, name: str) -> tuple[tuple[str, Exporter], ...]:
        """Give the formats a form can be exported in: name and exporter, in the form's order."""
        return tuple((format_name, exporters.find(format_name)) for format_name in self.form(name).exporters)

    def models(self) -> tuple[Offer, ...]:
        """Give the models of the catalogue, smallest first, with what each would take on this machine.

        None where a server writes: it has its own.
        """
        if self.settings.engine:
            return ()
        # Looks at the GPU with torch's eyes, which takes seconds the first time it is loaded.
        from creative.engines.machine import measure_machine

        machine = measure_machine()
        return tuple(_offer(model, machine) for model in self._catalogue.models)

    def model_state(self) -> PoolState:
        """Give the model in use and the one on its way."""
        return self._pool.state()

    def choose_model(self, visitor: Visitor, model: str, precision: str = "auto") -> None:
        """Open another model behind the page; the one in use goes on until it is ready. Owner only."""
        require_owner(visitor, "switch models")
        self._pool.choose(model, precision)

    # --- writing ---------------------------------------------------------------------

    def stream(self, order: Order, visitor: Visitor, cancel: threading.Event | None = None) -> Iterator[Step]:
        """Fill an order, step by step; closing the iterator or setting `cancel` ends it within a token.

        With a writer, every variant becomes a version of the draft as soon as writing starts: the head
        for a first draft or a continuation, a proposal for revisions, variants and ideas.
        """
        plan = self._plan(order)
        order = plan.order
        cancel = cancel or threading.Event()
        while not self._pool.wait(LOADING_STEP_S, plan.form.model):
            yield Step("loading")
            if cancel.is_set():
                yield Step("stopped")
                return
        with self._pool.lend(plan.form.model) as engine:
            request, composed = self._compose(plan, engine, visitor)
            report = _report(plan, engine, request, composed)
            seat = Seat(order, plan.action, composed.seam)
            # What the model refuses, such as another model's voice, must not leave an empty version.
            pieces = _begin(plan, engine, request, cancel)
            recording = self._record(plan, report, seat, engine) if order.writer else None
            yield from fill(pieces, request, seat, recording, report, cancel)

    def show_prompt(self, order: Order, visitor: Visitor) -> Report:
        """Give what the model would read for an order, piece by piece with token counts; writes nothing."""
        plan = self._plan(order)
        if not self._pool.wait(0, plan.form.model):
            raise BadValue("The model is still waking up.", "Try again in a few seconds.")
        with self._pool.lend(plan.form.model) as engine:
            request, composed = self._compose(plan, engine, visitor)
            return _report(plan, engine, request, composed)

    # --- around the text -------------------------------------------------------------

    def check(self, form: str, text: str, brief: Mapping[str, object], language: str) -> list[Finding]:
        """Read a text with the form's craft checks; nothing is changed."""
        found = self.form(form)
        answers = forms.clean_brief(found, brief, complete=False)
        return checks.run(found.checks, _text(text), answers, forms.clean_language(language))

    def export(
        self, form: str, text: str, format_name: str, title: str = "", language: str = "English"
    ) -> tuple[str, bytes]:
        """Give a file name and the file's bytes in one of the form's formats."""
        found = self.form(form)
        if format_name not in found.exporters:
            raise UnknownFormat(format_name, found.exporters)
        exporter = exporters.find(format_name)
        title = (title or _first_line(text) or found.title.en).strip()
        body = exporter.export(Manuscript(title, _text(text), found.name, forms.clean_language(language)))
        return f"{_file_name(title)}{exporter.SUFFIX}", body

    def archive(self, writer: str) -> bytes:
        """Give a zip of all the writer's drafts with their versions."""
        return self.drafts.archive(writer, plain)

    def close(self) -> None:
        """Free the model and close the drafts; a training under way goes on."""
        self.workshop.close()
        self._pool.close()
        self.drafts.close()

    # --- inside ----------------------------------------------------------------------

    def _opener(self) -> OpenModel:
        settings = self.settings
        if not settings.engine:
            return opener(self.shelf, self._catalogue)
        key = settings.engine_key.get_secret_value() if settings.engine_key else ""
        return reacher(settings.engine, key, self.shelf, self._catalogue)

    def _start(self) -> None:
        """Open the starter, which takes a second, and then the model that was asked for; a server does without."""
        model, precision = self.settings.model, self.settings.quantize
        if self.settings.engine:
            self._pool.choose(model, precision)
            return
        self._pool.choose("", "auto" if model else precision)
        if model:
            self._pool.choose(model, precision)

    def _plan(self, order: Order) -> Plan:
        order = check_texts(order)
        form = self.form(order.form)
        action = self._find_action(form, order.action)
        brief = forms.clean_brief(form, order.brief, complete=action is None)
        values = forms.sampling_for(form, order.creativity, action) | check_samplers(order.overrides)
        check_whole("seed", order.seed, -1, LARGEST_SEED)
        check_whole("variants", order.variants, 1, MOST_VARIANTS)
        if action and action.kind == "revise" and order.text and order.selection not in order.text:
            raise BadValue(
                "The selected passage is not in the text.", "Select it again; the text has changed."
            )
        if action and action.kind == "continue" and not order.text.strip():
            raise BadValue("There is no text to go on from.", "Write a first draft, or type an opening line.")
        voice = order.voice or form.voice
        if voice and voice not in (known := {each.name for each in self.voices()}):
            raise UnknownVoice(voice, known)
        language = forms.clean_language(order.language)
        return Plan(order, form, action, brief, language, Sampling.of(values), voice)

    def _find_action(self, form: Form, name: str) -> Action | None:
        if name == "write":
            return None
        offered = {action.name: action for action in self.form_actions(form.name)}
        if name not in offered:
            raise UnknownAction(name, ("write", *offered))
        return offered[name]

    def _compose(self, plan: Plan, engine: Engine, visitor: Visitor) -> tuple[WriteRequest, Composed]:
        order, info = plan.order, engine.info
        _check_taken(order.overrides, info)
        reserve = self._reserve(plan, engine)
        budget = Budget(info.context, reserve, engine.count, info.chat)
        task = Task(plan.action, order.text, order.selection, order.selection_start, order.instruction)
        composed = forms.compose(plan.form, plan.brief, task, budget, plan.language)
        request = WriteRequest(
            prompt=composed.prompt,
            max_new_tokens=self._most(plan, reserve, info.context - composed.tokens),
            sampling=plan.sampling,
            adapter=plan.voice,
            n=int(order.variants),
            stop=composed.stop,
            seed=None if order.seed == -1 else int(order.seed),
            owner=visitor.key,
        )
        return request, composed

    def _reserve(self, plan: Plan, engine: Engine) -> int:
        """Give how many tokens are kept free for writing: as asked, else by length, at most half the context."""
        context = engine.info.context
        if plan.order.max_tokens is not None:
            return check_whole("max_tokens", plan.order.max_tokens, 1, context - 1)
        if plan.action is None or plan.action.kind == "continue":
            wanted = plan.form.length(plan.brief).max_new_tokens
            # A continuation adds a scene, not a second whole; the draft needs the other half.
            return min(wanted if plan.action is None else max(64, wanted // 2), context // 2)
        return min(plan.action.most_tokens(engine.count(plan.order.selection)), context // 2)

    def _most(self, plan: Plan, reserve: int, room: int) -> int:
        """Give how many tokens may be written: a first draft may use what its prompt left over."""
        if plan.action is not None or plan.order.max_tokens is not None:
            return reserve
        return max(reserve, min(plan.form.length(plan.brief).max_new_tokens, room))

    def _record(self, plan: Plan, report: Report, seat: Seat, engine: Engine) -> Recording:
        order = plan.order
        title = next((plan.brief[f.name] for f in plan.form.fields if f.required), "")
        draft, head = order.draft, order.head
        if draft:
            self.drafts.save_brief(order.writer, draft, plan.brief, plan.language)
        else:
            made = self.drafts.create(
                order.writer, plan.form.name, _first_line(title), plan.brief, plan.language
            )
            draft, head = made.id, ""  # a head belongs to a draft
        parent = self.save_text(order.writer, draft, order.text, head) if order.text else head
        new = NewNode(
            text="",
            action=order.action,
            parent=parent,
            prompt=report.prompt,
            model=engine.info.model,
            adapter=plan.voice,
            seed=None if order.seed == -1 else int(order.seed),
            sampling=asdict(plan.sampling),
            proposal=seat.proposes,
            move_head=not seat.proposes,
        )
        return Recording(self.drafts, order.writer, draft, new, seat.places(int(order.variants)))

    def save_text(self, writer: str, draft: str, text: str, head: str = "") -> str:
        """Keep what the writer typed as a version and give its id; nothing new keeps the head.

        Raises DraftConflict when another window has moved on; the text is kept all the same.
        """
        open_draft = self.drafts.open(writer, draft)
        if open_draft.text == text:
            return open_draft.head
        return self.drafts.add(writer, draft, NewNode(text=_text(text)), expect_head=head)


def _begin(
    plan: Plan, engine: Engine, request: WriteRequest, cancel: threading.Event | None
) -> Iterator[Piece]:
    """Have a request written: drafts under the guide of the form's checks; servers, where tries cost, straight on."""
    goes_on = plan.action is not None and plan.action.kind == "continue"
    drafts = not engine.info.remote and (plan.action is None or goes_on)
    guide = checks.find_guide(plan.form.checks, plan.brief, plan.language) if drafts else None
    return write_guided(engine, request, guide, plan.order.text if goes_on else "", cancel)


def _check_taken(overrides: Mapping[str, object], info: EngineInfo) -> None:
    """Refuse what a writer set by hand and the engine cannot do; what a form sets besides is left out and said."""
    for name, value in overrides.items():
        if name in info.leaves_out and value != getattr(Sampling(), name):
            raise BadValue(
                f"{info.precision} does not take the setting {name}.", "Set it back, and write again."
            )


def _voice_there(name: str, model: str) -> Voice:
    """Give a voice that a server has, of which no more than the name is known here."""
    return Voice(name, name, Path(), model, "", form="", rank=0, method="LoRA", note="")


def _offer(model: CatalogueModel, machine: Machine) -> Offer:
    try:
        return Offer(model, True, choose(model.shape, machine).why)
    except DoesNotFit as err:
        return Offer(model, False, str(err))


def _report(plan: Plan, engine: Engine, request: WriteRequest, composed: Composed) -> Report:
    parts = tuple(PromptPart(p.name, p.text, p.tokens, p.trimmed_tokens) for p in composed.parts)
    prompt = engine.render(composed.prompt)
    return Report(
        parts=parts,
        prompt=prompt,
        prompt_tokens=engine.count(composed.prompt),
        context=engine.info.context,
        max_new_tokens=request.max_new_tokens,
        trimmed=composed.trimmed,
        sampling={k: v for k, v in asdict(plan.sampling).items() if k not in engine.info.leaves_out},
        model=engine.info.title,
        voice=plan.voice,
    )


def _text(text: object) -> str:
    if not isinstance(text, str):
        raise BadValue("A text has to be text.", "Send it as a string.")
    return text


def _first_line(text: str) -> str:
    lines = (line.strip().strip("#* ") for line in text.splitlines())
    return next((line for line in lines if line), "")[:80]


def _file_name(title: str) -> str:
    """Give a name that every file system takes: letters, digits, spaces and hyphens of the title."""
    name = re.sub(r"[^\w\- ]+", " ", title)
    return " ".join(name.split())[:60].strip() or "draft"
