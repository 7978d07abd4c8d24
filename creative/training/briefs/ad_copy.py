"""An ad's brief from its copy."""

from __future__ import annotations

import re

from creative.training.briefs import _traits as traits
from creative.training.keywords import find_key_phrases
from creative.training.names import is_no_name
from creative.training.words import is_chinese, split_sentences

MOST_BENEFITS = 3
LONGEST_BENEFIT = 9
"""Words."""

_LINE = re.compile(
    r"^[*_\s]*([A-Za-z\u4e00-\u9fff][A-Za-z\u4e00-\u9fff \d]{0,18})[*_]*\s*[:：]\s*(.+)$", re.MULTILINE
)
_VARIANT = re.compile(
    r"^[#*_\[(\s]*(?:ad |copy )?(?:variant|version|variation|option|第)\s*[\dA-H一二三四五六七八九十]{1,3}稿?\W*$",
    re.IGNORECASE | re.MULTILINE,
)
_CHANNELS = {
    "search_ad": re.compile(r"^(?:headline|标题) ?\d|^description|^path|^描述|^路径", re.IGNORECASE),
    "email": re.compile(r"^subject|^preview|^button|^主题|^预览|^按钮", re.IGNORECASE),
    "poster": re.compile(r"^line$|^call$|^主标题|^副标题|^行动$", re.IGNORECASE),
    "social_post": re.compile(r"^post|^hashtags|^帖子|^话题|^正文", re.IGNORECASE),
}
_CALL = re.compile(r"^(?:button|call|call to action|cta|按钮|行动)$", re.IGNORECASE)
_TAG = re.compile(r"#(\w{3,30})")
_OFFER = re.compile(
    r"\b(?:[Oo]ur|[Tt]his|[Tt]hese|[Tt]he|[Ii]ts|[Mm]eet) ((?:[A-Za-z-]+ ){1,4}[A-Za-z-]+?)"
    r"(?=[.,;!]| (?:is|are|combines|features|offers|with|that|has|have|keeps|lets|makes|will|comes|adds|holds)\b)"
)
_BRAND = re.compile(r"(?<=[a-z,;] )([A-Z][a-z]+(?: (?:& )?[A-Z][a-z]+)?)")


def draw(text: str) -> dict[str, str]:
    """Give product, benefits, channel, call to action and the number of variants."""
    lines = [(label.strip(), said.strip()) for label, said in _LINE.findall(text)]
    labels = [label for label, _ in lines]
    scores = {
        name: sum(bool(pattern.match(label)) for label in labels) for name, pattern in _CHANNELS.items()
    }
    channel = max(scores, key=lambda name: scores[name])
    copy = "\n".join(said for _, said in lines) or text
    call = next((said for label, said in lines if _CALL.match(label)), "") or _find_call(copy)
    answers = {
        "product": _draw_product(lines, copy),
        "benefits": "\n".join(_find_benefits(lines, copy, call)),
        "channel": channel if scores[channel] else "social_post",
        "call_to_action": call,
        "variants": str(max(1, min(10, len(_VARIANT.findall(text))))),
    }
    shares = {"benefits": 0.85, "call_to_action": 0.75}
    return {
        name: said for name, said in answers.items() if traits.say_or_not(text, name, shares.get(name, 1.0))
    }


def _draw_product(lines: list[tuple[str, str]], copy: str) -> str:
    """Say what is sold: its brand and the things the copy speaks of."""
    tags = _TAG.findall(copy)
    brands = dict.fromkeys(name for name in _BRAND.findall(copy) if not is_no_name(name))
    headline = next(
        (said for label, said in lines if re.match(r"headline 1$|标题1$", label, re.IGNORECASE)), ""
    )
    brand = tags[0] if tags else headline.rstrip(".") or next(iter(brands), "")
    spoken = re.sub(r"#\w+", "", copy)
    said = _OFFER.search(spoken)
    things = (
        said[1] if said and not lines else traits.join_words(find_key_phrases(spoken, 3), is_chinese(copy))
    )
    if brand and things and brand not in things:
        return f"“{brand}”：{things}" if is_chinese(copy) else f"{brand}: {things}."
    return things or brand or traits.draw_subject(spoken)


def _find_benefits(lines: list[tuple[str, str]], copy: str, call: str) -> list[str]:
    """Give short sentences of the copy that promise something."""
    told = [
        said
        for label, said in lines
        if re.match(r"desc|post|body|line|描述|正文|副标题", label, re.IGNORECASE)
    ]
    sentences = [s for said in told or [copy] for s in split_sentences(said)]
    limit = LONGEST_BENEFIT * 2 if is_chinese(copy) else LONGEST_BENEFIT
    fitting = [
        s.rstrip(".。") for s in sentences if 2 < (len(s) if is_chinese(s) else len(s.split())) <= limit
    ]
    kept = [
        s for s in dict.fromkeys(fitting) if not s.endswith("?") and s != call.rstrip(".") and "#" not in s
    ]
    return kept[:MOST_BENEFITS]


def _find_call(copy: str) -> str:
    """Give the last short sentence, which in an ad mostly says what to do."""
    last = next((s for s in reversed(split_sentences(re.sub(r"#\w+", "", copy)))), "")
    return last.rstrip(".。") if 0 < len(last.split()) <= 8 and len(last) <= 60 else ""
