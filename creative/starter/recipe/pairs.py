"""What a pair is: a brief, and the text that answers it; made by rule, rendered later by the forms' own code."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Pair:
    """One brief of a form and one text that follows it."""

    form: str
    brief: dict[str, str]
    text: str
    wanted: tuple[str, ...] = ()
    """Names and key words of the brief that the text uses; the report counts them."""
    whole: bool = True
    """Whether the text ends here; of a cut text the end is not trained."""
    action: str = ""
    """Name of a revision or brainstorm; empty for a first draft."""
    draft: str = ""
    """The text that an action starts from."""
    selection: str = ""
    """The passage of it that a revision replaces."""

    @property
    def answers(self) -> str:
        """All that the brief says, one answer after the other."""
        return " ".join(self.brief.values())


def write_pairs(pairs: Iterable[Pair], path: Path) -> int:
    """Write one pair a line as JSON; gives how many."""
    count = 0
    with path.open("w", encoding="utf-8") as out:
        for pair in pairs:
            out.write(json.dumps(asdict(pair)) + "\n")
            count += 1
    return count


def read_pairs(path: Path) -> Iterator[Pair]:
    """Read what write_pairs wrote."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            fields = json.loads(line)
            yield Pair(**fields | {"wanted": tuple(fields["wanted"])})


def list_words(words: list[str]) -> str:
    """The words as a sentence lists them: a, b and c."""
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]


def split_sentences(text: str) -> list[str]:
    """The sentences of one paragraph; a closing quote stays with its sentence."""
    return [
        s.strip()
        for s in re.split(r'(?<=[.!?])\s+(?=["“A-Z])|(?<=[.!?]["”])\s+(?=["“A-Z])', text)
        if s.strip()
    ]
