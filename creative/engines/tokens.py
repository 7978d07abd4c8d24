"""From a prompt to the tokens a model reads: a template's marks steer it, marks that somebody typed are plain text.

A tokenizer takes “<|im_end|>” for the end of a turn wherever it stands. So a mark inside of what people wrote is
spelled: its first character apart from the rest, which is no mark any more and reads the same.
"""

from __future__ import annotations

import re
from collections.abc import Set
from typing import Any

from creative.engines.contract import Prompt

# Kept in the place of a mark while the template is filled, where no template looks for anything (private use).
_FIRST_STANDIN = 0xF0000
# Some tokenizers do not call these special; others have plain runs of spaces among their added tokens.
_STEERS = re.compile(r"<[^<>\s]+>|\[/?[A-Z_]+\]")
# What steers the models that servers have; theirs are not known here.
_WIDESPREAD = re.compile(
    r"(?<=<)(?=[|｜][^<>\s]{1,40}>|/?(?:s|bos|eos|start_of_turn|end_of_turn|think)>)|(?<=\[)(?=/?INST\])"
)


class Reader:
    """One model's tokenizer and template. Not safe from many threads."""

    def __init__(self, tokenizer: Any, ends: Set[int]) -> None:
        self._tokenizer = tokenizer
        start = tokenizer.bos_token_id
        self._start: int = start if start is not None else min(ends, default=0)  # a prompt without a token
        added = tokenizer.added_tokens_decoder.values()
        marks = {t.content for t in added if t.special or _STEERS.fullmatch(t.content)}
        # The longest first, as one may begin another.
        self._marks = sorted((mark for mark in marks if len(mark) > 1), key=lambda mark: (-len(mark), mark))
        self._find = re.compile(f"({'|'.join(map(re.escape, self._marks))})") if self._marks else None

    @property
    def chats(self) -> bool:
        """Whether it has a chat template; else messages are read as plain text."""
        return bool(self._tokenizer.chat_template)

    def render(self, prompt: Prompt) -> str:
        """Give the exact text the model reads, chat template and all."""
        rendered, standins = self._fill(prompt)
        return standins.sub(lambda found: self._mark(found[0]), rendered) if standins else rendered

    def read(self, prompt: Prompt) -> list[int]:
        """Give the tokens of a prompt; at least one."""
        rendered, standins = self._fill(prompt)
        if isinstance(prompt, str) or not self.chats:
            return self.read_text(rendered, special=True) or [self._start]
        ids: list[int] = []
        for part in standins.split(rendered) if standins else [rendered]:
            ids += (
                self._spell(self._mark(part)) if standins and standins.fullmatch(part) else self._encode(part)
            )
        return ids or [self._start]

    def text_begins(self, prompt: Prompt, tokens: int) -> int:
        """Give the place among a prompt's tokens where the text begins that is gone on with.

        All of a plain prompt is text; of a chat the begun answer at its end, if there is one.
        """
        if isinstance(prompt, str) or not self.chats:
            return 0
        begun = prompt[-1]["content"] if prompt and prompt[-1]["role"] == "assistant" else ""
        return max(0, tokens - len(self.read_text(begun)))

    def read_text(self, text: str, special: bool = False) -> list[int]:
        """Give the tokens of plain text, with `special` also those the tokenizer puts around a text."""
        if self._find is None or not self._find.search(text):
            return self._encode(text, special)
        ids: list[int] = []
        for place, part in enumerate(self._find.split(text)):
            ids += self._spell(part) if place % 2 else self._encode(part, special and place == 0)
        return ids

    def _fill(self, prompt: Prompt) -> tuple[str, re.Pattern[str] | None]:
        """Give the prompt as text, and what finds the stand-ins for the marks that were typed, if there are any."""
        if isinstance(prompt, str):
            return prompt, None
        messages = [dict(message) for message in prompt]
        if not self.chats:
            return "\n\n".join(message["content"] for message in messages), None
        standins = None
        if self._find and any(self._find.search(message["content"]) for message in messages):
            for message in messages:
                message["content"] = self._find.sub(self._standin, message["content"])
            standins = re.compile(f"([{chr(_FIRST_STANDIN)}-{chr(_FIRST_STANDIN + len(self._marks) - 1)}])")
        goes_on = bool(messages) and messages[-1]["role"] == "assistant"
        rendered: str = self._tokenizer.apply_chat_template(
            messages, tokenize=False, add_generation_prompt=not goes_on, continue_final_message=goes_on
        )
        begun = messages[-1]["content"] if goes_on else ""
        # Many templates trim what is said; where a text is gone on with, the line breaks at its end count.
        breaks = begun[len(begun.rstrip()) :]
        return rendered if rendered.endswith(breaks) else rendered + breaks, standins

    def _standin(self, found: re.Match[str]) -> str:
        return chr(_FIRST_STANDIN + self._marks.index(found[0]))

    def _mark(self, standin: str) -> str:
        return self._marks[ord(standin) - _FIRST_STANDIN]

    def _spell(self, mark: str) -> list[int]:
        return self._encode(mark[:1]) + self._encode(mark[1:])

    def _encode(self, text: str, special: bool = False) -> list[int]:
        ids: list[int] = self._tokenizer(text, add_special_tokens=special, verbose=False).input_ids
        return ids


def break_marks(prompt: Prompt) -> Prompt:
    """Give a prompt for a model whose marks are not known here: an invisible space parts those in wide use."""
    if isinstance(prompt, str):
        return _WIDESPREAD.sub("\u200b", prompt)
    return tuple({**message, "content": _WIDESPREAD.sub("\u200b", message["content"])} for message in prompt)
