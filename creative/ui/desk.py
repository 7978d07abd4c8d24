"""The tab of a form: its desk and the feed beside it; the same function draws every form."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

import gradio as gr

from creative.errors import CreativeError
from creative.orders import Step
from creative.studio import Studio
from creative.ui.answers import Answers
from creative.ui.messages import tell, tell_reason
from creative.ui.orders import meet_visitor, read_order, text_of, writer_of
from creative.ui.runs import Runs
from creative.ui.spec import describe_form, label_pairs

PAINT_EVERY_S = 0.04
"""Text that comes faster than this is sent together; the eye sees 25 steps a second as one flow."""
WRITERS_AT_ONCE = 64
"""Streams that Gradio lets through; the engine itself keeps the line and batches them."""

# The name of the event stands in quotes because Gradio looks for it there.
_DESK_SCRIPT = """
const show = () => window.folio.desk(element, props, (name, order) => trigger(name, order), server); // 'run'
window.folio ? show() : window.addEventListener('folio', show, {once: true});
"""
_FEED_SCRIPT = """
const listen = () => window.folio.feed(props, watch);
window.folio ? listen() : window.addEventListener('folio', listen, {once: true});
"""


@dataclass(frozen=True)
class Desk:
    """The components of a form's tab."""

    page: gr.HTML
    feed: gr.HTML


@dataclass
class Feed:
    """What the page is told of a run; `texts` hold all so far, so that a lost message loses nothing."""

    run: str
    page: str = "en"
    state: str = "waiting"
    ahead: int = 0
    texts: list[str] = field(default_factory=list)
    finished: list[str] = field(default_factory=list)
    draft: str = ""
    nodes: list[str] = field(default_factory=list)
    seed: int | None = None
    report: dict[str, Any] | None = None
    error: dict[str, str] | None = None

    def take(self, step: Step) -> bool:
        """Add a step; whether it must be shown at once."""
        urgent = step.state != self.state or bool(step.finish) or step.ahead != self.ahead
        self.state, self.ahead = step.state, step.ahead
        while len(self.texts) <= step.index:
            self.texts.append("")
            self.finished.append("")
        self.texts[step.index] += step.text
        self.finished[step.index] = self.finished[step.index] or step.finish
        self.draft = step.draft or self.draft
        self.nodes = list(step.nodes) or self.nodes
        self.seed = step.seed if step.seed is not None else self.seed
        if step.report:
            self.report = {"trimmed": tell_reason(step.report.trimmed, self.page)}
        return urgent


def build_desk(studio: Studio, form: str, answers: Answers) -> Desk:
    """Draw a form's desk from its questions; what it looks like is the page's own script and style."""
    page = gr.HTML(
        html_template="<div class='desk-place'></div>",
        js_on_load=_DESK_SCRIPT,
        elem_id=f"desk-{form}",
        elem_classes=["desk-block"],
        apply_default_css=False,
        server_functions=[answer_for(answers)],
        spec=describe_form(studio, form),
    )
    feed = gr.HTML(
        html_template="",
        js_on_load=_FEED_SCRIPT,
        elem_classes=["feed-block"],
        apply_default_css=False,
        form=form,
    )
    return Desk(page, feed)


def connect_desk(desk: Desk, studio: Studio, runs: Runs) -> None:
    """Join the desk's one event, a run of the model, to its feed."""

    def run(event: gr.EventData, request: gr.Request) -> Iterator[dict[str, Any]]:
        yield from write(studio, runs, event._data, request)

    desk.page.run(
        run,
        inputs=None,
        outputs=[desk.feed],
        show_progress="hidden",
        concurrency_limit=WRITERS_AT_ONCE,
        concurrency_id="writers",
        trigger_mode="multiple",
        api_visibility="private",
    )


def answer_for(answers: Answers) -> Any:
    """Give the function that the page's scripts call; Gradio knows it by its name."""

    def ask(question: Any, request: gr.Request) -> dict[str, Any]:
        return answers.answer(question, request)

    return ask


def write(studio: Studio, runs: Runs, asked: object, request: gr.Request) -> Iterator[dict[str, Any]]:
    """Fill one order of a page, giving the feed as it grows; a refusal is the last thing told."""
    values = asked if isinstance(asked, dict) else {}
    language = "zh" if values.get("page") == "zh" else "en"
    feed = Feed("", language)
    try:
        feed.run = text_of(values, "run")
        writer = writer_of(values)
        order = read_order(values, writer)
        visitor = meet_visitor(studio, request, writer)
        with runs.begin(writer, feed.run) as run:
            yield from _paint(feed, studio.stream(order, visitor, run.cancel))
    except CreativeError as err:
        feed.state, feed.error = "error", tell(err, language, label_pairs(studio))
        yield asdict(feed)


def _paint(feed: Feed, steps: Iterator[Step]) -> Iterator[dict[str, Any]]:
    painted_at = 0.0
    for step in steps:
        urgent = feed.take(step)
        now = time.monotonic()
        if urgent or now - painted_at >= PAINT_EVERY_S:
            painted_at = now
            yield asdict(feed)
