"""Documents that are there twice, exactly or nearly, told by the runs of eight words they share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from creative.training.records import Document
from creative.training.words import list_words

RUN = 8
"""Words of one run."""
NEAR = 0.6
"""Share of a document's runs that stand in one other document, from which on it is left out."""


def find_duplicates(documents: Sequence[Document]) -> dict[int, str]:
    """Give the places of the documents that another one holds, each with the reason; the longer one stays.

    Answers of a brief count as words of the document, so one text under two briefs is no duplicate if short.
    """
    runs = {place: set(_runs(document)) for place, document in enumerate(documents)}
    owner: dict[int, int] = {}
    reasons: dict[int, str] = {}
    for place in sorted(runs, key=lambda p: (-len(runs[p]), p)):
        shared = Counter(owner[run] for run in runs[place] if run in owner)
        other, count = shared.most_common(1)[0] if shared else (-1, 0)
        if shared and count == len(runs[place]) == len(runs[other]):
            reasons[place] = (
                f"duplicate: the same words as “{documents[other].title}”{_where(documents, place, other)}"
            )
        elif shared and count >= NEAR * len(runs[place]):
            share = count / len(runs[place])
            reasons[place] = (
                f"near duplicate of “{documents[other].title}”{_where(documents, place, other)}: "
                f"{share:.0%} of its runs of {RUN} words stand there too"
            )
        else:
            for run in runs[place]:
                owner.setdefault(run, place)
    return reasons


def _where(documents: Sequence[Document], place: int, other: int) -> str:
    return "" if documents[place].file == documents[other].file else f" in {documents[other].file}"


def _runs(document: Document) -> Iterator[int]:
    words = list_words("\n".join([*document.brief.values(), document.text]))
    if len(words) <= RUN:
        yield hash(tuple(words))
    for at in range(len(words) - RUN + 1):
        yield hash(tuple(words[at : at + RUN]))
