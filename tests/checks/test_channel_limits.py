"""Ad copy is measured line by line against the place it runs, in each of its variants."""

from __future__ import annotations

import pytest

from creative import checks
from creative.checks._ad import variants
from creative.checks.channel_limits import guide, width

SEARCH = """Variant 1
Headline 1: Notes That Survive the Sea
Headline 2: Paper for the Rain
Description: A notebook that takes pencil in the rain. Lies flat. Order a sample page.
Path: notebooks/rain

Variant 2
Headline: Write in the Rain
Description: Stone paper, no trees.
"""


def read(text: str, channel: str, language: str = "English") -> list[tuple[str, str]]:
    found = checks.run(("channel_limits",), text, {"channel": channel}, language)
    return [(f.title, text[f.start : f.end]) for f in found if f.level != "pass"]


@pytest.mark.parametrize("channel", ["search ad", "search_ad", "Search ad (Google)", "搜索广告"])
def test_a_search_ad_within_its_limits_passes(channel: str) -> None:
    assert read(SEARCH, channel) == []


def test_each_line_over_its_limit_is_told_with_its_count() -> None:
    headline = "A Notebook That Survives the Open Sea"
    description = "x" * 91
    text = f"Headline: {headline}\nDescription: {description}\nPath: waterproof-notebooks/rain"
    found = checks.run(("channel_limits",), text, {"channel": "search ad"}, "English")
    assert [(f.title, text[f.start : f.end]) for f in found] == [
        ("Headline too long", headline),
        ("Description too long", description),
        ("Path too long", "waterproof-notebooks"),
    ]
    assert "37 characters" in found[0].message
    assert "cut 7" in found[0].message
    assert all(f.level == "fail" for f in found)


@pytest.mark.parametrize(
    "line",
    [
        "**Headline:** Paper for the Rain",
        '- Headline 1: "Paper for the Rain"',
        "1. Headline: Paper for the Rain (18 characters)",
        "Headlines:\n1. Paper for the Rain\n2. Notes That Survive",
        "Headline (30 characters max): Paper for the Rain",
        "标题：雨天也能写的本子",
    ],
)
def test_a_labelled_line_is_known_in_many_dresses(line: str) -> None:
    variant = variants(line + "\nDescription: Lies flat.")[0]
    assert {p.kind for p in variant.parts} == {"headline", "description"}
    assert variant.parts[0].passage.text in {"Paper for the Rain", "雨天也能写的本子"}


def test_double_width_characters_count_two_in_search_ads() -> None:
    assert width("雨天的本子A") == 11
    assert read("标题：雨天也能写的防水本子轻便好用耐磨\n描述：好用。", "搜索广告", "Chinese") == [
        ("标题太长", "雨天也能写的防水本子轻便好用耐磨")
    ]


def test_what_a_search_ad_lacks_is_named() -> None:
    assert read("Paper for the rain. Order now.", "search ad")[0][0] == "No labelled lines"
    assert read("Headline: Paper", "search ad") == [("Missing: description", "Headline: Paper")]
    assert read("Headline: Paper!\nDescription: Flat.", "search ad") == [
        ("Exclamation mark in the headline", "!")
    ]


def test_posts_emails_and_posters_have_limits_of_their_own() -> None:
    long_post = "word " * 57
    assert read("Variant 1\nShort post.\n\nVariant 2\n" + long_post, "social post") == [
        ("Post too long", long_post.strip())
    ]
    subject = "s" * 61
    assert read(f"Subject: {subject}\nPreview: ok\nBody: Hello", "email") == [("Subject too long", subject)]
    assert read("Hello there, buy it.", "email") == [("Missing: subject", "Hello there, buy it.")]
    poster = "Headline: One two three four five six seven eight nine\nLine: More."
    assert read(poster, "poster") == [("Headline too long", "One two three four five six seven eight nine")]
    assert (
        read(
            "Leave early by an hour\nTea until dusk, and nobody will ask you to leave before you want to.",
            "poster",
        )
        == []
    )


def test_variants_are_parted_at_their_headings_only() -> None:
    assert [
        v.passage.text for v in variants("Here are two:\n\n1. Warm bread.\nTry it.\n\n2. Cold mornings.")
    ] == [
        "Warm bread.\nTry it.",
        "Cold mornings.",
    ]
    assert len(variants("Ad blockers hate this.\nOption two is tea.\nPosters fade.")) == 1
    assert len(variants("**Variant A – Benefits**\nx\n---\n第二稿\ny")) == 2


def test_another_channel_is_not_judged() -> None:
    assert read("x" * 500, "fifteen seconds of radio") == []


@pytest.mark.parametrize(
    ("channel", "before", "line", "fit"),
    [
        ("search_ad", "", "Headline 1: Paper for the Rain", "full"),
        ("search_ad", "", "Headline 1: A Notebook That Survives the Open Sea", "wrong"),
        ("search_ad", "", "Headline 1: Paper for Rain!", "wrong"),
        ("search_ad", "Headline 1: A Notebook That Survives the Open Sea\n", "Headline 2: Flat", "full"),
        ("search_ad", "Headline 1: Rain\n", "Description 1: " + "x" * 91, "wrong"),
        ("search_ad", "Headline 1: Rain\n", "Path: waterproof-notebooks/rain", "wrong"),
        ("search_ad", "Variant 1\nHeadline: Rain\n\n", "Variant 2", "free"),
        ("搜索广告", "", "标题：雨天也能写的防水本子轻便好用耐磨", "wrong"),
        ("email", "", "Subject: " + "s" * 61, "wrong"),
        ("email", "", "Subject: Bread by seven!", "full"),
        ("email", "Subject: Bread\n", "Preview: " + "p" * 91, "wrong"),
        ("email", "Subject: Bread\n", "Body: " + "b" * 500, "free"),
        ("poster", "", "Headline: One two three four five six seven eight nine", "wrong"),
        ("poster", "Headline: Tea\n", "Line: One two three four five six seven eight nine", "free"),
    ],
)
def test_a_line_over_its_limit_cannot_stand(channel: str, before: str, line: str, fit: str) -> None:
    made = guide({"channel": channel}, "English")
    assert made
    assert made.weigh(before, line, "\n") == fit


def test_a_line_is_held_from_its_beginning_if_it_may_have_a_limit() -> None:
    made = guide({"channel": "email"}, "English")
    assert made
    held = [made.holds("", begun) for begun in ("", "Sub", "Subject", "Subject: Bread", "Body", "Body: W")]
    assert held == [True, True, True, True, True, False]
    assert not made.holds("", "Dear neighbours, the evening comes round again")


@pytest.mark.parametrize("channel", ["social_post", "fifteen seconds of radio", ""])
def test_no_line_is_held_where_none_is_short(channel: str) -> None:
    assert guide({"channel": channel}, "English") is None
