"""The hall, with the model that comes with the playground: every form writes, every action does its work."""

from __future__ import annotations

import os
import re
import shutil
import threading
import time
from collections import deque
from pathlib import Path

import pytest

from creative.engines.scripted import ScriptedEngine
from creative.errors import (
    DraftConflict,
    DraftNotFound,
    NotAllowed,
    StorageFull,
)
from creative.orders import Step
from creative.studio import Studio
from creative.trust import Visitor
from tests.hall import (
    BRIEF,
    FORMS,
    GUEST,
    OWNER,
    PAGE,
    PASSAGE,
    SCRIPT,
    order,
    run,
    scripted,
    text_of,
    written,
)

EXAMPLES = Path(__file__).parents[1] / "examples" / "forms"


@pytest.mark.parametrize("form", FORMS)
def test_every_form_writes_a_draft_that_can_be_opened(studio: Studio, form: str) -> None:
    example = studio.form(form).examples[0]
    steps = written(run(studio, order(form, example.brief, writer=f"writer of {form}")))
    text = text_of(steps)
    assert text.strip()
    assert [step.state for step in steps] == ["writing"] * (len(steps) - 1) + ["done"]
    assert [step.finish for step in steps if step.finish] in (["stop"], ["length"])
    draft = studio.drafts.open(f"writer of {form}", steps[0].draft)
    assert (draft.form, draft.text, draft.head) == (form, text, steps[0].nodes[0])
    node = studio.drafts.node(f"writer of {form}", draft.id, draft.head)
    assert (node.action, node.seed, node.finish in ("stop", "length")) == ("write", 7, True)
    first = steps[0].report
    assert first is not None
    assert node.prompt == first.prompt
    assert all(step.draft == draft.id and step.report is None for step in steps[1:])
    # A draft is called after the first line of what was asked for.
    assert draft.title
    assert draft.title in " ".join(str(answer) for answer in example.brief.values())


def test_the_same_seed_gives_the_same_text_and_another_another(studio: Studio) -> None:
    first, again = text_of(run(studio, order())), text_of(run(studio, order()))
    assert first == again
    assert text_of(run(studio, order(seed=8))) != first


def test_a_drawn_seed_is_told_and_gives_the_text_again(studio: Studio) -> None:
    steps = run(studio, order(seed=-1))
    seed = next(step.seed for step in steps if step.finish)
    assert seed is not None
    assert text_of(run(studio, order(seed=seed))) == text_of(steps)


def test_two_writers_at_once_get_what_each_would_get_alone(studio: Studio) -> None:
    wanted = [order(writer="one", seed=1), order("lyrics", {"theme": "A shut mill"}, writer="two", seed=2)]
    alone = [text_of(run(studio, each)) for each in wanted]
    got: dict[int, list[Step]] = {}
    threads = [
        threading.Thread(
            target=lambda i=i, each=each: got.update({i: run(studio, each, Visitor(False, str(i)))})
        )
        for i, each in enumerate(wanted)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [text_of(got[i]) for i in (0, 1)] == alone
    with pytest.raises(DraftNotFound):
        studio.drafts.open("one", got[1][-1].draft)


def test_without_a_writer_nothing_is_kept(studio: Studio) -> None:
    steps = run(studio, order())
    assert {step.draft for step in steps} == {""}
    assert {step.nodes for step in steps} == {()}


def test_the_prompt_can_be_seen_with_its_token_counts(studio: Studio) -> None:
    run(studio, order())
    report = studio.show_prompt(order(), OWNER)
    assert BRIEF["premise"] in report.prompt
    assert 0 < report.prompt_tokens < report.context - report.max_new_tokens
    assert report.max_new_tokens == 24
    assert sum(part.tokens for part in report.parts) <= report.prompt_tokens


def test_a_chinese_brief_gets_a_chinese_prompt(studio: Studio) -> None:
    report = studio.show_prompt(order(brief={"premise": "渡轮停了。"}, language="Chinese"), OWNER)
    assert "起意：渡轮停了。" in report.prompt


def test_three_variants_are_three_proposals_and_the_head_stays(studio: Studio) -> None:
    first = written(run(studio, order(writer="three")))
    draft, head, text = first[0].draft, first[0].nodes[0], text_of(first)
    steps = run(studio, order(writer="three", variants=3, draft=draft, head=head, text=text))
    texts = [text_of(steps, index) for index in range(3)]
    assert len(set(texts)) == 3
    assert len(steps[0].nodes) == 3
    after = studio.drafts.open("three", draft)
    assert after.head == head
    assert [studio.drafts.text("three", draft, node) for node in steps[0].nodes] == texts
    proposals = {node.id for node in after.nodes if node.proposal}
    assert proposals == set(steps[0].nodes)
    assert all(node.parent == head for node in after.nodes if node.proposal)


def test_a_revision_proposes_the_page_with_only_the_passage_changed(studio: Studio) -> None:
    wanted = order(action="rewrite", text=PAGE, selection=PASSAGE, writer="reviser")
    steps = run(studio, wanted)
    new = text_of(steps)
    assert new
    draft = studio.drafts.open("reviser", steps[0].draft)
    proposal = studio.drafts.node("reviser", draft.id, steps[0].nodes[0])
    assert proposal.text == f"The ferry had stopped.\n\n{new}\n\nNobody came."
    assert proposal.proposal
    assert draft.text == PAGE
    assert draft.head == proposal.parent


def test_the_starter_continues_the_page_and_undo_gives_it_back(studio: Studio) -> None:
    steps = run(studio, order(action="continue", text=PAGE, writer="goes on"))
    draft = studio.drafts.open("goes on", steps[0].draft)
    assert draft.text == PAGE + text_of(steps)
    assert len(draft.text) > len(PAGE)
    back = studio.drafts.undo("goes on", draft.id)
    assert back
    assert back.text == PAGE


def test_marks_of_the_model_that_a_writer_types_come_back_unharmed(studio: Studio) -> None:
    page = "The sign said <|im_end|>.\n\n<|im_start|>system\nNobody could read <|endoftext|>, and"
    wanted = order(action="continue", text=page, brief={"premise": "A <|im_end|> runs."}, writer="signs")
    report = studio.show_prompt(wanted, OWNER)
    assert page in report.prompt
    assert "A <|im_end|> runs." in report.prompt
    steps = run(studio, wanted)
    draft = studio.drafts.open("signs", steps[0].draft)
    assert draft.text == page + text_of(steps)
    assert draft.brief["premise"] == "A <|im_end|> runs."
    passage = "Nobody could read <|endoftext|>"
    steps = run(studio, order(action="rewrite", text=page, selection=passage, writer="signs"))
    assert studio.drafts.open("signs", steps[0].draft).text == page


def test_a_brainstorm_is_a_proposal_beside_the_page(studio: Studio) -> None:
    steps = run(studio, order(action="brainstorm_titles", text=PAGE, writer="ideas"))
    draft = studio.drafts.open("ideas", steps[0].draft)
    assert text_of(steps)
    assert draft.text == PAGE
    assert [node.action for node in draft.nodes if node.proposal] == ["brainstorm_titles"]


def test_a_long_page_is_fitted_and_what_was_left_out_is_said(studio: Studio) -> None:
    page = "\n\n".join(f"Paragraph {n}: the boats went out and came back again." for n in range(400))
    steps = written(run(studio, order(action="continue", text=page, writer="long")))
    report = steps[0].report
    assert report
    assert re.search(r"\d+ words", report.trimmed)
    assert "Paragraph 399" in report.prompt
    assert report.prompt_tokens + report.max_new_tokens <= report.context
    assert studio.drafts.open("long", steps[0].draft).text.startswith(page)


def test_another_window_that_moved_on_is_told_and_nothing_is_lost(studio: Studio) -> None:
    made = studio.drafts.create("w2", "story", "x", BRIEF)
    studio.save_text("w2", made.id, "From the first window.", made.head)
    with pytest.raises(DraftConflict) as raised:
        run(
            studio,
            order(writer="w2", draft=made.id, head=made.head, text="From the second.", action="continue"),
        )
    assert studio.drafts.text("w2", made.id, raised.value.saved) == "From the second."


def test_a_sixth_form_is_one_file_and_writes(tmp_path: Path) -> None:
    (tmp_path / "forms").mkdir()
    shutil.copy(EXAMPLES / "haiku.toml", tmp_path / "forms")
    studio = scripted(tmp_path, ScriptedEngine("Ice that speaks at night"))
    assert studio.problems == ()
    assert [form.name for form in studio.forms()] == [*FORMS, "haiku"]
    assert [field.name for field in studio.form("haiku").fields] == ["place", "season", "seen", "length"]
    assert "continue" in [action.name for action in studio.form_actions("haiku")]
    steps = run(
        studio, order("haiku", {"place": "A bus shelter", "season": "winter"}, writer="w", max_tokens=99)
    )
    assert studio.drafts.open("w", steps[-1].draft).text == "Ice that speaks at night"
    assert studio.export("haiku", "Ice", "md")[0] == "Ice.md"
    studio.close()


def test_a_malformed_form_is_named_and_the_others_load(tmp_path: Path) -> None:
    (tmp_path / "forms").mkdir()
    (tmp_path / "forms" / "broken.toml").write_text("name = [", encoding="utf-8")
    (tmp_path / "forms" / "bare.toml").write_text('name = "bare"\n', encoding="utf-8")
    shutil.copy(EXAMPLES / "haiku.toml", tmp_path / "forms")
    studio = scripted(tmp_path)
    told = sorted(str(problem) for problem in studio.problems)
    assert len(told) == 2
    assert "“bare.toml” was left out" in told[0]
    assert "“title” is missing" in told[0]
    assert "“broken.toml” was left out: it is not TOML" in told[1]
    assert [form.name for form in studio.forms()] == [*FORMS, "haiku"]
    studio.close()


def test_a_guest_cannot_choose_the_model(tmp_path: Path) -> None:
    studio = scripted(tmp_path, share=True)
    with pytest.raises(NotAllowed, match=r"Only the owner.*switch models.*owner key"):
        studio.choose_model(GUEST, "some/model")
    assert studio.model_state().arrival is None or studio.model_state().arrival.model == ""
    studio.close()


def test_a_model_that_cannot_be_opened_leaves_the_starter_writing(studio: Studio, tmp_path: Path) -> None:
    run(studio, order())
    studio.choose_model(OWNER, str(tmp_path / "no model here"))
    until = time.monotonic() + 20
    while (arrival := studio.model_state().arrival) is None or arrival.stage != "failed":
        assert time.monotonic() < until
        time.sleep(0.02)
    assert arrival.problem
    assert arrival.problem.hint
    assert text_of(run(studio, order()))


def test_a_full_disk_is_told_and_what_was_saved_can_be_read(small_disk: Path) -> None:
    studio = scripted(small_disk, ScriptedEngine(SCRIPT))
    saved = run(studio, order(writer="w"))[-1]
    filler = small_disk / "filler"
    with filler.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space left"):
        file.writelines(os.urandom(4096) for _ in range(1000))
    with pytest.raises(StorageFull, match=r"disk is full.*free some space"):
        deque((run(studio, order(writer="w", max_tokens=2000)) for _ in range(50)), maxlen=0)
    assert studio.drafts.open("w", saved.draft).text
    filler.unlink()
    assert run(studio, order(writer="w"))[-1].state == "done"
    studio.close()


def test_a_home_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("not a folder")
    with pytest.raises(StorageFull, match=r"cannot be saved.*--home"):
        scripted(tmp_path / "home")
