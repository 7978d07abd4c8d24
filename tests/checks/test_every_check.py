"""What every check must do, over each file found in the folder; a new one is tested by being there."""

from __future__ import annotations

import importlib
import re
import time

import pytest

from creative import checks

BRIEF = {
    "premise": "A ferry stops running.", "characters": "Maren, 34. Ines, 61.", "structure": "Verse, Chorus, Bridge",
    "rhyme_scheme": "AABB", "notes": "The council voted 7 to 4 on Tuesday.",
    "quotes": "“We were not asked,” said Pell.",
    "channel": "search ad", "call_to_action": "Order a sample page", "length": "short",
}  # fmt: skip

SENTENCES = (
    "Maren took the envelope down number {} and read it twice. ",
    "“You could have knocked {} times,” said Ines, who was mending net {}. ",
    "The tide went out over the mud, slowly, past post {} and the {} boats.\n\n",
    "INT. OFFICE {} - DAY\n\nMAREN\n(low)\nHeadline {}: Hello there.\n\n",
    "[Verse {}]\nthe stone\nthe light\n\n",
)

TEXTS = {
    "a long mixed page": "".join(SENTENCES[i % 5].format(i, i) for i in range(2200)),
    "one long line": "a ferry stops and starts again by the old wall " * 2000,
    "one word": "sea " * 20_000,
    "many short lines": "sea\n" * 20_000,
    "open brackets": "[([{“‘\"'*_<" * 4000,
    "numbers": "about 1,200 at 7:30pm on 3 March 2019, " * 2500,
    "labels": "[Chorus]\n" * 8000,
    "ad lines": "Headline 1: Buy it now!\nDescription: x\n\n" * 4000,
    "caps": "MAREN\n\nINES: Hello.\n\n" * 4000,
    "chinese": "她的嘴角勾起一抹笑，打破了沉默。三百人走过第七座桥，“你来了，我等了很久。”\n" * 1200,
    "spaces": " " * 100_000 + "x" + "\t" * 100_000,
    "quotes": "'tis 'a \"b “c ‘d's, " * 6000,
}

ODD = [
    "",
    " \n ",
    "\x00\x07",
    "🌊👨‍👩‍👧",
    "البحر هادئ الليلة",
    "\r\n\r\n",
    "Title:",
    "{x} {} %s",
    "\ud800",
    "—",
    "“",
    "a" * 5000,
    "《潮》\n\n海。",
]


@pytest.mark.parametrize("name", checks.names())
@pytest.mark.parametrize("language", ["English", "Chinese"])
@pytest.mark.parametrize("text", [*ODD, *(text[:4000] for text in TEXTS.values())])
def test_findings_point_into_the_text_and_speak_in_words(name: str, language: str, text: str) -> None:
    found = checks.run((name,), text, BRIEF, language)
    assert found
    for finding in found:
        assert finding.check == name
        assert 0 <= finding.start <= finding.end <= len(text)
        assert finding.level in {"pass", "warn", "fail"}
        if finding.start == finding.end:
            assert (finding.line, finding.start) == (0, 0)
        else:
            assert finding.line == checks.place(text, finding.start)
            assert text[finding.start : finding.end].strip()
        assert finding.title
        assert finding.message
        assert bool(re.search(r"[\u4e00-\u9fff]", finding.message)) >= (language == "Chinese")
        assert not re.search(r"[{}]", finding.message) or re.search(r"[{}]", text)


@pytest.mark.parametrize("name", checks.names())
@pytest.mark.parametrize("brief", [{}, dict.fromkeys(BRIEF, ""), dict.fromkeys(BRIEF, "\x00🌊 {x} ((")])
def test_a_bare_or_odd_brief_is_no_trouble(name: str, brief: dict[str, str]) -> None:
    assert checks.run((name,), TEXTS["a long mixed page"][:3000], brief, "English")


@pytest.mark.parametrize("name", checks.names())
def test_an_empty_page_earns_one_pass(name: str) -> None:
    assert [(f.level, f.line, f.start, f.end) for f in checks.run((name,), "", BRIEF, "English")] == [
        ("pass", 0, 0, 0)
    ]


@pytest.mark.parametrize("name", checks.names())
@pytest.mark.parametrize("kind", TEXTS)
def test_twenty_thousand_words_are_read_in_time_and_remarks_stay_few(name: str, kind: str) -> None:
    language = "Chinese" if kind == "chinese" else "English"
    brief = {**BRIEF, "notes": BRIEF["notes"] * 200}
    checks.run((name,), "Warm the lists up.", brief, language)
    began = time.process_time()
    found = checks.run((name,), TEXTS[kind], brief, language)
    assert time.process_time() - began < 2
    assert len(found) <= 40


@pytest.mark.parametrize("name", checks.names())
@pytest.mark.parametrize("language", ["", "Norwegian", "zh-CN", "中文"])
def test_any_language_gets_words_it_can_read(name: str, language: str) -> None:
    messages = "".join(
        f.message for f in checks.run((name,), TEXTS["a long mixed page"][:2000], BRIEF, language)
    )
    assert bool(re.search(r"[\u4e00-\u9fff]", messages)) == (language in {"zh-CN", "中文"})


@pytest.mark.parametrize("name", checks.names())
def test_a_check_has_a_title_in_both_languages(name: str) -> None:
    module = importlib.import_module(f"creative.checks.{name}")
    assert set(module.TITLE) >= {"en", "zh"}


def test_an_unknown_check_is_named_with_those_there_are() -> None:
    with pytest.raises(checks.UnknownCheck, match="scene_headings"):
        checks.run(("ryhme",), "x", {}, "English")
