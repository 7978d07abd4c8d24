"""Writing in the browser: nothing is lost, nothing moves, everything can be taken back."""

from __future__ import annotations

from typing import Any

from tests.browser import steps


def test_write_fills_the_page_and_says_how_much(page: Any) -> None:
    text = steps.write(page)
    assert text.startswith("The Ferry at Low Water\n\nThe ferry had not run")
    assert page.locator(".foot .count").first.inner_text() == "158 words of 600"
    assert steps.versions(page) == ["Write", "Empty page"]


def test_typing_in_an_earlier_paragraph_while_two_hundred_pieces_stream_in_loses_nothing(page: Any) -> None:
    steps.write(page, "[say One line here.]]")
    page.locator('[data-field="premise"] textarea').fill("[pieces 200] [pause 12]")
    page.locator(".continue").first.click()
    steps.wait_text(page, "w20")
    steps.caret_at(page, "line here")
    page.keyboard.type("old brown ", delay=60)
    caret = page.evaluate("folio.room.desks.get('story').sheet.selection()")
    steps.wait_state(page, "done", "saved")
    text = steps.text(page)
    assert text.startswith("One old brown line here.")
    assert text.endswith(" ".join(f"w{i}" for i in range(200)))
    # The caret stands where it was left, although the rest of the text came after.
    assert caret == {"start": 14, "end": 14}
    assert page.evaluate("folio.room.desks.get('story').sheet.selection()") == caret
    page.wait_for_timeout(1500)
    assert steps.versions(page)[:2] == ["Your edits", "Continue"]


def test_letters_typed_at_the_very_end_stay_together_while_text_arrives(page: Any) -> None:
    steps.fill_brief(page, "[pieces 120] [pause 12]")
    page.locator(".write:visible").click()
    steps.wait_text(page, "w10")
    page.evaluate(
        """() => {
            const { sheet } = folio.room.desks.get('story');
            sheet.root.focus();
            sheet.select(sheet.text.length, sheet.text.length);
        }"""
    )
    page.keyboard.type(" MINE", delay=40)
    steps.wait_state(page, "done", "saved")
    text = steps.text(page)
    for i in range(120):
        assert f"w{i}" in text
    assert "".join(ch for ch in text if ch.isupper()) == "MINE"


def test_a_selection_stays_while_text_streams_in(page: Any) -> None:
    steps.write(page, "[say One line here.]]")
    page.locator('[data-field="premise"] textarea').fill("[pieces 100]")
    page.locator(".continue").first.click()
    steps.wait_text(page, "w5")
    steps.select(page, "line here")
    steps.wait_state(page, "done", "saved")
    assert page.evaluate("document.getSelection().toString()") == "line here"


def test_the_page_stops_following_when_the_writer_scrolls_up(page: Any) -> None:
    steps.fill_brief(page, "[pieces 900] [pause 8]")
    page.locator(".write:visible").click()
    steps.wait_text(page, "w400")
    page.mouse.move(700, 450)
    page.mouse.wheel(0, -2000)
    page.wait_for_timeout(300)
    before = page.evaluate("folio.room.desks.get('story').scroller.scrollTop")
    page.wait_for_timeout(700)
    assert page.evaluate("folio.room.desks.get('story').scroller.scrollTop") == before
    page.get_by_role("button", name="New text below").click()
    page.wait_for_timeout(200)
    assert page.evaluate("folio.room.desks.get('story').scroller.scrollTop") > before
    page.keyboard.press("Escape")


def test_stop_keeps_what_is_there_and_write_works_again_at_once(page: Any) -> None:
    steps.fill_brief(page, "[pieces 2000] [pause 10]")
    write, stop = page.locator(".write").first, page.locator(".stop").first
    place = write.bounding_box()
    write.click()
    steps.wait_text(page, "w15")
    assert stop.bounding_box()["x"] == place["x"]
    stop.click()
    assert page.locator(".foot .say").first.inner_text().startswith("Stopped. Kept ")
    page.locator('[data-field="premise"] textarea').fill("[say Second time.]]")
    write.click()
    steps.wait_state(page, "done", "saved")
    assert steps.text(page) == "Second time."
    page.wait_for_timeout(400)
    assert steps.text(page) == "Second time."
    assert steps.versions(page) == ["Write", "Write", "Empty page"]


def test_escape_stops_and_undo_removes_the_piece(page: Any) -> None:
    text = steps.write(page)
    page.locator('[data-field="premise"] textarea').fill("[pieces 2000] [pause 10]")
    page.locator(".continue").first.click()
    steps.wait_text(page, "w5")
    page.keyboard.press("Escape")
    steps.wait_state(page, "stopped", "saved")
    page.wait_for_timeout(500)
    assert steps.text(page) != text
    page.locator(".sheet").first.focus()
    page.keyboard.press("Control+z")
    page.wait_for_function("(text) => folio.room.desks.get('story').sheet.text === text", arg=text)
    page.keyboard.press("Control+Shift+z")
    steps.wait_text(page, "w5")


def test_the_writers_own_text_is_not_replaced_without_a_yes(page: Any) -> None:
    steps.fill_brief(page)
    page.locator(".sheet").first.click()
    page.keyboard.type("My own first line.")
    page.wait_for_timeout(1500)
    page.locator(".write").first.click()
    assert "Your text stays in Versions" in page.locator(".foot .say").first.inner_text()
    assert steps.text(page) == "My own first line."
    page.get_by_role("button", name="Start again").click()
    steps.wait_state(page, "done", "saved")
    assert steps.text(page).startswith("The Ferry")
    page.locator(".undo").first.click()
    page.wait_for_function("folio.room.desks.get('story').sheet.text === 'My own first line.'")


def test_an_empty_required_question_is_named_and_focused(page: Any) -> None:
    page.locator(".write").first.click()
    assert "What is it about?" in page.locator(".foot .say").first.inner_text()
    assert page.evaluate("document.activeElement.name") == "premise"
    assert page.locator('[data-field="premise"] [aria-invalid="true"]').count() == 1


def test_a_failure_is_told_in_the_foot_and_try_again_works(page: Any) -> None:
    steps.fill_brief(page, "[fail]")
    page.locator(".write").first.click()
    steps.wait_state(page, "error")
    foot = page.locator(".foot").first
    assert "The model ran out of room. Your text is safe." in foot.inner_text()
    assert steps.text(page) != ""
    page.locator('[data-field="premise"] textarea').fill("[say Better now.]]")
    foot.get_by_role("button", name="Try again").click()
    steps.wait_state(page, "done", "saved")
    assert steps.text(page) == "Better now."
    assert page.locator(".toast-wrap:visible, .toast-body:visible").count() == 0


def test_the_place_in_line_is_told(page: Any) -> None:
    steps.fill_brief(page, "[ahead 2]")
    page.locator(".write").first.click()
    page.wait_for_function("document.querySelector('.foot .say').innerText.includes('2 ahead of you')")
    steps.wait_state(page, "done", "saved")


def test_a_reload_in_the_middle_of_writing_keeps_the_text(page: Any) -> None:
    steps.fill_brief(page, "[pieces 300] [pause 15]")
    page.locator(".write").first.click()
    steps.wait_text(page, "w60")
    page.reload()
    page.wait_for_selector(".desk")
    steps.wait_text(page, "w40")
    assert page.locator('[data-field="premise"] textarea').input_value() == "[pieces 300] [pause 15]"
    page.wait_for_timeout(800)
    assert steps.text(page).startswith("w0 w1 w2")
    assert steps.versions(page)[0] == "Write"


def test_chinese_input_is_not_disturbed_by_streamed_text(page: Any) -> None:
    steps.write(page, "[say One line here.]]")
    page.locator('[data-field="premise"] textarea').fill("[pieces 80] [pause 15]")
    page.locator(".continue").first.click()
    steps.wait_text(page, "w5")
    steps.caret_at(page, "line")
    session = page.context.new_cdp_session(page)
    for part in ("ni", "ni h", "nihao"):
        session.send(
            "Input.imeSetComposition", {"text": part, "selectionStart": len(part), "selectionEnd": len(part)}
        )
        page.wait_for_timeout(120)
    session.send("Input.insertText", {"text": "你好"})
    steps.wait_state(page, "done", "saved")
    text = steps.text(page)
    assert text.startswith("One 你好line here.")
    assert text.endswith(" ".join(f"w{i}" for i in range(80)))


def test_twenty_thousand_words_stay_quick(page: Any) -> None:
    took = page.evaluate(
        """async () => {
            const desk = folio.room.desks.get('story');
            const line = 'The tide went out and the old posts stood up in their rows. '.repeat(8).trim();
            const text = Array.from({ length: 210 }, () => line).join('\\n\\n');
            const start = performance.now();
            desk.showText(text);
            const load = performance.now() - start;
            desk.sheet.begin(text.length, false);
            desk.scroll.begin();
            const steps = [];
            for (let i = 0; i < 60; i += 1) {
                const before = performance.now();
                desk.sheet.push(' word');
                desk.scroll.follow();
                steps.push(performance.now() - before);
            }
            desk.sheet.end();
            steps.sort((a, b) => a - b);
            return { words: text.split(/\\s+/).length, load, step: steps[30] };
        }"""
    )
    assert took["words"] > 20_000
    assert took["load"] < 400, took
    assert took["step"] < 40, took
