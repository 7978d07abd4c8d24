"""End to end with the model that comes with the playground: brief to file, in every form."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser import steps
from tests.browser.conftest import Server, free_port


@pytest.fixture(scope="module")
def starter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The page with the starter."""
    running = Server(free_port(), tmp_path_factory.mktemp("starter")).start("starter")
    yield running
    running.stop()


@pytest.mark.parametrize("form", ["story", "screenplay", "lyrics", "news", "ad_copy"])
def test_a_draft_in_every_form_from_brief_to_file(
    visit: Any, starter: Server, form: str, tmp_path: Path
) -> None:
    page = visit(url=starter.url)
    desk = steps.open_tab(page, form)
    page.evaluate(
        "(form) => { const d = folio.room.desks.get(form); d.brief.fill(d.spec.examples[0]); }", form
    )
    desk.locator('.segments input[value="short"]').check(force=True)
    desk.locator(".write").click()
    # The starter is small; some of its drafts are over after a line or two.
    page.wait_for_function(
        """(form) => {
            const { sheet, runner } = folio.room.desks.get(form);
            return sheet.text.split(/\\s+/).length > 25 || (sheet.text && !runner.busy);
        }""",
        arg=form,
        timeout=60_000,
    )
    page.keyboard.press("Escape")
    steps.wait_state(page, "stopped", "done", "saved", form=form)
    page.wait_for_timeout(600)
    text = steps.text(page, form)
    desk.locator(".export").click()
    with page.expect_download() as waiting:
        desk.locator(".menu.open button", has_text=".txt").click()
    waiting.value.save_as(tmp_path / "out.txt")
    written = (tmp_path / "out.txt").read_text(encoding="utf-8")
    assert " ".join(text.split())[-40:] in " ".join(written.split())
    page.reload()
    page.wait_for_selector(f'.desk[data-form="{form}"]')
    steps.wait_text(page, text[:40], form)


def test_a_first_visit_learns_what_the_starter_is_good_for_and_where_a_bigger_one_is(
    visit: Any, starter: Server
) -> None:
    page = visit(url=starter.url)
    note = page.locator(".sheet-note").first
    note.get_by_text("A very small model writes here").wait_for()
    note.get_by_role("button", name="Choose a bigger model").click()
    row = page.locator("dialog[open] .model-row.current")
    row.get_by_text("Not for facts, long texts or fine wording").wait_for(timeout=30_000)
    page.keyboard.press("Escape")
    page.locator("details.settings summary").first.click()
    now = page.locator(".model-now").first.inner_text()
    assert "Good for simple English stories" in now
    assert "Not for facts" in now
    page.locator(".brief").first.get_by_role("button", name="Choose a bigger model").click()
    row.wait_for(timeout=30_000)
    page.keyboard.press("Escape")
    steps.fill_brief(page)
    page.locator('.segments input[value="short"]').first.check(force=True)
    page.locator(".write").first.click()
    page.wait_for_function("folio.room.desks.get('story').sheet.text.length > 10", timeout=60_000)
    page.keyboard.press("Escape")
    page.wait_for_timeout(600)
    page.reload()
    page.wait_for_function("folio.room.model?.current")
    # Whoever has read its writing once need not be told again, but one who wants Chinese does.
    desk = steps.open_tab(page, "lyrics")
    assert desk.locator(".sheet-note p").count() == 0
    page.get_by_role("button", name="中文").click()
    page.wait_for_function("document.documentElement.lang === 'zh-CN' && document.querySelector('.desk')")
    chinese = page.locator('.desk[data-form="lyrics"] .sheet-note')
    chinese.get_by_text("只会写简单的英文").wait_for()
    chinese.get_by_role("button", name="换大一点的模型").click()
    page.locator("dialog[open]").get_by_text("写不了中文").wait_for(timeout=30_000)


def test_the_starters_own_text_is_undone_and_written_again(visit: Any, starter: Server) -> None:
    page = visit(url=starter.url)
    steps.fill_brief(page)
    page.locator('.segments input[value="short"]').first.check(force=True)
    for _ in range(2):
        page.locator(".write").first.click()
        page.wait_for_function("folio.room.desks.get('story').sheet.text.length > 10", timeout=60_000)
        page.keyboard.press("Escape")
        page.wait_for_timeout(600)
        page.locator(".undo").first.click()
        page.wait_for_function("folio.room.desks.get('story').sheet.text === ''")
    assert steps.versions(page) == ["Write", "Write", "Empty page"]
