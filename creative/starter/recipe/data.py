"""The corpus as token files: for each kind the tokens and where each document starts.

python -m creative.starter.recipe.data --corpus FOLDER --out FOLDER
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from creative.starter.recipe.corpus import KINDS, read_corpus

STARTER = Path(__file__).parent.parent
END = 0
"""The token between documents, <|endoftext|>."""


@dataclass(frozen=True)
class Tokens:
    """The tokens of one kind, end to end, and the place where each document starts."""

    ids: np.ndarray
    starts: np.ndarray


def write_tokens(docs: list[str], tokenizer: Tokenizer, stem: Path) -> int:
    """Write the documents' tokens and starts beside each other; gives the number of tokens."""
    ids: list[int] = []
    starts: list[int] = []
    for first in range(0, len(docs), 500):
        for encoded in tokenizer.encode_batch(docs[first : first + 500]):
            starts.append(len(ids))
            ids.extend(encoded.ids)
            ids.append(END)
    np.array(ids, dtype=np.uint16).tofile(stem.with_suffix(".bin"))
    np.array(starts, dtype=np.int64).tofile(stem.with_suffix(".starts"))
    return len(ids)


def open_tokens(folder: Path, part: str) -> dict[str, Tokens]:
    """The token files of one part, "train" or "held_out", by kind."""
    return {
        kind: Tokens(
            np.memmap(folder / f"{kind}-{part}.bin", dtype=np.uint16, mode="r"),
            np.fromfile(folder / f"{kind}-{part}.starts", dtype=np.int64),
        )
        for kind in KINDS
    }


def main() -> None:
    """Tokenize the whole corpus."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    tokenizer = Tokenizer.from_file(str(STARTER / "tokenizer.json"))
    for kind, split in read_corpus(options.corpus).items():
        for part, docs in (("train", split.train), ("held_out", split.held_out)):
            count = write_tokens(docs, tokenizer, options.out / f"{kind}-{part}")
            print(f"{kind:8} {part:8} {len(docs):6} documents {count / 1e6:8.2f}M tokens", flush=True)


if __name__ == "__main__":
    main()
