"""Briefs drawn from passages: valid for every form, telling of the passage, and never the passage itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from creative.forms import Choice, Field, Form, clean_brief, load_forms, write_prompt
from creative.training.briefs import draw_brief, own_rules
from creative.training.briefs.lyrics import find_scheme
from tests.training.pages import prose

PAGES = Path(__file__).parents[2] / "examples" / "pages"
FORMS: dict[str, Form] = load_forms()[0]
ENGLISH = (
    "Olga walked into the kitchen. “Where is the ledger?” she asked. Piet, who tied up the boat, said nothing. "
    * 3
)
CHINESE = (
    "老郝把胶片放进机器，回头看了看门口。小满说：“今天放哪一部？”老郝说不知道。影院里很冷，影院外面下着雨。"
    * 3
)
TEXTS = {
    "prose": prose(1, 300),
    "speech": ENGLISH,
    "chinese": CHINESE,
    "script": (PAGES / "two-kettles.fountain").read_text(encoding="utf-8"),
    "song": (PAGES / "low-bridge.txt").read_text(encoding="utf-8"),
    "report": (PAGES / "town-news.txt").read_text(encoding="utf-8").split("***")[0].strip(),
    "ad": (PAGES / "shop-ads.txt").read_text(encoding="utf-8").split("***")[2].strip(),
    "chinese script": "内景 放映间 - 夜\n\n老郝，62岁，修机器。\n\n@老郝\n今天不放了。\n\n@小满\n为什么？",
    "chinese report": "旧桥禁行货车\n\n"
    "本报河洛2月12日讯 镇议会周二晚以7比4通过：3月1日起旧桥禁行货车。维修费230万元。\n\n"
    "周岚说：“没有人问过我们。”",
    "one word": "Ash",
    "marks": "…!? — 12 %% {brief} [x](y) \\ \u2028 end",
    "no letters": "12 34 56",
    "japanese": "老人は窓のそばに座って、雨の音を聞いていた。",
    "long word": "a" * 5000,
}


def words_in_common(brief: dict[str, str], text: str, apart: str = "") -> int:
    """Give the longest run of words that an answer shares with the text."""
    flat = " ".join(text.split())
    longest = 0
    for name, answer in brief.items():
        words = answer.split()
        for start in range(len(words) if name != apart else 0):
            size = longest + 1
            while start + size <= len(words) and " ".join(words[start : start + size]) in flat:
                longest, size = size, size + 1
    return longest


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", TEXTS)
def test_every_form_takes_the_brief_of_any_passage(form: str, kind: str) -> None:
    brief = draw_brief(FORMS[form], TEXTS[kind])
    cleaned = clean_brief(FORMS[form], brief)
    assert {name: answer for name, answer in cleaned.items() if name in brief} == brief
    assert write_prompt(FORMS[form], cleaned, "Chinese" if "chinese" in kind else "English")
    assert draw_brief(FORMS[form], TEXTS[kind]) == brief


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", ["prose", "speech", "script", "song", "report", "ad"])
def test_a_brief_does_not_hold_the_passage(form: str, kind: str) -> None:
    # What somebody said must stand in a report as it was said, so quotes are given whole.
    assert words_in_common(draw_brief(FORMS[form], TEXTS[kind]), TEXTS[kind], apart="quotes") <= 14


def test_every_shipped_form_has_rules_of_its_own() -> None:
    assert set(own_rules()) == set(FORMS)


def many(form: str, texts: list[str]) -> dict[str, set[str]]:
    """Give all the answers that the texts' briefs hold, by question; each brief leaves some unsaid."""
    answers: dict[str, set[str]] = {}
    for text in texts:
        for name, answer in draw_brief(FORMS[form], text).items():
            answers.setdefault(name, set()).add(answer)
    return answers


def test_a_story_is_told_by_its_people_place_eyes_and_tense() -> None:
    told = many("story", [f"{ENGLISH} Number {n}." for n in range(20)])
    assert told["characters"] == {"Olga; Piet, who tied up the boat"}
    assert told["setting"] == {"The kitchen"}
    assert told["point_of_view"] == {"third_close"}
    assert told["tense"] == {"past"}
    assert told["length"] == {"short"}
    assert any("ledger" in premise or "Olga" in premise for premise in told["premise"])


def test_first_person_and_present_are_heard_in_the_narration_alone() -> None:
    mine = "I walk to the station and my bag is heavy. The man at the gate looks at me. “You are late,” he says. I am. "
    hers = (
        "She walks to the gate. “I am late and I know it, I am,” says the man. She looks at him. It is cold. "
    )
    assert many("story", [f"{mine * 2}{n}" for n in range(20)])["point_of_view"] == {"first"}
    told = many("story", [f"{hers * 2}{n}" for n in range(20)])
    assert (told["point_of_view"], told["tense"]) == ({"third_close"}, {"present"})
    assert many("story", [f"我走到车站，我的包很重。{CHINESE}我{n}" for n in range(20)])["point_of_view"] == {
        "first"
    }


def test_a_premise_is_not_the_passage_s_first_sentence_every_time() -> None:
    texts = [prose(seed, 200) for seed in range(30)]
    firsts = [draw_brief(FORMS["story"], text)["premise"] in text for text in texts]
    assert sum(firsts) < 20


def test_a_scene_s_heading_and_cues_are_read() -> None:
    told = many("screenplay", [f"{TEXTS['script']}\n\nRANIA\nNumber {n}." for n in range(20)])
    assert told["location"] == {"Repair shop"}
    assert told["time_of_day"] == {"NIGHT"}
    assert told["characters"] == {"Rania, 58; Jonas, 24"}
    chinese = many("screenplay", [f"{TEXTS['chinese script']}{n}" for n in range(20)])
    assert (chinese["location"], chinese["time_of_day"]) == ({"放映间"}, {"NIGHT"})


def test_a_song_s_sections_hook_and_rhymes_are_read() -> None:
    told = many(
        "lyrics",
        [
            TEXTS["song"].replace("river", word)
            for word in ["river", "city", "valley", "harbour", "meadow", "steeple"]
        ],
    )
    assert told["structure"] == {"Verse, Chorus, Verse, Chorus, Bridge, Chorus"}
    assert told["hook"] == {"Low bridge, keep your head down"}
    assert find_scheme(["by the door", "on the sea", "to the floor", "home to me"]) == "ABAB"
    assert find_scheme(["the wheel", "of steel", "the town", "fall down"]) == "AABB"
    assert find_scheme(["one", "two"]) == ""


def test_a_report_s_notes_hold_its_numbers_and_its_quotes_stay_whole() -> None:
    brief = draw_brief(FORMS["news"], TEXTS["report"])
    assert brief["dateline"] == "ELMBURY, 4 June"
    for fact in ("9 to 5", "32 parking spaces", "1 July", "£210,000", "four customers in ten"):
        assert fact in brief["notes"], fact
    assert "“" not in brief["notes"]
    assert '"I sell paint," said Greta Holt' in brief["quotes"]
    chinese = draw_brief(FORMS["news"], TEXTS["chinese report"])
    assert chinese["dateline"] == "本报河洛2月12日讯"
    assert "7比4" in chinese["notes"]
    assert "没有人问过我们" in chinese["quotes"]


def test_an_ad_s_channel_call_and_promises_are_read() -> None:
    told = many("ad_copy", [f"{TEXTS['ad']} {n}" for n in range(20)])
    assert told["channel"] == {"email"}
    assert told["variants"] == {"1"}
    assert any("Book a mending" in call for call in told["call_to_action"])
    two = f"Variant 1\n{TEXTS['ad']}\n\nVariant 2\n{TEXTS['ad']}"
    assert draw_brief(FORMS["ad_copy"], two)["variants"] == "2"


def test_the_length_is_the_nearest_of_the_form() -> None:
    lengths = [draw_brief(FORMS["story"], prose(1, words))["length"] for words in (100, 650, 3000)]
    assert lengths == ["short", "medium", "long"]


def test_given_answers_are_kept_and_only_what_is_needed_is_drawn() -> None:
    text = prose(1, 200)
    given = {"premise": "A ferry stops.", "genre": "Literary", "tense": "someday", "nonsense": "x"}
    assert draw_brief(FORMS["story"], text, given) == {
        "premise": "A ferry stops.",
        "genre": "literary",
        "length": "short",
    }
    asked = draw_brief(FORMS["story"], text, {"prompt": "Write about a ferry."})
    assert asked == {"premise": "Write about a ferry.", "length": "short"}
    drawn = draw_brief(FORMS["story"], text, {"tone": "Warm"})
    assert set(drawn) == {"premise", "tone", "length"}
    assert drawn["premise"]
    assert draw_brief(FORMS["story"], text, {"author": "x"}) == draw_brief(FORMS["story"], text)


def test_a_form_without_rules_is_answered_by_the_kinds_of_its_fields() -> None:
    story = FORMS["story"]
    letters = Form(
        **{name: getattr(story, name) for name in ("title", "noun", "about", "brief", "chat", "plain")},
        name="letter",
        fields=(
            Field("matter", story.fields[0].label, "text", required=True),
            Field(
                "manner", story.fields[0].label, "choice", required=True, choices=(Choice("cold", "cold"),)
            ),
            Field("pages", story.fields[0].label, "number", required=True, least=2, most=5),
            Field("characters", story.fields[0].label),
            next(field for field in story.fields if field.name == "length"),
        ),
    )
    brief = draw_brief(letters, ENGLISH)
    assert clean_brief(letters, brief)["manner"] == "cold"
    assert (brief["pages"], brief["characters"]) == ("2", "Olga; Piet, who tied up the boat")
    assert brief["matter"]
