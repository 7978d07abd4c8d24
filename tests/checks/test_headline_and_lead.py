"""A report's first lines are read as an editor reads them."""

from __future__ import annotations

import pytest

from creative import checks
from creative.checks._article import read_article

REPORT = """Harrow closes bridge to lorries

HARROW, 12 February — The town council voted 7 to 4 on Tuesday night to close Harrow Bridge to lorries.

Engineers found cracks in two of the five piers."""


def read(text: str, language: str = "English") -> list[tuple[str, str]]:
    found = checks.run(("headline_and_lead",), text, {}, language)
    return [(f.title, text[f.start : f.end]) for f in found if f.level != "pass"]


@pytest.mark.parametrize(
    "text",
    [
        REPORT,
        "# " + REPORT,
        "**Harrow closes bridge to lorries**\nBy Joan Pell\n\nThe council voted on Tuesday.",
        "Headline: Harrow closes bridge\nLead: The council voted on Tuesday.",
        "Bridge shut to lorries in the U.S.\n\nThe council voted on Tuesday.",
        "Otters return to the Tamble\nGood news that not everyone welcomes\n\nOtters have bred on the river.",
        "旧桥禁行货车\n\n本报河洛2月12日讯　镇议会周二晚以7比4通过，3月1日起旧桥禁行货车。",
    ],
)
def test_a_report_that_opens_well_passes(text: str) -> None:
    assert read(text) == []


@pytest.mark.parametrize(
    ("text", "dateline", "lead"),
    [
        (REPORT, "HARROW, 12 February —", "The town council voted"),
        ("H\n\nLONDON (Reuters) - The bank cut rates.", "LONDON (Reuters) -", "The bank"),
        ("H\n\nTAMBLE BRIDGE, 9 April\n\nOtters have bred.", "TAMBLE BRIDGE, 9 April", "Otters"),
        ("标题\n\n本报河洛2月12日讯　镇议会通过。", "本报河洛2月12日讯", "镇议会"),
        ("H\n\nThe council - after a long night - voted.", None, "The council"),
        ("H\n\nPolice said on Monday that nobody was hurt.", None, "Police"),
    ],
)
def test_a_dateline_is_told_from_the_lead(text: str, dateline: str | None, lead: str) -> None:
    article = read_article(text)
    assert (article.dateline.text if article.dateline else None) == dateline
    assert article.lead is not None
    assert article.lead.text.startswith(lead)


def test_prose_without_a_headline_fails() -> None:
    text = (
        "The town council voted on Tuesday night. It closed Harrow Bridge to lorries. Engineers found cracks."
    )
    assert [title for title, _ in read(text)] == ["No headline"]


def test_each_slip_is_named_at_its_place() -> None:
    assert read("Harrow closes bridge to lorries.\n\nThe council voted.") == [
        ("Full stop in the headline", ".")
    ]
    long = (
        "Harrow town council closes its old bridge to lorries from the quarry after cracks are found in piers"
    )
    assert read(long + "\n\nThe council voted.") == [("Long headline", long)]
    assert read("Harrow closes bridge") == [("No lead", "Harrow closes bridge")]
    lead = "The council voted " + "and voted " * 30 + "on Tuesday."
    assert read(f"Harrow closes bridge\n\n{lead}") == [("Long lead", lead)]


def test_a_lead_that_takes_long_to_reach_its_subject_is_told() -> None:
    slow = "After a long night of talks in the old town hall that went on until two in the morning,"
    assert read(f"Bridge shut\n\n{slow} the council voted.") == [("The news comes late", slow)]
    assert read("Bridge shut\n\nOn Tuesday night, the council voted.") == []
