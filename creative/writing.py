"""Filling an order: the engine's pieces become steps for the page and versions of the draft."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator
from functools import partial

from creative.actions import Action
from creative.drafts import Recording
from creative.engines.contract import Piece, WriteRequest
from creative.orders import Order, Report, Step


class Seat:
    """Where new text goes in the draft, and how its ends are tidied to fit there."""

    def __init__(self, order: Order, action: Action | None, seam: str) -> None:
        self._order = order
        self._kind = action.kind if action else "write"
        self._seam = seam
        self.proposes = self._kind in ("revise", "brainstorm") or order.variants > 1
        """Whether the writer has still to take what is written."""

    def places(self, variants: int) -> list[Callable[[str], str]]:
        """Give, for each variant, the function that puts its text into the whole draft."""
        return [partial(self._place)] * variants

    def ends(self) -> Ends:
        """Give a fresh tidier for one variant's text."""
        return Ends(self._seam if self._kind == "continue" else None)

    def _place(self, new: str) -> str:
        order = self._order
        if self._kind == "continue":
            return order.text + new
        if self._kind != "revise":
            return new
        start = order.selection_start
        end = start + len(order.selection) if start is not None else 0
        if start is None or order.text[start:end] != order.selection:
            start = max(0, order.text.find(order.selection))
            end = start + len(order.selection)
        # The model's text comes without blanks at its ends; the line breaks around a passage stay.
        kept = order.selection.strip()
        before, after = order.selection.split(kept, 1) if kept else ("", "")
        return order.text[:start] + before + new + after + order.text[end:]


class Ends:
    """Tidies the two ends of a streamed text: no blank start, no blank tail.

    With a `seam` (spaces that already stand on the page) only those are taken off the front.
    """

    def __init__(self, seam: str | None) -> None:
        self._seam = seam
        self._started = False
        self._held = ""

    def feed(self, text: str) -> str:
        """Give what of `text` can be shown now; trailing blanks wait for what follows."""
        text = self._held + text
        if not self._started:
            text = text.lstrip() if self._seam is None else self._off(text)
        shown = text.rstrip()
        if not shown:
            # Blanks alone: before the start nothing is known yet, so all of it waits.
            self._held = text
            return ""
        self._started = True
        self._held = text[len(shown) :]
        return shown

    def _off(self, text: str) -> str:
        return text[len(self._seam or "") :] if self._seam and text.startswith(self._seam) else text


def fill(
    pieces: Iterator[Piece],
    request: WriteRequest,
    seat: Seat,
    recording: Recording | None,
    report: Report,
    cancel: threading.Event,
) -> Iterator[Step]:
    """Write and give each step; however it ends, what was written is on disk."""
    nodes = recording.nodes if recording else ()
    draft = recording.draft if recording else ""
    ends = [seat.ends() for _ in range(request.n)]
    first: Report | None = report
    try:
        yield Step("writing", draft=draft, nodes=nodes, report=first)
        for piece in pieces:
            if piece.ahead:
                yield Step("waiting", ahead=piece.ahead, draft=draft, nodes=nodes)
                continue
            shown = ends[piece.index].feed(piece.text)
            finish = piece.finish_reason or ""
            if recording and (shown or finish):
                recording.write(piece.index, shown, finish)
            if shown or finish:
                yield _step(piece, shown, draft, nodes)
        yield Step("stopped" if cancel.is_set() else "done", draft=draft, nodes=nodes)
    finally:
        if isinstance(pieces, Generator):
            pieces.close()  # at once, not when the last traceback that holds it is gone
        if recording:
            recording.end("cancelled")


def _step(piece: Piece, shown: str, draft: str, nodes: tuple[str, ...]) -> Step:
    return Step(
        "writing",
        index=piece.index,
        text=shown,
        draft=draft,
        nodes=nodes,
        finish=piece.finish_reason or "",
        seed=piece.counts.seed if piece.counts else None,
        new_tokens=piece.counts.new_tokens if piece.counts else 0,
    )
