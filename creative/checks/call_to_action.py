"""Whether every variant of an ad tells the reader what to do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise

from creative.checks import Finding
from creative.checks._ad import Variant, variants
from creative.checks._passages import HAN, words
from creative.checks._remarks import Note, Remarks

TITLE = {"en": "Call to action", "zh": "行动号召"}

_NOT_ASKED_ONE = Note(
    {"en": "Another call to action", "zh": "行动号召不符"},
    {
        "en": "The brief wants “{asked}”; say that one step plainly, for a reader who must work it out does nothing.",
        "zh": "提要要的是“{asked}”；把这一步说清楚，要人自己琢磨，人就不动了。",
    },
)
_NONE = Note(
    {"en": "No call to action", "zh": "没有行动号召"},
    {
        "en": "End on the one thing to do now, with a verb; interest without a step goes home with the reader.",
        "zh": "结尾用一个动词说清现在该做什么；动了心却没有下一步，人就走了。",
    },
)
_WRONG_ADDRESS = Note(
    {"en": "Missing: {address}", "zh": "缺“{address}”"},
    {
        "en": "The brief gives “{address}” and the copy does not; a step without its address cannot be taken.",
        "zh": "提要给了“{address}”，文案里没有；没有地址，这一步走不成。",
    },
)

_ADDRESS = re.compile(
    r"(?:https?://|www\.)\S+|\b[\w-]+\.(?:com|org|net|co|io|shop|cn|uk|de)\b\S*|[\w.+-]+@[\w-]+\.\w+"
    r"|\+?\d[\d \-()]{5,}\d"
)
_LIGHT = frozenset(
    re.findall(
        r"\w+",
        "a an the your my our to for of on in at and or now today with us me it this that you here up by from",
    )
)
# Verbs that open a step: "Order a sample page", "Sign up".
_VERBS = frozenset(
    re.findall(
        r"[\w-]+",
        "order buy shop book try get call visit sign join download start discover save subscribe reserve "
        "claim see find learn read watch listen explore browse request apply register enter win meet come "
        "bring pick choose add tap click scan swipe send ask tell share follow donate give reply write text "
        "email switch upgrade build create plan schedule drop walk stop taste test play grab skip sit ride "
        "open contact pay pre-order preorder hear look let take make go check rent",
    )
)
_CHINESE_CALL = re.compile(
    r"立即|马上|现在就|点击|扫码|下载|购买|下单|抢购|预约|预订|报名|注册|订阅|关注|领取|申请|拨打|致电|来电|试用|试吃|体验|加入"
    r"|了解|查看|联系|回复|进店|到店|来店|来[^，。！？]{0,6}(?:坐坐|看看|试试|尝尝)|转发|分享|捐"
)


def check(text: str, brief: Mapping[str, str], language: str) -> list[Finding]:
    """Look in each variant for the step the brief asks for, or for any step when it asks for none."""
    remarks = Remarks("call_to_action", TITLE, text, language)
    asked = brief.get("call_to_action", "").strip()
    for variant in variants(text):
        copy = variant.passage.text
        if not asked:
            if not _has_call(copy):
                remarks.add("warn", _NONE, _last_line(variant))
            continue
        address = next((a for a in _ADDRESS.findall(asked) if _squeezed(a) not in _squeezed(copy)), "")
        if not _says(copy, _ADDRESS.sub(" ", asked)):
            remarks.add("warn", _NOT_ASKED_ONE, _last_line(variant), asked=asked)
        elif address:
            remarks.add("fail", _WRONG_ADDRESS, _last_line(variant), address=address.strip())
    return remarks.done({"en": "Every variant says what to do.", "zh": "每一稿都说清了该做什么。"})


def _says(copy: str, asked: str) -> bool:
    """Say whether half the words that matter, or half the characters of a Chinese call, are in the copy."""
    han = HAN.findall(asked)
    if len(han) >= 2:
        pairs = [a + b for a, b in pairwise(han)]
        return sum(pair in copy for pair in pairs) * 2 >= len(pairs)
    wanted = {_stem(w.text) for w in words(asked)} - _LIGHT
    said = {_stem(w.text) for w in words(copy)}
    return len(wanted & said) * 2 >= len(wanted)


def _stem(word: str) -> str:
    """Give a word without its ending, so that "booking" meets "book"."""
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


def _has_call(copy: str) -> bool:
    """Say whether a sentence or labelled line opens with a verb of doing."""
    if _CHINESE_CALL.search(copy):
        return True
    openings = re.findall(
        r"(?:^|[.!?:;,—–|\n]\s*|\b(?:and|then|to|just|please)\s+)[\W_]*([A-Za-z][\w'-]*)", copy
    )
    return any(word.casefold() in _VERBS for word in openings)


def _squeezed(text: str) -> str:
    return re.sub(r"https?://|www\.|[\s\-()/]", "", text.casefold())


def _last_line(variant: Variant) -> tuple[int, int]:
    passage = variant.passage
    start = passage.start + passage.text.rfind("\n") + 1
    return start, passage.end
