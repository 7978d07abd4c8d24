"""The desk's handler: what the page is told of a run, refusals included; and a sixth form by itself."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from creative.forms import FOLDER
from creative.orders import Step
from creative.settings import Settings
from creative.studio import Studio
from creative.ui.answers import Answers
from creative.ui.desk import Feed, write
from creative.ui.page import build_page, launch_options
from creative.ui.runs import Runs
from creative.ui.spec import describe_form
from tests.browser.scripted import ScriptedEngine

WRITER = "0123456789abcdef" * 2
BRIEF = {"premise": "A ferry stops running."}


@dataclass
class Request:
    """As much of a visitor's request as is looked at."""

    headers: dict[str, str] = field(default_factory=lambda: {"host": "127.0.0.1:7860"})
    cookies: dict[str, str] = field(default_factory=dict)


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    made = Studio(Settings(home=tmp_path), lambda *_: ScriptedEngine(0))
    yield made
    made.close()


def run(studio: Studio, **order: Any) -> list[dict[str, Any]]:
    asked = {"run": "1", "writer": WRITER, "form": "story", "brief": BRIEF, **order}
    return list(write(studio, Runs(), asked, Request()))


def ask(studio: Studio, op: str, **values: Any) -> dict[str, Any]:
    return Answers(studio, Runs()).answer({"op": op, "writer": WRITER, **values}, Request())


def test_the_feed_grows_to_the_whole_text_and_names_its_version(studio: Studio) -> None:
    told = run(studio)
    assert [one["state"] for one in (told[0], told[-1])] == ["writing", "done"]
    text = told[-1]["texts"][0]
    assert text.startswith("The Ferry at Low Water")
    assert all(text.startswith(one["texts"][0]) for one in told if one["texts"])
    draft = ask(studio, "tree", draft=told[-1]["draft"])["value"]
    assert (draft["text"], draft["head"]) == (text, told[-1]["nodes"][0])


def test_text_that_comes_fast_is_sent_together() -> None:
    feed = Feed("1")
    assert feed.take(Step("writing", text="a"))
    assert not feed.take(Step("writing", text="b"))
    assert feed.take(Step("writing", text="c", finish="stop"))
    assert feed.texts == ["abc"]


@pytest.mark.parametrize(
    "order",
    [
        {"brief": {}},
        {"form": "poem"},
        {"action": "sing"},
        {"voice": "nobody"},
        {"creativity": float("nan")},
        {"seed": "seven"},
        {"variants": 99},
        {"text": 7},
        {"brief": "a ferry"},
        {"overrides": {"temperature": "hot"}},
        {"writer": "me"},
    ],
    ids=str,
)
def test_a_bad_order_is_refused_with_words(studio: Studio, order: dict[str, Any]) -> None:
    last = run(studio, **order)[-1]
    assert last["state"] == "error"
    assert last["error"]["message"]
    assert last["error"]["hint"]


def test_a_question_of_no_kind_is_refused_with_words(studio: Studio) -> None:
    for question in (
        None,
        "tree",
        {},
        {"op": "answer"},
        {"op": "_studio", "writer": WRITER},
        {"op": "tree", "writer": 1},
    ):
        told = Answers(studio, Runs()).answer(question, Request())
        assert told["ok"] is False
        assert told["error"]["message"]


def test_a_first_edit_makes_the_draft_and_the_next_ones_its_versions(studio: Studio) -> None:
    first = ask(studio, "save", form="story", text="One.", title="One")["value"]
    second = ask(studio, "save", form="story", text="Two.", draft=first["draft"], head=first["node"])["value"]
    assert (second["conflict"], second["root"]) == (False, "")
    beside = ask(studio, "save", form="story", text="Three.", draft=first["draft"], head=first["node"])[
        "value"
    ]
    assert beside["conflict"]
    tree = ask(studio, "tree", draft=first["draft"])["value"]
    assert tree["text"] == "Two."
    assert [node["parent"] for node in tree["nodes"][2:]] == [first["node"], first["node"]]


def test_only_the_writer_reaches_a_draft(studio: Studio) -> None:
    draft = ask(studio, "save", form="story", text="Mine.", title="Mine")["value"]["draft"]
    other = Answers(studio, Runs()).answer({"op": "tree", "writer": "f" * 32, "draft": draft}, Request())
    assert other["error"]["kind"] == "DraftNotFound"


def test_only_the_owner_chooses_the_model(tmp_path: Path) -> None:
    studio = Studio(Settings(home=tmp_path, host="0.0.0.0"), lambda *_: ScriptedEngine(0))
    told = Answers(studio, Runs()).answer({"op": "choose", "writer": WRITER, "model": "x"}, Request())
    assert told["error"]["kind"] == "NotAllowed"
    studio.close()


def test_a_sixth_form_gets_its_tab_by_itself(tmp_path: Path) -> None:
    (tmp_path / "forms").mkdir()
    source = (FOLDER / "lyrics.toml").read_text(encoding="utf-8")
    poem = source.replace('name = "lyrics"', 'name = "poem"').replace('en = "Lyrics"', 'en = "Poem"', 1)
    (tmp_path / "forms" / "poem.toml").write_text(poem, encoding="utf-8")
    studio = Studio(Settings(home=tmp_path), lambda *_: ScriptedEngine(0))
    page = build_page(studio)
    tabs = [block for block in page.blocks.values() if block.get_block_name() == "tabitem"]
    assert [tab.id for tab in tabs] == [*(form.name for form in studio.forms()), "training"]
    assert len(tabs) == 7
    assert "poem" in [tab.id for tab in tabs]
    assert launch_options(studio)["i18n"].translations_dict["en"]["tab_poem"] == "Poem"
    studio.close()


def test_a_desk_is_described_in_both_languages(studio: Studio) -> None:
    for form in studio.forms():
        spec = describe_form(studio, form.name)
        assert spec["title"]["zh"]
        assert sum(one["primary"] for one in spec["fields"]) <= 4
        assert [one["asks"] for one in spec["actions"]].count(True) == 1
        assert len(spec["examples"]) >= 3
        assert len(spec["stops"]) == 5


def test_stop_reaches_the_model(studio: Studio) -> None:
    runs, told = Runs(), []
    asked = {"run": "9", "writer": WRITER, "form": "story", "brief": {"premise": "[pieces 5000] [pause 5]"}}

    def read() -> None:
        told.extend(write(studio, runs, asked, Request()))

    thread = threading.Thread(target=read)
    thread.start()
    while not (told and told[-1]["texts"]):
        thread.join(0.01)
    assert Answers(studio, runs).answer({"op": "stop", "writer": WRITER, "run": "9"}, Request())["value"]
    thread.join(5)
    assert told[-1]["state"] == "stopped"
    assert len(told[-1]["texts"][0]) < 20_000
