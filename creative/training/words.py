"""Words, sentences and paragraphs of a text, in English and Chinese alike."""

from __future__ import annotations

import re

HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002fa1f"
KANA = r"\u3040-\u30ff\uff66-\uff9f"
_WORD = re.compile(rf"[{HAN}{KANA}]|[^\W_](?:[^\W{HAN}{KANA}]|['’\-](?=\w))*")
_HAN = re.compile(rf"[{HAN}]")
# A sentence ends at a full stop with its closing quotes; titles and initials do not end one.
_END = re.compile(r"(?:[.!?…]+[\"”’»)\]]*(?=\s)|[。！？；…]+[」』”’）】]*)")
_OPEN_END = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|St|Prof|Rev|Capt|Col|Gen|Lt|Sgt|Jr|Sr|vs|etc|No|p|pp)|\b[A-Z])\.$"
)


def count_words(text: str) -> int:
    """Give the number of words; a Chinese character counts as one."""
    return len(_WORD.findall(text))


def list_words(text: str) -> list[str]:
    """Give the words in lower case, in order; a Chinese character is one."""
    return _WORD.findall(text.casefold())


def is_chinese(text: str) -> bool:
    """Tell whether more of the letters are Chinese than not; the first 4,000 characters are looked at."""
    head = text[:4000]
    # Most texts have no such letter at all, and this is asked often.
    return bool(_HAN.search(head)) and len(_HAN.findall(head)) * 2 > sum(ch.isalpha() for ch in head)


def split_paragraphs(text: str) -> list[str]:
    """Give what blank lines part; where there is none, each line."""
    parts = [part.strip("\n") for part in re.split(r"\n[ \t]*\n+", text)]
    return [part for part in parts if part.strip()]


def split_sentences(text: str) -> list[str]:
    """Give the sentences of a text without the space around them; all text is kept."""
    sentences: list[str] = []
    start = 0
    for found in _END.finditer(text):
        if text[found.start()] == "." and _OPEN_END.search(text[max(start, found.end() - 12) : found.end()]):
            continue
        sentences.append(text[start : found.end()].strip())
        start = found.end()
    sentences.append(text[start:].strip())
    return [sentence for sentence in sentences if sentence]


def first_words(text: str, limit: int = 60) -> str:
    """Give the beginning of a text on one line, at most `limit` characters."""
    line = " ".join(text[: limit * 4].split())
    if len(line) <= limit:
        return line
    cut = line[:limit]
    return (cut[: cut.rfind(" ")] if " " in cut[limit // 2 :] else cut).rstrip(" ,;:") + " …"
