"""Drafts through the real file: the tree, the writers, search, copies, deletion, the archive."""

from __future__ import annotations

import io
import json
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from creative.drafts.archive import plain
from creative.drafts.drafts import KEPT_AFTER_DELETION_S, Drafts
from creative.drafts.records import GROWING, INTERRUPTED, MAX_CHARACTERS, NewNode
from creative.errors import DraftConflict, DraftNotFound, TextTooLong

ME, OTHER = "a secret of mine", "a secret of another"


@pytest.fixture
def drafts(tmp_path: Path) -> Drafts:
    return Drafts(tmp_path / "drafts.sqlite")


def test_a_new_draft_is_an_empty_page_with_its_brief(drafts: Drafts) -> None:
    made = drafts.create(ME, "story", "灯塔", {"premise": "A keeper, 一盏灯", "length": 3}, "Chinese")
    opened = drafts.open(ME, made.id)
    assert opened == made
    assert (opened.text, opened.title, opened.language) == ("", "灯塔", "Chinese")
    assert opened.brief == {"premise": "A keeper, 一盏灯", "length": 3}
    assert [node.action for node in opened.nodes] == ["start"]


def test_a_version_keeps_everything_that_made_it(drafts: Drafts) -> None:
    draft = drafts.create(ME, "story").id
    new = NewNode("Two words", "write", "", "the prompt", "starter", "winter", 7, {"top_p": 0.9}, "stop")
    node = drafts.node(ME, draft, drafts.add(ME, draft, new))
    assert (node.text, node.prompt, node.action, node.model) == (
        "Two words",
        "the prompt",
        "write",
        "starter",
    )
    assert (node.adapter, node.seed, node.sampling, node.finish) == ("winter", 7, {"top_p": 0.9}, "stop")
    assert node.words == 2


def test_undo_and_redo_walk_and_stop_at_both_ends(drafts: Drafts) -> None:
    draft = drafts.create(ME, "story").id
    for text in ("one", "one two"):
        drafts.add(ME, draft, NewNode(text))
    assert drafts.redo(ME, draft) is None
    back = [drafts.undo(ME, draft) for _ in range(3)]
    assert [node and node.text for node in back] == ["one", "", None]
    forth = [drafts.redo(ME, draft) for _ in range(3)]
    assert [node and node.text for node in forth] == ["one", "one two", None]


def test_writing_after_undo_makes_a_branch_and_redo_follows_the_one_visited_last(drafts: Drafts) -> None:
    draft = drafts.create(ME, "story").id
    drafts.add(ME, draft, NewNode("start"))
    left = drafts.add(ME, draft, NewNode("start left"))
    drafts.undo(ME, draft)
    drafts.add(ME, draft, NewNode("start right"))
    drafts.undo(ME, draft)
    assert drafts.redo(ME, draft).text == "start right"  # type: ignore[union-attr]
    drafts.move_head(ME, draft, left)
    drafts.undo(ME, draft)
    drafts.undo(ME, draft)
    drafts.redo(ME, draft)
    assert drafts.redo(ME, draft).text == "start left"  # type: ignore[union-attr]
    assert len(drafts.open(ME, draft).nodes) == 4


def test_going_to_a_far_leaf_lets_redo_follow_the_whole_way_to_it(drafts: Drafts) -> None:
    draft = drafts.create(ME, "story").id
    root = drafts.open(ME, draft).head
    far = root
    for text in ("a", "a b", "a b c"):
        far = drafts.add(ME, draft, NewNode(text, parent=far, move_head=False))
    drafts.add(ME, draft, NewNode("z", parent=root))
    drafts.move_head(ME, draft, far)
    drafts.move_head(ME, draft, root)
    assert [drafts.redo(ME, draft).text for _ in range(3)] == ["a", "a b", "a b c"]  # type: ignore[union-attr]


def test_a_proposal_waits_beside_the_head_until_it_is_taken(drafts: Drafts) -> None:
    draft = drafts.create(ME, "story").id
    head = drafts.add(ME, draft, NewNode("long text"))
    offers = [
        drafts.add(ME, draft, NewNode(text, "shorten", proposal=True, move_head=False))
        for text in ("lo", "te")
    ]
    assert drafts.open(ME, draft).head == head
    assert drafts.redo(ME, draft) is None
    taken = drafts.move_head(ME, draft, offers[1])
    assert (taken.text, taken.proposal) == ("te", False)
    states = {node.id: node.proposal for node in drafts.open(ME, draft).nodes}
    assert (states[offers[0]], states[offers[1]]) == (True, False)


def test_a_second_window_does_not_overwrite_the_first_and_loses_nothing(drafts: Drafts) -> None:
    draft = drafts.create(ME, "story").id
    seen = drafts.add(ME, draft, NewNode("seen by both"))
    first = drafts.add(ME, draft, NewNode("first window"), expect_head=seen)
    with pytest.raises(DraftConflict) as caught:
        drafts.add(ME, draft, NewNode("second window"), expect_head=seen)
    opened = drafts.open(ME, draft)
    assert (opened.head, opened.text) == (first, "first window")
    kept = drafts.node(ME, draft, caught.value.saved)
    assert (kept.text, kept.parent, caught.value.head) == ("second window", seen, first)


def test_a_growing_version_shows_its_text_so_far_and_then_its_end(drafts: Drafts) -> None:
    draft = drafts.create(ME, "story").id
    node = drafts.add(ME, draft, NewNode("", "write", finish=GROWING))
    drafts.grow(node, "It was")
    assert (drafts.open(ME, draft).text, drafts.node(ME, draft, node).finish) == ("It was", GROWING)
    drafts.grow(node, "It was late.", "stop")
    assert (drafts.node(ME, draft, node).finish, drafts.listing(ME)[0].words) == ("stop", 3)
    with pytest.raises(ValueError, match="finished"):
        drafts.grow(node, "It was late. Too late.")


def test_another_writer_finds_nothing_and_can_do_nothing(drafts: Drafts) -> None:
    draft = drafts.create(ME, "story", "Mine")
    assert drafts.listing(OTHER) == []
    refused = (
        lambda: drafts.open(OTHER, draft.id),
        lambda: drafts.text(OTHER, draft.id, draft.head),
        lambda: drafts.add(OTHER, draft.id, NewNode("x")),
        lambda: drafts.rename(OTHER, draft.id, "x"),
        lambda: drafts.save_brief(OTHER, draft.id, {}),
        lambda: drafts.delete(OTHER, draft.id),
        lambda: drafts.restore(OTHER, draft.id),
        lambda: drafts.duplicate(OTHER, draft.id),
        lambda: drafts.undo(OTHER, draft.id),
        lambda: drafts.move_head(OTHER, draft.id, draft.head),
        lambda: drafts.name_version(OTHER, draft.id, draft.head, "x"),
    )
    for act in refused:
        with pytest.raises(DraftNotFound):
            act()
    theirs = drafts.create(OTHER, "story")
    with pytest.raises(DraftNotFound):
        drafts.text(OTHER, theirs.id, draft.head)
    with pytest.raises(DraftNotFound):
        drafts.add(OTHER, theirs.id, NewNode("x", parent=draft.head))
    assert drafts.open(ME, draft.id) == draft


def test_the_file_never_holds_a_writers_secret(tmp_path: Path) -> None:
    drafts = Drafts(tmp_path / "drafts.sqlite")
    drafts.create(ME, "story", "Title in the file")
    drafts.close()
    content = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"Title in the file" in content
    assert ME.encode() not in content
    assert (tmp_path / "drafts.sqlite").stat().st_mode & 0o077 == 0


def test_the_list_is_newest_first_and_says_what_each_draft_holds(drafts: Drafts) -> None:
    old, new = drafts.create(ME, "story", "Old").id, drafts.create(ME, "news", "New").id
    assert [line.id for line in drafts.listing(ME)] == [new, old]
    drafts.add(ME, old, NewNode("  The  sea\nwas grey. " + "word " * 100))
    first = drafts.listing(ME)[0]
    assert (first.id, first.title, first.form, first.words) == (old, "Old", "story", 104)
    assert first.excerpt.startswith("The sea was grey. word")
    assert len(first.excerpt) <= 160


def test_search_finds_words_of_title_and_text_in_any_script(drafts: Drafts) -> None:
    sea = drafts.create(ME, "story", "Winter Coast").id
    drafts.add(ME, sea, NewNode("A gull, 海边的灯塔, and 100% of Straße."))
    drafts.create(ME, "story", "Another")
    for query in ("coast", "GULL winter", "灯塔", "100%", "STRASSE"):
        assert [line.id for line in drafts.listing(ME, query)] == [sea], query
    assert drafts.listing(ME, "gull another") == []


def test_a_duplicate_has_the_whole_tree_and_goes_its_own_way(drafts: Drafts) -> None:
    draft = drafts.create(ME, "story", "Twin", {"premise": "x"}).id
    named = drafts.add(ME, draft, NewNode("one"))
    drafts.name_version(ME, draft, named, "first draft")
    drafts.add(ME, draft, NewNode("one two"))
    drafts.undo(ME, draft)
    copy = drafts.duplicate(ME, draft)
    assert (copy.text, copy.title, copy.brief) == ("one", "Twin", {"premise": "x"})
    assert [node.name for node in copy.nodes] == ["", "first draft", ""]
    assert drafts.redo(ME, copy.id).text == "one two"  # type: ignore[union-attr]
    drafts.add(ME, copy.id, NewNode("other"))
    assert drafts.open(ME, draft).text == "one"
    assert len(drafts.open(ME, draft).nodes) == 3


def test_a_deleted_draft_comes_back_whole_and_is_gone_for_good_after_thirty_days(tmp_path: Path) -> None:
    now = [1_000_000.0]
    drafts = Drafts(tmp_path / "drafts.sqlite", clock=lambda: now[0])
    draft = drafts.create(ME, "story").id
    for text in ("kept", "kept too"):
        drafts.add(ME, draft, NewNode(text))
    whole = drafts.open(ME, draft)
    drafts.delete(ME, draft)
    assert drafts.listing(ME) == []
    with pytest.raises(DraftNotFound):
        drafts.open(ME, draft)
    drafts.restore(ME, draft)
    assert drafts.open(ME, draft) == whole
    drafts.delete(ME, draft)
    drafts.close()
    now[0] += KEPT_AFTER_DELETION_S + 1
    later = Drafts(tmp_path / "drafts.sqlite", clock=lambda: now[0])
    with pytest.raises(DraftNotFound):
        later.restore(ME, draft)


def test_the_archive_holds_every_draft_and_every_version_under_safe_names(drafts: Drafts) -> None:
    titles = ("../../etc/passwd", "Ein Stück: Über/Unter", "CON", "", "灯塔", "same", "Same")
    for title in titles:
        draft = drafts.create(ME, "story", title).id
        drafts.add(ME, draft, NewNode("first"))
        drafts.add(ME, draft, NewNode("first, then second"))
    drafts.create(OTHER, "story", "not mine")
    archive = zipfile.ZipFile(io.BytesIO(drafts.archive(ME, plain)))
    assert archive.testzip() is None
    names = archive.namelist()
    assert len({name.casefold() for name in names}) == len(names) == 3 * len(titles)
    assert not [name for name in names if "/" in name or "\\" in name or name.startswith(".")]
    assert {"etc-passwd.txt", "Ein-Stück-Über-Unter.md", "CON-draft.txt", "story.json", "灯塔.txt"} <= set(
        names
    )
    assert archive.read("灯塔.md").decode() == "# 灯塔\n\nfirst, then second"
    tree = json.loads(archive.read("灯塔.json"))
    assert [node["text"] for node in tree["nodes"]] == ["", "first", "first, then second"]


def test_text_that_a_browser_may_send_is_kept_or_refused_with_a_sentence(drafts: Drafts) -> None:
    draft = drafts.create(ME, "story", "half \ud83d", {"premise": "half \udc00"}).id
    odd = "nul \0, שלום, 👩‍👩‍👧, '; DROP TABLE draft; --, half \ud83d"
    node = drafts.add(ME, draft, NewNode(odd, prompt=odd, action=odd[:3]))
    assert drafts.text(ME, draft, node) == odd[:-1] + "?"
    with pytest.raises(TextTooLong, match="2,000,001"):
        drafts.add(ME, draft, NewNode("x" * (MAX_CHARACTERS + 1)))


def test_eight_threads_write_at_once_and_nothing_is_lost(drafts: Drafts) -> None:
    draft = drafts.create(ME, "story").id

    def work(number: int) -> None:
        own = drafts.create(f"writer {number}", "story").id
        for step in range(15):
            drafts.add(f"writer {number}", own, NewNode(f"{number} {step}"))
            node = drafts.add(ME, draft, NewNode("", "write", finish=GROWING))
            drafts.grow(node, f"{number} {step}", "stop")
            drafts.listing(ME, "0")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    nodes = drafts.open(ME, draft).nodes
    assert {drafts.text(ME, draft, node.id) for node in nodes[1:]} == {
        f"{number} {step}" for number in range(8) for step in range(15)
    }
    assert len(nodes) == 121
    assert all(
        len(drafts.open(f"writer {n}", drafts.listing(f"writer {n}")[0].id).nodes) == 16 for n in range(8)
    )


def test_two_programs_on_one_file_see_each_others_versions(tmp_path: Path) -> None:
    first, second = Drafts(tmp_path / "drafts.sqlite"), Drafts(tmp_path / "drafts.sqlite")
    draft = first.create(ME, "story").id
    node = first.add(ME, draft, NewNode("", "write", finish=GROWING))
    second.add(ME, draft, NewNode("from the second"))
    first.grow(node, "from the first", "stop")
    assert second.text(ME, draft, node) == "from the first"
    assert first.open(ME, draft).text == "from the second"


def test_writing_that_another_start_called_interrupted_still_ends_well(tmp_path: Path) -> None:
    first = Drafts(tmp_path / "drafts.sqlite")
    draft = first.create(ME, "story").id
    node = first.add(ME, draft, NewNode("", "write", finish=GROWING))
    second = Drafts(tmp_path / "drafts.sqlite")
    assert second.node(ME, draft, node).finish == INTERRUPTED
    first.grow(node, "done after all", "stop")
    assert second.node(ME, draft, node).finish == "stop"
