"""Choosing in the browser: revisions, variations, ideas, findings, versions."""

from __future__ import annotations

from typing import Any

from tests.browser import steps

PASSAGE = "It had come in a brown envelope with the council's crest on it"


def test_select_tighten_take_it_and_undo(page: Any) -> None:
    text = steps.write(page)
    steps.select(page, PASSAGE)
    page.get_by_role("button", name="Tighten", exact=True).click()
    panel = page.locator(".revision.on")
    panel.wait_for()
    page.wait_for_function("document.activeElement.textContent === 'Take it'")
    assert panel.locator("del").count() > 0
    assert "Tighten · −" in panel.inner_text()
    assert steps.text(page) == text
    page.keyboard.press("Enter")
    page.wait_for_function("(text) => folio.room.desks.get('story').sheet.text !== text", arg=text)
    assert steps.text(page).replace("\n", " ").count("brown envelope") == 0
    assert steps.text(page).startswith(text[: text.index(PASSAGE)])
    assert steps.versions(page) == ["Tighten", "Write", "Empty page"]
    page.locator(".undo").first.click()
    page.wait_for_function("(text) => folio.room.desks.get('story').sheet.text === text", arg=text)


def test_leave_it_changes_nothing(page: Any) -> None:
    text = steps.write(page)
    steps.select(page, PASSAGE)
    page.get_by_role("button", name="Tighten", exact=True).click()
    page.wait_for_function("document.activeElement.textContent === 'Take it'")
    page.keyboard.press("Escape")
    assert page.locator(".revision.on").count() == 0
    assert steps.text(page) == text
    assert steps.versions(page) == ["Write", "Empty page"]


def test_a_revision_is_taken_where_the_passage_is_now(page: Any) -> None:
    steps.write(page)
    steps.select(page, PASSAGE)
    page.get_by_role("button", name="Tighten", exact=True).click()
    page.wait_for_function("document.activeElement.textContent === 'Take it'")
    steps.caret_at(page, "The ferry had")
    page.keyboard.type("So. ")
    page.get_by_role("button", name="Take it").click()
    page.wait_for_timeout(200)
    text = steps.text(page)
    assert "So. The ferry had not run" in text
    assert PASSAGE not in text
    assert "that morning. It had" in text


def test_each_form_offers_its_own_actions(page: Any) -> None:
    steps.open_tab(page, "screenplay")
    page.evaluate("() => { const d = folio.room.desks.get('screenplay'); d.brief.fill(d.spec.examples[0]); }")
    steps.desk(page, "screenplay").locator(".write").click()
    steps.wait_state(page, "done", "saved", form="screenplay")
    steps.select(page, "Low water. Mud, posts, silence.", "screenplay")
    bar = steps.desk(page, "screenplay").locator(".selection-bar.on")
    bar.wait_for()
    assert bar.locator(".btn:visible").first.inner_text() == "Tighten the action"
    bar.get_by_role("button", name="More…").click()
    assert bar.locator(".btn:visible").count() > 5


def test_a_free_wish_is_asked_for_and_carried_out(page: Any) -> None:
    steps.write(page)
    steps.select(page, PASSAGE)
    bar = page.locator(".selection-bar.on")
    bar.wait_for()
    bar.get_by_role("button", name="More…").click()
    bar.get_by_role("button", name="More…").click()
    page.keyboard.type("Make it colder")
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.textContent === 'Take it'")


def test_a_screenplay_looks_like_one_and_stays_plain_fountain(page: Any) -> None:
    steps.open_tab(page, "screenplay")
    page.evaluate("() => { const d = folio.room.desks.get('screenplay'); d.brief.fill(d.spec.examples[0]); }")
    steps.desk(page, "screenplay").locator(".write").click()
    steps.wait_state(page, "done", "saved", form="screenplay")
    text = steps.text(page, "screenplay")
    assert "INES\n(turning a page)\nIt's been off" in text
    sheet = steps.desk(page, "screenplay").locator(".sheet")
    kinds = sheet.evaluate("(e) => [...e.children].map((line) => line.className.replace('line', '').trim())")
    assert kinds[0] == "scene"
    assert {"character", "parenthetical", "dialogue", "transition", "blank"} <= set(kinds)
    left = sheet.locator(".character").first.evaluate("(e) => parseFloat(getComputedStyle(e).paddingLeft)")
    dialogue = sheet.locator(".dialogue").first.evaluate("(e) => parseFloat(getComputedStyle(e).paddingLeft)")
    assert abs(left / dialogue - 2) < 0.02


def test_the_second_of_three_variations_is_kept(page: Any) -> None:
    text = steps.write(page)
    page.locator(".variations").first.click()
    page.wait_for_function("document.querySelectorAll('.card.done').length === 3")
    assert "Begins with Ines" in page.locator(".card").nth(1).inner_text()
    assert not page.locator(".margin").first.is_visible()
    page.locator(".card").nth(1).get_by_role("button", name="Keep this one").click()
    assert steps.text(page).startswith(text)
    assert "slit it with the netting needle" in steps.text(page)
    assert steps.versions(page)[0] == "Variation 2"
    page.wait_for_timeout(300)
    page.reload()
    page.wait_for_selector(".desk")
    steps.wait_text(page, "slit it with the netting needle")
    page.wait_for_function("folio.room.desks.get('story').history.tree.nodes.size === 3")
    assert steps.versions(page) == ["Variation 2", "Write", "Empty page"]
    # Looking at its name and leaving it changes nothing.
    item = page.locator(".versions li").first
    item.hover()
    item.get_by_role("button", name="Name it").click()
    page.keyboard.press("Enter")
    assert steps.versions(page)[0] == "Variation 2"
    page.get_by_role("button", name="中文").click()
    page.wait_for_function("document.documentElement.lang === 'zh-CN' && document.querySelector('.desk')")
    steps.wait_text(page, "slit it with the netting needle")
    page.wait_for_function("folio.room.desks.get('story').history.tree.nodes.size === 3")
    page.get_by_role("tab", name="版本").first.click()
    assert page.locator(".versions .verb").first.inner_text() == "第 2 稿"


def test_keep_none_and_escape_leave_the_page_alone(page: Any) -> None:
    text = steps.write(page)
    for way in ("button", "key"):
        page.locator(".variations").first.click()
        page.wait_for_function("document.querySelectorAll('.card.done').length === 3")
        if way == "button":
            page.get_by_role("button", name="Keep none").click()
        else:
            page.keyboard.press("Escape")
        page.wait_for_function("!document.querySelector('.desk.choosing')")
        assert page.locator(".foot .say").first.inner_text() == "Ready"
        assert steps.text(page) == text


def test_ideas_go_on_the_page_only_when_asked(page: Any) -> None:
    steps.fill_brief(page)
    page.locator("select.ideas").first.select_option(index=1)
    page.wait_for_function("document.querySelectorAll('.card.done').length === 3")
    assert steps.text(page) == ""
    page.locator(".card").first.get_by_role("button", name="Put on the page").click()
    assert steps.text(page).startswith("Maren took the envelope down")


def test_a_finding_goes_to_its_passage_and_changes_nothing(page: Any) -> None:
    steps.fill_brief(page, "[stock]")
    page.locator(".write").first.click()
    steps.wait_state(page, "done", "saved")
    finding = page.locator(".finding").first
    finding.wait_for()
    text = steps.text(page)
    quote = finding.locator(".quote").inner_text().strip("“”")
    finding.click()
    assert page.evaluate("document.getSelection().toString()") == quote
    assert steps.text(page) == text
    page.keyboard.type("x")
    page.wait_for_timeout(300)
    assert quote not in steps.text(page)
    assert quote not in page.locator(".margin-body").first.inner_text()


def test_versions_are_a_tree_that_can_be_walked_named_and_compared(page: Any) -> None:
    first = steps.write(page)
    page.locator(".continue").first.click()
    steps.wait_state(page, "done", "saved")
    steps.versions(page)
    page.locator(".versions .go-there").nth(1).click()
    page.wait_for_function("(text) => folio.room.desks.get('story').sheet.text === text", arg=first)
    page.locator(".sheet").first.focus()
    page.keyboard.press("Control+End")
    page.keyboard.type(" A branch.")
    page.wait_for_timeout(1600)
    assert steps.versions(page) == ["Your edits", "Continue", "Write", "Empty page"]
    assert page.locator(".versions .change").first.inner_text() == "+2"
    assert page.locator(".versions .gutter path").count() == 3
    item = page.locator(".versions li").nth(1)
    item.hover()
    item.get_by_role("button", name="Compare with the page").click()
    assert page.locator("dialog .compare ins").inner_text().strip().startswith("A branch")
    assert "envelope down" in page.locator("dialog .compare del").inner_text()
    page.keyboard.press("Escape")
    item.hover()
    item.get_by_role("button", name="Name it").click()
    page.keyboard.type("The long one")
    page.keyboard.press("Enter")
    assert page.locator(".versions .verb").nth(1).inner_text() == "The long one"
