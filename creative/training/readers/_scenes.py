"""The scenes of a screenplay: found by their headings, short ones joined to the next, notes taken out."""

from __future__ import annotations

import re
from itertools import pairwise

from creative.fountain import Element, parse
from creative.training.readers._reading import Reading
from creative.training.records import Document, LeftOut
from creative.training.words import count_words, first_words

SHORTEST = 60
"""Words a scene has at least to stand alone; a shorter one goes with the scene after it."""

_HEADING = re.compile(
    r"^\s*(?:\d+[A-Z]?\.?\s+)?(?:(?:INT|EXT|INT\.?/EXT|EXT\.?/INT|I/E)[. ]|内景|外景|内/外景)", re.MULTILINE
)
_UNPRINTED = {"note", "boneyard", "section", "synopsis", "page_break"}


def is_script(text: str) -> bool:
    """Tell whether a plain text is a screenplay: two scene headings, and one in a hundred lines at least."""
    found = len(_HEADING.findall(text))
    return found >= 2 and found * 100 >= text.count("\n")


def read_script(text: str, file: str) -> Reading:
    """Give the scenes of a script, each opening with its heading; the title page and notes are left out."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x0c", "\n")
    script = parse(text)
    starts = [e.start for e in script.elements if e.kind == "scene_heading"]
    if not starts:
        return Reading(())
    first = script.elements[0].start
    left_out = []
    if title_page := text[:first].strip():
        why = "boilerplate: the title page"
        left_out.append(LeftOut(file, first_words(title_page), why, count_words(title_page)))
    # "FADE IN:" and what else stands before the first heading belongs to the first scene.
    bounds = [first, *starts[1:], len(text)]
    scenes = [_printed(text, a, b, script.elements) for a, b in pairwise(bounds)]
    unprinted = sum(
        count_words(e.text) for e in script.elements if e.kind in ("note", "boneyard", "synopsis")
    )
    if unprinted:
        why = "boilerplate: notes and synopses, which a script does not print"
        left_out.append(LeftOut(file, "notes", why, unprinted))
    documents = [Document(_title(scene), file, scene) for scene in _join_short(scenes)]
    return Reading(tuple(documents), tuple(left_out), parted=True)


def _printed(text: str, start: int, stop: int, elements: tuple[Element, ...]) -> str:
    kept, at = [], start
    for element in elements:
        if element.kind in _UNPRINTED and start <= element.start < stop:
            kept.append(text[at : element.start])
            at = max(at, element.end)
    kept.append(text[at:stop])
    lines = [line.rstrip() for line in "".join(kept).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


def _join_short(scenes: list[str]) -> list[str]:
    joined: list[str] = []
    for scene in filter(str.strip, scenes):
        if joined and count_words(joined[-1]) < SHORTEST:
            joined[-1] += f"\n\n{scene}"
        else:
            joined.append(scene)
    if len(joined) > 1 and count_words(joined[-1]) < SHORTEST:
        last = joined.pop()
        joined[-1] += f"\n\n{last}"
    return joined


def _title(scene: str) -> str:
    found = next((line for line in scene.split("\n") if _HEADING.match(line)), scene)
    return first_words(found.strip(" ."), 60)
