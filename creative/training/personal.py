"""Names, e-mail addresses and phone numbers in the pages, for the writer to see before anything is trained on them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from creative.training.names import count_names
from creative.training.records import Personal

MOST_NAMES = 60

_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.)+[A-Za-z]{2,24}\b")
_PHONE = re.compile(
    r"(?<![\w.,:/$£€-])(?:\+\d{1,3}[ .-]?)?(?:\(\d{1,5}\)[ .-]?)?\d(?:[ .-]?\d){5,13}(?![\w%/:]|[.,]\d)"
)
_DATE = re.compile(
    r"^(?:1[5-9]|20)\d\d[ .-](?:1[5-9]|20)\d\d$|^\d{1,2}[ .-]\d{1,2}[ .-](?:\d\d){1,2}$|^\d{4}-\d\d?-\d\d?$"
)
_ISBN = re.compile(r"(?:ISBN|ISSN|doi)[^\n\d]{0,12}$", re.IGNORECASE)


def find_personal(texts: Iterable[str]) -> tuple[Personal, ...]:
    """Give what is found with how often it stands there: addresses and numbers first, then names, by frequency.

    Names are told by rule, as people are spoken of; some will be missed.
    """
    emails: Counter[str] = Counter()
    phones: Counter[str] = Counter()
    names: Counter[str] = Counter()
    for text in texts:
        if "@" in text:
            emails.update(_EMAIL.findall(text))
        phones.update(
            " ".join(m[0].split())
            for m in _PHONE.finditer(text)
            if _is_phone(m[0]) and not _ISBN.search(text[max(0, m.start() - 20) : m.start()])
        )
        names.update(count_names(text))
    found = [Personal("email", text, count) for text, count in emails.most_common()]
    found += [Personal("phone", text, count) for text, count in phones.most_common()]
    return tuple(found + [Personal("name", text, count) for text, count in names.most_common(MOST_NAMES)])


def _is_phone(text: str) -> bool:
    """Tell a phone number from a date, a price or a plain number."""
    digits = sum(ch.isdecimal() for ch in text)
    if _DATE.match(text) or not 7 <= digits <= 15:
        return False
    if text.isdecimal():
        # Without any break: a mobile number as China, Britain and others write it.
        return bool(re.match(r"1[3-9]\d{9}$|0\d{9,10}$", text))
    return text[0] in "+(0" or bool(
        re.match(r"\d{3}[ .-]\d{3}[ .-]\d{4}$|\d{3}-\d{4}$|\d{2,4}([ .-]\d{2,4}){2,4}$|1[ .-]?\d{3}", text)
    )
