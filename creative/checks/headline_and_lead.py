"""Whether a report opens with a headline and a lead that can stand alone."""

from __future__ import annotations

import re
from collections.abc import Mapping

from creative.checks import Finding
from creative.checks._article import read_article
from creative.checks._passages import HAN, Passage, is_han, sentences, words
from creative.checks._remarks import Note, Remarks

TITLE = {"en": "Headline and lead", "zh": "标题与导语"}

_NO_HEADLINE = Note(
    {"en": "No headline", "zh": "没有标题"},
    {
        "en": "The first line runs on like a paragraph; give the news its own short line: many read no more.",
        "zh": "第一行就是正文；给新闻单独一行短标题，许多人只读这一行。",
    },
)
_LONG_HEADLINE = Note(
    {"en": "Long headline", "zh": "标题太长"},
    {
        "en": "{length} characters; under {most} it stays whole on a phone and keeps to one fact.",
        "zh": "{length}个字；{most}个字以内在手机上不断行，也只说一件事。",
    },
)
_FULL_STOP = Note(
    {"en": "Full stop in the headline", "zh": "标题末有句号"},
    {
        "en": "Drop it: a headline opens the report, and a stop tells the eye to leave.",
        "zh": "去掉：标题是引人往下读的，句号却叫人停下。",
    },
)
_NO_LEAD = Note(
    {"en": "No lead", "zh": "没有导语"},
    {
        "en": "Below the headline say in one sentence who did what, when and where; editors cut from the end up.",
        "zh": "标题下用一句话说清何人、何时、何地、何事；版面不够时编辑从尾巴删起。",
    },
)
_LONG_LEAD = Note(
    {"en": "Long lead", "zh": "导语太长"},
    {
        "en": "{length} words; keep the first paragraph to {most}, the news first and its causes in the next.",
        "zh": "{length}个字；第一段不超过{most}字，先说新闻，缘由放下一段。",
    },
)
_SLOW_LEAD = Note(
    {"en": "The news comes late", "zh": "新闻来得晚"},
    {
        "en": "The sentence spends {length} words before its subject; say who did what, then when and why.",
        "zh": "主语前先用了{length}个字；先说谁做了什么，再说何时何故。",
    },
)

_HEADLINE_MOST = 90
_HEADLINE_MOST_HAN = 30
_LEAD_MOST = 45
_LEAD_MOST_HAN = 120
_ABBREVIATION = re.compile(r"(?:\b[A-Z]\.)+$|\b(?:Inc|Ltd|Co|Corp|Jr|Sr|St|No|vs|etc|p\.m|a\.m)\.$")
_OPENING = re.compile(
    r"^(?:After|Although|As|Amid|Because|Despite|During|Following|Given|In|On|Since|Though|When|While|With)\b[^.!?,]*,"
)


def check(text: str, brief: Mapping[str, str], language: str) -> list[Finding]:
    """Read the first lines of a report as an editor would."""
    remarks = Remarks("headline_and_lead", TITLE, text, language)
    article = read_article(text)
    if not article.headline:
        return remarks.done()
    has_headline = _check_headline(article.headline, remarks)
    if has_headline and not article.lead:
        remarks.add("fail", _NO_LEAD, article.headline.span)
    elif has_headline and article.lead:
        _check_lead(article.lead, remarks)
    return remarks.done({"en": "Headline and lead can stand alone.", "zh": "标题和导语站得住。"})


def _check_headline(headline: Passage, remarks: Remarks) -> bool:
    """Remark on the headline; False when the first line is no headline at all."""
    shown = headline.text
    most = _HEADLINE_MOST_HAN if is_han(shown) else _HEADLINE_MOST
    stopped = (
        shown.endswith(("。", ".")) and not shown.endswith(("...", "…")) and not _ABBREVIATION.search(shown)
    )
    several = len(list(sentences(shown))) > 1
    if len(shown) > most * 1.5 or (stopped and (several or len(shown) > most)):
        remarks.add("fail", _NO_HEADLINE, _first_words(headline).span)
        return False
    if len(shown) > most:
        remarks.add("warn", _LONG_HEADLINE, headline.span, length=len(shown), most=most)
    if stopped:
        remarks.add("warn", _FULL_STOP, (headline.end - 1, headline.end))
    return True


def _check_lead(lead: Passage, remarks: Remarks) -> None:
    chinese = is_han(lead.text)
    length = len(HAN.findall(lead.text)) if chinese else len(words(lead.text))
    most = _LEAD_MOST_HAN if chinese else _LEAD_MOST
    if length > most:
        remarks.add("warn", _LONG_LEAD, lead.span, length=length, most=most)
    opening = _OPENING.match(lead.text)
    spent = len(words(opening.group())) if opening else 0
    if opening and spent >= 15:
        remarks.add("warn", _SLOW_LEAD, (lead.start, lead.start + opening.end()), length=spent)


def _first_words(line: Passage) -> Passage:
    cut = line.text[:80].rstrip()
    return Passage(cut, line.start, line.start + len(cut))
