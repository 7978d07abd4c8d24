"""How a refusal is told on the page: the one place where an error becomes words for a person."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from creative.errors import CreativeError

_SENTENCES = ("chinese.toml", "chinese_training.toml")
_KINDS = {"n": r"-?[\d.,]*\d", "gb": r"[\d.,]+ [GM]B"}
"""What a value of this name looks like; any other is text of any length."""
_TOLD = {"message", "hint", "notices", "problem", "advice", "why", "why_not", "sentences", "warnings"}
"""Where a training's plain data hold sentences of the rooms."""
_NOTHING: Mapping[str, str] = MappingProxyType({})

# For a sentence that chinese.toml does not have: what happened in general, and a way out.
_CHINESE = {
    "MissingField": ("提要里还有必答的问题没有填。", "填好后再写一次。"),
    "BadValue": ("有一个值用不了。", "改一改再试。"),
    "TextTooLong": ("文字太长了。", "删短一些，或分成几份文稿。"),
    "DoesNotFit": ("这个模型装不进这台机器的内存。", "换一个小一些的模型，原来的模型还在用。"),
    "ModelUnreachable": ("取不到这个模型。", "检查网络和模型名，原来的模型还在用。"),
    "ModelGated": ("这个模型要先在网站上同意许可。", "同意后再选一次，原来的模型还在用。"),
    "ModelDamaged": ("模型文件不完整或不安全。", "重新下载，或换一个模型。"),
    "EngineUnreachable": ("写作的服务器没有应答。", "稍后再试，文字都在。"),
    "EngineFailed": ("模型写不下去了，你的文字都在。", "再试一次，或把提要写短一些。"),
    "AdapterMismatch": ("这个笔调是给另一个模型训练的。", "换一个笔调，或换回那个模型。"),
    "NotAllowed": ("只有主人可以这样做。", "自己运行一份，就都可以做。"),
    "NotOffered": ("这里不能训练。", "自己运行一份，在那里训练。"),
    "NotEnoughText": ("文字太少，学不到东西。", "再加一些，至少一章。"),
    "UnreadableFile": ("有一份文件读不了。", "另存为 .txt 或 .docx 再试。"),
    "UnknownUpload": ("刚才传的文件已经不在了。", "重新选一次文件。"),
    "UnknownJob": ("没有这次训练。", "重新打开这一页看看有哪些。"),
    "JobFailed": ("这次训练不能这样做。", "看看它的状态，再试一次。"),
    "NotPushed": ("没能放到 Hub。", "过一会儿再试，或把笔调下载成 zip。"),
    "DraftNotFound": ("没有这份文稿或这个版本。", "在“我的文稿”里打开一份，或新写一份。"),
    "StorageFull": ("磁盘满了，或写不进去。", "先导出一份留底，再腾出空间。"),
    "StorageDamaged": ("存文稿的文件坏了。", "先导出这一页留底。"),
    "DraftConflict": ("这份文稿在另一个窗口里改过。", "两个版本都留着，可在“版本”里看。"),
    "DownloadStopped": ("下载停了。", "再选一次，会接着下载。"),
    "UnknownCheck": ("没有这种检查。", "换一种文体试试。"),
    "UnknownForm": ("没有这种文体。", "从上面的标签里选一个。"),
    "UnknownVoice": ("没有这个笔调。", "重新选一个笔调。"),
    "UnknownAction": ("这种文体没有这个操作。", "换一个操作。"),
    "UnknownModel": ("没有这个模型。", "从列表里选一个。"),
    "UnknownFormat": ("这种文体不能导出成这个格式。", "换一个格式。"),
}


def tell(error: CreativeError, language: str, labels: Mapping[str, str] = _NOTHING) -> dict[str, str]:
    """Give a refusal as the page shows it: `kind`, `message`, `hint`, in the page's language.

    `labels` gives the Chinese label of a form's question for the English one.
    """
    kind = type(error).__name__
    message, hint = error.message, error.hint
    if language == "zh":
        whole = (in_chinese(message, labels), in_chinese(hint, labels) if hint else "")
        told = whole if None not in whole else _CHINESE.get(kind, (message, hint))
        message, hint = str(told[0]), str(told[1])
    return {"kind": kind, "message": message, "hint": hint}


def tell_reason(why: str, language: str) -> str:
    """Give a room's own sentence, such as why a model fits, in the page's language where its words are known."""
    return why if language != "zh" else _in_parts(why) or why


def _in_parts(text: str) -> str | None:
    """A room's words are one sentence or several, such as a message and its hint in one."""
    # In parts first: in one piece, a value at the end of the first sentence would swallow all the others.
    for found in re.finditer(r"(?<=[.)]) ", text):
        first = in_chinese(text[: found.start()])
        rest = _in_parts(text[found.end() :]) if first is not None else None
        if first is not None and rest is not None:
            return first + rest
    return in_chinese(text)


def tell_all(value: Any, language: str) -> Any:
    """Give plain data of a training with the rooms' own sentences in the page's language; all else as it is."""
    if language != "zh":
        return value
    if isinstance(value, dict):
        return {
            key: _tell_each(inner, language) if key in _TOLD else tell_all(inner, language)
            for key, inner in value.items()
        }
    return [tell_all(one, language) for one in value] if isinstance(value, list | tuple) else value


def _tell_each(told: Any, language: str) -> Any:
    if isinstance(told, str):
        return tell_reason(told, language)
    return [_tell_each(one, language) for one in told] if isinstance(told, list | tuple) else told


def in_chinese(text: str, labels: Mapping[str, str] = _NOTHING) -> str | None:
    """Give a room's sentence in Chinese with its values in place, or None when it is not a known one."""
    for pattern, chinese in _sentences():
        found = pattern.fullmatch(text)
        if found:
            values = {name: _value(value, labels) for name, value in found.groupdict().items()}
            return chinese.format_map(values)
    return None


def _value(value: str, labels: Mapping[str, str]) -> str:
    """A value may be a sentence itself, or hold labels of questions, plain or in quotes."""
    quoted = re.sub(r"“(.*?)”", lambda found: f"“{labels.get(found[1], found[1])}”", value)
    return labels.get(value) or (in_chinese(value, labels) if value else "") or quoted


@cache
def _sentences() -> tuple[tuple[re.Pattern[str], str], ...]:
    """The known sentences, those with the most words of their own first."""
    pairs: dict[str, str] = {}
    for name in _SENTENCES:
        pairs |= tomllib.loads(Path(__file__).with_name(name).read_text(encoding="utf-8"))
    by_words = sorted(pairs, key=lambda english: len(re.sub(r"\{\w+\}", "", english)), reverse=True)
    return tuple((_pattern(english), pairs[english]) for english in by_words)


def _pattern(english: str) -> re.Pattern[str]:
    """A sentence as a pattern: `{n2}` takes a number, `{gb}` an amount of memory, others any text."""
    parts = re.split(r"\{(\w+)\}", english)
    made = [re.escape(parts[0])]
    for name, after in zip(parts[1::2], parts[2::2], strict=True):
        made.append(f"(?P<{name}>{_KINDS.get(name.rstrip('0123456789'), '.*?')}){re.escape(after)}")
    return re.compile("".join(made), re.DOTALL)
