"""Blind pairs: two texts under the same prompt, the model's and a voice's, and which one a person preferred."""

from __future__ import annotations

import json
import secrets
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from creative.drafts.drafts import Drafts
from creative.errors import BadValue, shorten

Prompt = str | Sequence[Mapping[str, str]]
"""Plain text that is continued, or chat messages."""
Side = Literal["left", "right", "neither"]
SIDES: tuple[Side, ...] = ("left", "right", "neither")
_OFFERED_S = 24 * 3600.0


@dataclass(frozen=True)
class Pair:
    """What is compared; both texts are written under the same prompt."""

    voice: str
    """The voice, by a name that stays the same, such as its training's id."""
    base: str
    """The model without it."""
    prompt: Prompt
    base_text: str
    voice_text: str


@dataclass(frozen=True)
class Offer:
    """What a person sees: nothing of it tells which text is whose."""

    token: str
    left: str
    right: str


class Pairs:
    """The pairs of all voices, kept beside the drafts. Safe from many threads.

    Every method raises `StorageFull` and `StorageDamaged` as the drafts do.
    """

    def __init__(self, drafts: Drafts, clock: Callable[[], float] = time.time) -> None:
        self._database = drafts.database
        self._clock = clock

    def offer(self, pair: Pair) -> Offer:
        """Keep a pair until it is picked from, at most a day, and give it with its sides shuffled."""
        token, voice_left = secrets.token_urlsafe(16), secrets.randbelow(2)
        now = self._clock()
        with self._database.writing() as db:
            db.execute("DELETE FROM pair WHERE picked = '' AND created < ?", (now - _OFFERED_S,))
            db.execute(
                "INSERT INTO pair VALUES (?, ?, ?, ?, ?, ?, ?, '', ?)",
                (
                    token,
                    pair.voice,
                    pair.base,
                    json.dumps(pair.prompt, ensure_ascii=False, default=dict),
                    _storable(pair.base_text),
                    _storable(pair.voice_text),
                    voice_left,
                    now,
                ),
            )
        texts = (pair.voice_text, pair.base_text) if voice_left else (pair.base_text, pair.voice_text)
        return Offer(token, *texts)

    def pick(self, voice: str, token: str, side: str) -> dict[str, int]:
        """Keep which text was preferred and give the voice's counts; a pair is picked from once.

        Raises `BadValue` for another side, and for a pair that is not open.
        """
        if side not in SIDES:
            raise BadValue(f"Nobody can pick {shorten(side)}.", f"There are: {', '.join(SIDES)}.")
        with self._database.writing() as db:
            row = db.execute(
                "SELECT * FROM pair WHERE token = ? AND voice = ? AND picked = ''", (str(token), voice)
            ).fetchone()
            if row is None:
                raise BadValue("These two texts were picked from already.", "Ask for two new ones.")
            is_voice = (side == "left") == bool(row["voice_left"])
            picked = side if side == "neither" else "voice" if is_voice else "base"
            db.execute(
                "UPDATE pair SET picked = ?, created = ? WHERE token = ?",
                (picked, self._clock(), row["token"]),
            )
            return _count(db, voice)

    def counts(self, voice: str) -> dict[str, int]:
        """Give how often `base`, `voice` and `neither` were picked."""
        with self._database.reading() as db:
            return _count(db, voice)

    def list(self, voice: str = "") -> list[dict[str, Any]]:
        """Give the pairs that were picked from, oldest first: of one voice, or of all.

        Each: prompt, chosen, rejected, voice, base, picked, time; of `neither` chosen and rejected are the
        voice's and the model's text, in this order.
        """
        with self._database.reading() as db:
            rows = db.execute(
                "SELECT * FROM pair WHERE picked != '' AND (voice = ? OR ? = '') ORDER BY created, rowid",
                (voice, voice),
            ).fetchall()
        return [_read(row) for row in rows]

    def export(self, voice: str = "") -> str:
        """Give the preferences as .jsonl for TRL's DPO: prompt, chosen, rejected; without those of `neither`.

        A prompt of chat messages makes a conversational line, where chosen and rejected are messages, too.
        """
        return "".join(
            json.dumps(_for_dpo(pair), ensure_ascii=False) + "\n"
            for pair in self.list(voice)
            if pair["picked"] != "neither"
        )


def _count(db: sqlite3.Connection, voice: str) -> dict[str, int]:
    found = dict(
        db.execute(
            "SELECT picked, count(*) FROM pair WHERE voice = ? AND picked != '' GROUP BY picked", (voice,)
        ).fetchall()
    )
    return {picked: found.get(picked, 0) for picked in ("base", "voice", "neither")}


def _read(row: sqlite3.Row) -> dict[str, Any]:
    chosen, rejected = row["voice_text"], row["base_text"]
    if row["picked"] == "base":
        chosen, rejected = rejected, chosen
    return {
        "prompt": json.loads(row["prompt"]),
        "chosen": chosen,
        "rejected": rejected,
        "voice": row["voice"],
        "base": row["base"],
        "picked": row["picked"],
        "time": row["created"],
    }


def _for_dpo(pair: Mapping[str, Any]) -> dict[str, Any]:
    if isinstance(pair["prompt"], str):
        return {name: pair[name] for name in ("prompt", "chosen", "rejected")}
    answers = {name: [{"role": "assistant", "content": pair[name]}] for name in ("chosen", "rejected")}
    return {"prompt": pair["prompt"], **answers}


def _storable(text: str) -> str:
    # Half surrogates cannot be stored.
    return text.encode("utf-8", "replace").decode("utf-8")
