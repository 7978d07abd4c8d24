"""Examples from documents: what is held out, how passages are cut, posed and shown, and what is too little."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from tokenizers import Tokenizer

from creative.errors import NotEnoughText
from creative.forms import clean_brief, load_forms, write_prompt
from creative.training.briefs import draw_brief, find_unused
from creative.training.dataset import LEAST_TOKENS, Posing, hold_out, make_dataset, preview
from creative.training.manuscript import read_manuscript
from creative.training.records import Document, Manuscript, Personal, Prompt, Upload
from creative.ui.messages import tell_reason
from tests.training.pages import prose

ROOT = Path(__file__).parents[2]
STORY = load_forms()[0]["story"]


def count(text: str) -> int:
    return len(re.findall(r"\w+|[^\w\s]", text))


def show(prompt: Prompt) -> str:
    return prompt if isinstance(prompt, str) else "".join(f"<{m['role']}>{m['content']}\n" for m in prompt)


def draw(text: str, given: Mapping[str, str]) -> Mapping[str, str]:
    return draw_brief(STORY, text, given)


def render(brief: Mapping[str, str]) -> Prompt:
    return write_prompt(STORY, clean_brief(STORY, brief))


POSING = Posing("form", render, draw, count, show, 512)
PLAIN = replace(POSING, style="plain")


def book(*sizes: int) -> Manuscript:
    documents = [Document(f"Chapter {n}", "weir.txt", prose(n, size)) for n, size in enumerate(sizes, 1)]
    return Manuscript(tuple(documents), (), ())


def words(text: str) -> list[str]:
    return text.replace("***", "").split()


def test_a_whole_chapter_near_a_tenth_and_near_the_middle_is_held_out() -> None:
    dataset = make_dataset(book(*[600] * 10), POSING)
    assert dataset.held_out_titles == ("Chapter 5",)
    assert " ".join(e.text for e in dataset.held_out).split() == prose(5, 600).split()
    assert not {e.source for e in dataset.train} & {e.source for e in dataset.held_out}


@pytest.mark.parametrize(
    "sizes", [[40] * 120, [100] * 30, [900, 800, 60, 70, 80, 90, 700], [500] * 5, [1000, 2000, 3000]]
)
def test_held_out_is_about_a_tenth_in_whole_documents_where_they_allow_it(sizes: list[int]) -> None:
    manuscript = book(*sizes)
    train, held = hold_out(manuscript.documents)
    total = sum(len(d.text.split()) for d in manuscript.documents)
    share = sum(len(d.text.split()) for _, d in held) / total
    assert 0.05 <= share <= 0.25
    assert sorted(place for place, _ in [*train, *held]) == list(range(len(sizes)))
    assert all(d is manuscript.documents[place] for place, d in [*train, *held])


@pytest.mark.parametrize("sizes", [[4000], [4000, 3800]])
def test_of_too_large_documents_the_last_tenth_is_held_out_from_a_paragraph_on(sizes: list[int]) -> None:
    manuscript = book(*sizes)
    dataset = make_dataset(manuscript, POSING)
    assert dataset.held_out_titles == ("the last tenth of “Chapter 1”",)
    held = " ".join(e.text for e in dataset.held_out)
    assert prose(1, 4000).split()[-len(held.split()) :] == held.split()
    assert dataset.held_out[0].text.split("\n\n")[0] in prose(1, 4000).split("\n\n")
    assert 0.08 <= len(held.split()) / sum(sizes) <= 0.13
    shown = preview(manuscript, POSING)
    assert [document["held_out"] for document in shown.documents] == [False] * len(sizes)
    assert "Held out is the last tenth of “Chapter 1”" in " ".join(shown.advice)


@pytest.mark.parametrize("posing", [POSING, PLAIN])
def test_every_passage_fits_with_its_prompt_and_none_is_lost(posing: Posing) -> None:
    manuscript = book(2000, 700, 300, 2500, 300)
    dataset = make_dataset(manuscript, posing)
    everything = [*dataset.train, *dataset.held_out]
    for example in everything:
        assert count(posing.show(example.prompt)) + count(example.text) < posing.max_tokens
    for document in manuscript.documents:
        passages = [e for e in everything if e.source == document.title]
        assert " ".join(e.text for e in passages).split() == document.text.split()
        assert [e.whole for e in passages] == [False] * (len(passages) - 1) + [True]
        sizes = [count(e.text) for e in passages]
        assert min(sizes) > max(sizes) / 2, "the last passage is a crumb"


def test_a_passage_ends_where_a_paragraph_ends() -> None:
    dataset = make_dataset(book(3000, 400, 3000), POSING)
    paragraphs = {p for n in (1, 2, 3) for size in (3000, 400) for p in prose(n, size).split("\n\n")}
    for example in dataset.train:
        assert set(example.text.split("\n\n")) <= paragraphs


def test_a_passage_rather_ends_at_a_scene_s_end() -> None:
    scenes = [prose(n, 240) for n in range(8)]
    manuscript = Manuscript(
        (Document("Weir", "w.txt", "\n\n***\n\n".join(scenes)), *book(400, 400).documents), (), ()
    )
    passages = [e.text for e in make_dataset(manuscript, POSING).train if e.source == "Weir"]
    assert passages[:-1] == scenes[: len(passages) - 1]


def test_a_paragraph_longer_than_the_room_is_cut_between_sentences_and_a_sentence_between_words() -> None:
    long = prose(1, 2000).replace("\n\n", " ")
    endless = " and ".join(f"door {n}" for n in range(900)) + "."
    dataset = make_dataset(
        Manuscript((Document("A", "a", long), Document("B", "b", endless)), (), ()), POSING
    )
    everything = [*dataset.train, *dataset.held_out]
    first = [e.text for e in everything if "A" in e.source]
    assert all(text.endswith(".") for text in first)
    assert " ".join(first).split() == long.split()
    assert " ".join(e.text for e in everything if "B" in e.source).split() == endless.split()
    assert all(count(show(e.prompt)) + count(e.text) <= POSING.max_tokens for e in everything)


def test_each_passage_stands_under_a_brief_of_its_own_and_a_plain_one_under_none() -> None:
    dataset = make_dataset(book(1500, 300, 1500), POSING)
    assert len({show(e.prompt) for e in dataset.train}) > len(dataset.train) * 0.8
    assert all(show(e.prompt).startswith("<system>You write fiction.") for e in dataset.train)
    assert {e.prompt for e in make_dataset(book(1500, 300, 1500), PLAIN).train} == {""}


def test_a_brief_that_grows_with_its_passage_leaves_the_passage_its_room() -> None:
    def take_notes(text: str, given: Mapping[str, str]) -> Mapping[str, str]:
        return {"premise": " ".join(text.split()[::2])}

    def render_whole(brief: Mapping[str, str]) -> Prompt:
        return f"Notes: {brief['premise']}\n\n"

    posing = replace(POSING, draw=take_notes, render=render_whole)
    dataset = make_dataset(book(*[2000] * 4), posing)
    filled = [count(show(e.prompt)) + count(e.text) for e in dataset.train if not e.whole]
    assert max(filled) <= 512
    assert sorted(filled)[len(filled) // 2] > 300


def test_a_pair_s_own_brief_goes_with_its_first_passage() -> None:
    pair = Document("Weir", "p.jsonl", prose(1, 900), {"premise": "A weir breaks.", "tone": "Warm"})
    dataset = make_dataset(Manuscript((pair, *book(800, 200, 900).documents), (), ()), POSING)
    first, *later = [show(e.prompt) for e in [*dataset.train, *dataset.held_out] if e.source == "Weir"]
    assert "Premise: A weir breaks.\n" in first
    assert "Tone: Warm" in first
    assert later
    assert not any("A weir breaks" in prompt for prompt in later)


def test_the_same_pages_give_the_same_fingerprint_and_one_word_another() -> None:
    one, again = make_dataset(book(900, 900, 900), POSING), make_dataset(book(900, 900, 900), POSING)
    assert one == again
    assert re.fullmatch(r"[0-9a-f]{16}", one.fingerprint)
    assert make_dataset(book(900, 900, 901), POSING).fingerprint != one.fingerprint


def test_too_little_says_how_much_there_is_and_how_much_it_takes() -> None:
    few = Manuscript(
        (Document("A", "a.txt", " ".join(["word"] * 450) + "\n\n" + " ".join(["word"] * 450)),), (), ()
    )
    least = f"about {LEAST_TOKENS:,} are the least"  # here a word is a token
    with pytest.raises(NotEnoughText, match=rf"The pages hold 900 words in 1 document; {least}") as problem:
        make_dataset(few, POSING)
    assert "from about 10,000 words on" in problem.value.hint
    shown = preview(few, POSING)
    assert shown.problem.startswith("The pages hold 9")
    assert shown.documents[0]["words"] == 900
    assert preview(Manuscript((), (), ()), POSING).problem.startswith(
        "The pages hold 0 words in 0 documents; about 1,100 are"
    )


def test_what_is_too_little_is_told_in_words_of_these_pages() -> None:
    half = replace(POSING, count=lambda text: 2 * count(text))
    few = book(150, 150, 150)
    advice = preview(book(1500, 1500, 150), half).advice[0]
    assert re.search(
        r"There are 3,?\d{3} words to learn from; a voice is heard from about [45],\d{3} on", advice
    )
    told = preview(few, half).problem
    for sentence in (advice, told, preview(few, POSING).problem):
        assert "token" not in sentence
        assert tell_reason(sentence, "zh") != sentence


def test_an_answer_that_the_form_does_not_take_is_told_with_what_is_left_out() -> None:
    rows = [{"text": prose(n, 300), "premise": "A ferry stops.", "tense": "someday"} for n in range(12)]
    rows[3] |= {"tense": "past", "colour": "red"}
    table = "\n".join(map(json.dumps, rows))
    manuscript = read_manuscript([Upload("pairs.jsonl", table.encode())])
    assert len(manuscript.documents) == 12
    posing = replace(POSING, doubt=lambda given: find_unused(STORY, given))
    told = {(part.what, part.why, part.words) for part in preview(manuscript, posing).left_out}
    assert told == {
        ("someday", "answer not used, 11 times: “tense” takes one of past, present", 11),
        ("red", "answer not used: the form does not ask for “colour”", 1),
    }
    assert all(not re.search("answer|takes|form", tell_reason(why, "zh")) for _, why, _ in told)
    assert preview(manuscript, replace(posing, style="plain")).left_out == ()


def test_a_preview_shows_what_the_model_will_see() -> None:
    manuscript = replace(book(*[500] * 8), personal=(Personal("email", "a@b.org", 2),))
    shown = preview(manuscript, POSING)
    dataset = make_dataset(manuscript, POSING)
    assert [d["title"] for d in shown.documents if d["held_out"]] == list(dataset.held_out_titles)
    assert shown.examples == len(dataset.train)
    assert abs(shown.tokens - sum(count(e.text) for e in dataset.train)) < 0.05 * shown.tokens
    assert shown.words == sum(d["words"] for d in shown.documents)
    assert [dict(s) for s in shown.shown] == [
        {"title": e.source, "prompt": show(e.prompt), "text": e.text} for e in dataset.train[:3]
    ]
    assert shown.problem == ""
    assert any("a voice is heard from about" in sentence for sentence in shown.advice)
    assert any("e-mail addresses" in sentence for sentence in shown.advice)


@pytest.mark.parametrize(
    ("form", "files"),
    [
        ("story", ("the-weather-office.md", "the-ferry-clerk.md")),
        ("screenplay", ("night-train.fountain", "two-kettles.fountain")),
        ("lyrics", ("six-songs.txt", "low-bridge.txt")),
        ("news", ("county-news.txt", "town-news.txt")),
        ("ad_copy", ("window-ads.txt", "shop-ads.txt")),
    ],
)
def test_the_sample_pages_of_a_form_are_enough_for_a_first_run(form: str, files: tuple[str, ...]) -> None:
    starter = Tokenizer.from_file(str(ROOT / "creative" / "starter" / "tokenizer.json"))
    shape = load_forms()[0][form]
    posing = Posing(
        "form",
        lambda brief: write_prompt(shape, clean_brief(shape, brief)),
        lambda text, given: draw_brief(shape, text, given),
        lambda text: len(starter.encode(text).ids),
        show,
        1024,
    )
    pages = ROOT / "examples" / "pages"
    shown = preview(read_manuscript([Upload(name, (pages / name).read_bytes()) for name in files]), posing)
    assert shown.problem == ""
    assert len(shown.documents) > 6
    assert all(part.why == "boilerplate: the title page" for part in shown.left_out)


@pytest.mark.slow
def test_a_hundred_thousand_words_take_seconds() -> None:
    text = "\n\n".join(f"Chapter {n}\n\n{prose(n, 2500)}" for n in range(1, 41))
    start = time.process_time()
    shown = preview(read_manuscript([Upload("weir.txt", text.encode())]), POSING)
    assert shown.words > 95_000
    assert time.process_time() - start < 10
