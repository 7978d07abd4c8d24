"""What is kept: drafts, exports, two windows, a server that goes away, and text that never becomes code."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.browser import steps
from tests.browser.conftest import Server, free_port

EVIL = (
    '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script> ${window.hacked=1} {{window.hacked=1}} '
    '`${(()=>{window.hacked=1})()}` " onfocus="window.hacked=1" autofocus x=" </textarea></script> &lt;b&gt;'
)


def test_the_export_is_the_text_that_stands_on_the_page(page: Any, tmp_path: Path) -> None:
    text = steps.write(page)
    page.locator(".export").first.click()
    with page.expect_download() as waiting:
        page.locator(".menu.open button").first.click()
    file = waiting.value
    assert file.suggested_filename == "The Ferry at Low Water.txt"
    file.save_as(tmp_path / "out.txt")
    assert text.strip() in (tmp_path / "out.txt").read_text(encoding="utf-8")


def test_drafts_are_opened_searched_renamed_copied_deleted_and_brought_back(
    page: Any, tmp_path: Path
) -> None:
    text = steps.write(page)
    page.get_by_role("button", name="My drafts").click()
    page.get_by_role("button", name="New draft").click()
    page.wait_for_function("folio.room.desks.get('story').sheet.text === ''")
    steps.write(page, "[say A second, quite different page.]]")
    page.wait_for_timeout(300)
    page.get_by_role("button", name="My drafts").click()
    dialog = page.locator("dialog[open]")
    dialog.locator("li .name").nth(1).wait_for()
    dialog.get_by_role("searchbox").fill("quite different")
    page.wait_for_function("document.querySelectorAll('dialog .draft-list li').length === 1")
    dialog.get_by_role("button", name="Rename").click()
    page.keyboard.type("The second one")
    page.keyboard.press("Enter")
    dialog.get_by_text("The second one").wait_for()
    dialog.get_by_role("button", name="Duplicate").click()
    page.wait_for_function("document.querySelectorAll('dialog .draft-list li').length === 2")
    dialog.get_by_role("button", name="Delete").first.click()
    page.wait_for_function("document.querySelectorAll('dialog .draft-list li').length === 1")
    assert "“The second one” is deleted." in dialog.inner_text()
    dialog.get_by_role("button", name="Undo").click()
    page.wait_for_function("document.querySelectorAll('dialog .draft-list li').length === 2")
    with page.expect_download() as waiting:
        dialog.get_by_role("button", name="Download all").click()
    waiting.value.save_as(tmp_path / "all.zip")
    assert len(zipfile.ZipFile(tmp_path / "all.zip").namelist()) >= 3
    dialog.get_by_role("searchbox").fill("ferry")
    dialog.get_by_text("A ferry stops running").click()
    page.wait_for_function("(text) => folio.room.desks.get('story').sheet.text === text", arg=text)
    assert page.locator('[data-field="premise"] textarea').input_value() == steps.PREMISE


def test_another_writer_sees_none_of_it(page: Any, visit: Any) -> None:
    steps.write(page)
    other = visit()
    other.get_by_role("button", name="My drafts").click()
    other.get_by_text("No drafts yet.").wait_for()


def test_an_example_fills_the_brief(page: Any) -> None:
    page.locator("select.example").first.select_option(index=1)
    assert "ferry" in page.locator('[data-field="premise"] textarea').input_value()
    assert page.locator("select.example").first.input_value() == ""


def test_two_windows_on_one_draft_keep_both_texts(page: Any) -> None:
    steps.write(page)
    page.wait_for_timeout(1200)
    second = page.context.new_page()
    second.goto(page.url)
    second.wait_for_selector(".desk")
    steps.wait_text(second, "The Ferry")
    second.wait_for_timeout(500)
    for window, word in ((page, "first "), (second, "other ")):
        steps.caret_at(window, "The ferry had")
        window.keyboard.type(word)
        window.wait_for_timeout(1700)
    assert "Both versions are kept" in second.locator(".foot .say").first.inner_text()
    assert "other The ferry had" in steps.text(second)
    assert "first The ferry had" in steps.text(page)
    assert steps.versions(second).count("Your edits") == 2
    second.locator(".versions .go-there:not([aria-current])").first.click()
    steps.wait_text(second, "first The ferry had")


def test_a_server_that_goes_away_and_comes_back_costs_no_text(visit: Any, tmp_path: Path) -> None:
    own = Server(free_port(), tmp_path / "home").start()
    try:
        page = visit(url=own.url)
        steps.fill_brief(page, "[pieces 3000] [pause 15]")
        page.locator(".write").first.click()
        steps.wait_text(page, "w30")
        own.stop()
        page.wait_for_function("folio.room.desks.get('story').foot.state === 'gone'", timeout=20_000)
        assert "Your text is kept in this browser" in page.locator(".foot .say").first.inner_text()
        kept = steps.text(page)
        assert kept.startswith("w0 w1 w2")
        page.locator(".sheet").first.focus()
        page.keyboard.press("Control+Home")
        page.keyboard.type("Meanwhile. ")
        page.wait_for_timeout(1500)
        own.start()
        # Gradio reloads the page by itself when its server is another one; nothing may be lost by it.
        page.wait_for_function(
            "![undefined, 'gone'].includes(window.folio?.room.desks.get('story')?.foot.state)", timeout=20_000
        )
        page.wait_for_timeout(3000)
        page.wait_for_selector(".desk")
        assert steps.text(page) == f"Meanwhile. {kept}"
        page.locator('[data-field="premise"] textarea').fill("[say And on.]]")
        page.locator(".continue").first.click()
        steps.wait_state(page, "done", "saved")
        assert steps.text(page).startswith(f"Meanwhile. {kept}")
        assert steps.text(page).endswith("And on.")
        assert page.locator(".toast-body:visible").count() == 0
        page.reload()
        page.wait_for_selector(".desk")
        steps.wait_text(page, "And on.")
    finally:
        own.stop()


def test_caret_and_place_are_where_they_were_when_the_server_came_back(visit: Any, tmp_path: Path) -> None:
    own = Server(free_port(), tmp_path / "home").start()
    where = """() => {
        const { sheet, scroller } = folio.room.desks.get('lyrics');
        return [sheet.selection(), scroller.scrollTop, document.activeElement === sheet.root];
    }"""
    try:
        page = visit(url=own.url)
        desk = steps.open_tab(page, "lyrics")
        desk.locator('[data-field="theme"] textarea').fill("[pieces 900] [pause 20]")
        page.evaluate(
            """() => {
                const { sheet } = folio.room.desks.get('lyrics');
                const lines = Array.from({ length: 60 }, (_, i) => `Line ${i} of a song that will not end.`);
                sheet.root.focus();
                sheet.edit(0, 0, lines.join('\\n\\n'));
            }"""
        )
        page.wait_for_timeout(1600)
        desk.locator(".continue").click()
        steps.wait_text(page, "w5", "lyrics")
        steps.caret_at(page, "Line 30 of", "lyrics")
        page.keyboard.type("Here. ")
        page.evaluate(
            "(() => { const d = folio.room.desks.get('lyrics'); const at = d.sheet.selection().start;"
            " d.scroll.toPassage(d.sheet.range(at, at)); })()"
        )
        own.stop()
        page.wait_for_function("folio.room.desks.get('lyrics').foot.state === 'gone'", timeout=20_000)
        page.keyboard.type("Still here. ")
        before = page.evaluate(where)
        page.wait_for_timeout(1500)
        own.start()
        # Whether Gradio reloads the page by itself or not, and once more by hand.
        page.wait_for_function(
            "![undefined, 'gone'].includes(window.folio?.room.desks.get('lyrics')?.foot.state)",
            timeout=20_000,
        )
        page.wait_for_timeout(3000)
        assert page.evaluate(where) == before
        page.reload()
        steps.wait_text(page, "Here. Still here. Line 30 of", "lyrics")
        page.wait_for_timeout(1000)
        assert page.evaluate(where) == before
        page.keyboard.type("And now. ")
        assert "Here. Still here. And now. Line 30 of" in steps.text(page, "lyrics")
    finally:
        own.stop()


def test_text_never_becomes_markup_or_code(page: Any) -> None:
    fields = (
        page.locator('[data-field="premise"] textarea'),
        page.locator('[data-field="characters"] textarea'),
    )
    for field in fields:
        field.fill(f"[say {EVIL}]]")
    page.locator(".write").first.click()
    steps.wait_state(page, "done", "saved")
    assert steps.text(page) == EVIL
    page.locator(".variations").first.click()
    page.wait_for_function("document.querySelectorAll('.card.done').length === 3")
    assert page.locator(".card .body").first.inner_text() == EVIL
    page.locator(".card").first.get_by_role("button", name="Keep this one").click()
    steps.select(page, EVIL[:60])
    page.get_by_role("button", name="Tighten", exact=True).click()
    page.wait_for_function("document.activeElement.textContent === 'Take it'")
    page.keyboard.press("Escape")
    steps.versions(page)
    item = page.locator(".versions li").first
    item.hover()
    item.get_by_role("button", name="Name it").click()
    page.keyboard.insert_text(EVIL[:60])
    page.keyboard.press("Enter")
    page.get_by_role("button", name="My drafts").click()
    dialog = page.locator("dialog[open]")
    dialog.get_by_role("button", name="Rename").click()
    page.keyboard.insert_text(EVIL[:100])
    page.keyboard.press("Enter")
    dialog.get_by_text("<img src=x").first.wait_for()
    page.keyboard.press("Escape")
    page.evaluate(
        "folio.room.desks.get('story').error({ message: '<img src=x onerror=\"window.hacked=1\">', hint: '' })"
    )
    page.locator("details.settings summary").first.click()
    page.get_by_role("button", name="See what the model reads").first.click()
    page.locator("dialog[open] .exact").wait_for()
    page.keyboard.press("Escape")
    page.reload()
    page.wait_for_selector(".desk")
    steps.wait_text(page, "<script>")
    page.wait_for_timeout(500)
    assert page.evaluate("window.hacked") is None
    assert page.locator(".gradio-container img").count() == 0


def test_a_paste_brings_in_plain_text_only(page: Any) -> None:
    page.locator(".sheet").first.click()
    page.evaluate(
        """() => {
            const data = new DataTransfer();
            data.setData('text/html', '<b onclick=alert(1)>Bold</b><img src=x>');
            data.setData('text/plain', 'One\\r\\n\\r\\nTwo\\u202e three');
            const paste = { clipboardData: data, bubbles: true, cancelable: true };
            document.activeElement.dispatchEvent(new ClipboardEvent('paste', paste));
        }"""
    )
    assert steps.text(page) == "One\n\nTwo three"
    assert page.locator(".sheet b, .sheet img").count() == 0
    page.keyboard.press("Control+b")
    page.keyboard.type("!")
    assert steps.text(page) == "One\n\nTwo three!"
    assert page.locator(".sheet").first.evaluate(
        "(e) => [...e.children].every((line) => line.nodeName === 'DIV')"
    )


def test_what_the_model_reads_is_itemised(page: Any) -> None:
    steps.write(page)
    page.locator("details.settings summary").first.click()
    page.get_by_role("button", name="See what the model reads").first.click()
    dialog = page.locator("dialog[open]")
    dialog.locator(".parts tr").nth(1).wait_for()
    parts = dialog.locator(".parts").inner_text()
    assert "tokens" in parts
    assert "Brief" in parts
    assert "of 32,000 at most" in parts
    assert "Temperature" in dialog.locator(".model-now").inner_text()
    assert steps.PREMISE in dialog.locator(".exact").inner_text()


@pytest.mark.parametrize("name", ["../../etc/passwd", "..%2f..%2fetc%2fpasswd", "js/../../page.py", ""])
def test_only_the_pages_own_files_are_served(page: Any, server: Server, name: str) -> None:
    answer = page.request.get(f"{server.url}folio/{name}")
    assert answer.status in (404, 200)
    assert "root:" not in answer.text()
    assert "import " not in answer.text()


def test_models_are_offered_with_why_each_fits(page: Any) -> None:
    page.locator("details.settings summary").first.click()
    page.get_by_role("button", name="Choose a model").first.click()
    rows = page.locator("dialog[open] .model-row")
    rows.nth(8).wait_for(timeout=30_000)
    assert "in use" in rows.first.evaluate(
        "(row) => getComputedStyle(row.querySelector('.name'), '::after').content"
    )
    assert "GB" in rows.nth(5).locator(".why").inner_text()
    # The same scripted model arrives whatever is chosen; the dialog shows that it is in use again.
    rows.nth(2).get_by_role("button", name="Use this").click()
    page.wait_for_function("folio.room.model.current.id === 'scripted' && !folio.room.model.coming")
