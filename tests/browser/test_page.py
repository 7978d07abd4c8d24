"""The page as a whole: columns, languages, themes, keys, phone, and what every reader needs."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.browser import steps

FORMS = ("story", "screenplay", "lyrics", "news", "ad_copy")
HERE = Path(__file__).parent


def boxes(page: Any) -> dict[str, dict[str, float]]:
    """Where the parts of the desk are."""
    names = {"brief": ".brief", "page": ".page", "margin": ".margin", "toolbar": ".toolbar", "foot": ".foot"}
    return {name: page.locator(where).first.bounding_box() for name, where in names.items()}


@pytest.mark.parametrize(("width", "brief", "margin"), [(1440, 312, 304), (1920, 312, 304), (1024, 280, 0)])
def test_the_columns_stand_where_they_should(visit: Any, width: int, brief: int, margin: int) -> None:
    page = visit(width)
    at = boxes(page)
    assert at["brief"]["x"] == 0
    assert at["brief"]["width"] == brief
    assert at["brief"]["y"] == 52
    assert at["toolbar"]["height"] == 56
    assert at["page"]["width"] == width - brief - margin
    assert at["foot"]["y"] + at["foot"]["height"] == 900
    if margin:
        assert at["margin"]["x"] + at["margin"]["width"] == width
    else:
        assert not page.locator(".margin").first.is_visible()
        page.get_by_role("button", name="Notes").click()
        page.locator(".margin").first.wait_for(state="visible")
        page.wait_for_timeout(300)
        # The button that opened it is not under it, and closes it.
        page.get_by_role("button", name="Notes").click()
        page.locator(".margin").first.wait_for(state="hidden")
    text = page.locator(".sheet").first.evaluate(
        "(e) => e.clientWidth - parseFloat(getComputedStyle(e).paddingLeft) * 2"
    )
    assert text <= 34.5 * 19 + 1
    assert page.evaluate("document.documentElement.scrollHeight") == 900


@pytest.mark.parametrize("form", FORMS)
def test_no_tab_overflows_sideways_on_a_phone(visit: Any, form: str) -> None:
    page = visit(390, 844)
    desk = steps.open_tab(page, form)
    for view in ("brief", "page", "notes"):
        desk.locator(f'.views input[value="{view}"]').check(force=True)
        assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert desk.locator(".write").bounding_box()["height"] >= 46


def test_on_a_phone_everything_is_within_reach(visit: Any) -> None:
    page = visit(390, 844)
    page.locator('.views input[value="brief"]').first.check(force=True)
    text = steps.write(page)
    page.get_by_role("button", name="Actions").click()
    assert page.locator(".menu.open button").all_inner_texts()[:2] == ["Undo", "Redo"]
    page.locator(".menu.open button").first.click()
    page.wait_for_function("folio.room.desks.get('story').sheet.text === ''")
    page.get_by_role("button", name="Actions").click()
    page.locator(".menu.open button").nth(1).click()
    page.wait_for_function("(text) => folio.room.desks.get('story').sheet.text === text", arg=text)
    steps.select(page, "the island had started")
    bar = page.locator(".selection-bar.on")
    bar.wait_for()
    assert bar.bounding_box()["width"] == 390
    assert bar.locator(".btn").first.bounding_box()["height"] == 46


def test_the_language_switch_keeps_the_text_and_the_tab(page: Any) -> None:
    steps.open_tab(page, "lyrics")
    steps.desk(page, "lyrics").locator(".sheet").click()
    page.keyboard.type("La la")
    page.get_by_role("button", name="中文").click()
    page.wait_for_function("document.documentElement.lang === 'zh-CN' && document.querySelector('.desk')")
    desk = page.locator('.desk[data-form="lyrics"]')
    desk.wait_for()
    assert desk.locator(".write").inner_text() == "写"
    assert page.locator('[role="tab"][data-tab-id="story"]:visible').inner_text() == "故事"
    assert steps.text(page, "lyrics") == "La la"
    page.get_by_role("button", name="English").click()
    page.wait_for_function("document.documentElement.lang === 'en' && document.querySelector('.desk')")
    page.locator('.desk[data-form="lyrics"]').wait_for()
    assert steps.text(page, "lyrics") == "La la"


def test_the_language_switch_waits_for_what_is_being_written(page: Any) -> None:
    steps.fill_brief(page, "[pieces 150] [pause 15]")
    page.locator(".write").first.click()
    steps.wait_text(page, "w10")
    switch = page.get_by_role("button", name="中文")
    switch.click()
    assert page.locator(".foot .aside").first.inner_text() == "The page turns Chinese when this is done."
    switch.click()
    assert page.locator(".foot .aside").first.inner_text() == ""
    switch.click()
    page.wait_for_function(
        "document.documentElement.lang === 'zh-CN' && document.querySelector('.desk')", timeout=30_000
    )
    steps.wait_text(page, " ".join(f"w{i}" for i in range(150)))
    assert page.locator(".write").first.inner_text() == "写"


def test_the_language_switch_waits_for_a_choice_that_is_open(page: Any) -> None:
    text = steps.write(page)
    page.locator(".variations").first.click()
    page.wait_for_function("document.querySelectorAll('.card.done').length === 3")
    page.get_by_role("button", name="中文").click()
    page.wait_for_timeout(800)
    page.locator(".card").nth(1).get_by_role("button", name="Keep this one").click()
    page.wait_for_function("document.documentElement.lang === 'zh-CN' && document.querySelector('.desk')")
    steps.wait_text(page, "slit it with the netting needle")
    assert steps.text(page).startswith(text)


def test_a_chinese_browser_gets_a_chinese_page_and_chinese_text(visit: Any) -> None:
    page = visit(locale="zh-TW")
    assert page.locator(".write").first.inner_text() == "写"
    page.evaluate("() => { const d = folio.room.desks.get('story'); d.brief.fill(d.spec.examples[3]); }")
    page.locator(".write").first.click()
    steps.wait_state(page, "done", "saved")
    assert steps.text(page).startswith("低潮时的渡轮")
    assert page.locator(".sheet").first.get_attribute("lang") == "zh-CN"
    assert page.locator(".foot .count").first.inner_text().endswith("字")


def test_the_theme_follows_the_system_until_the_writer_chooses(visit: Any) -> None:
    page = visit(color_scheme="dark")
    paper = "getComputedStyle(document.querySelector('.page')).backgroundColor"
    assert page.evaluate(paper) == "rgb(26, 25, 23)"
    page.locator(".sheet").first.click()
    page.keyboard.type("Kept")
    page.get_by_role("button", name="Light or dark").click()
    assert page.evaluate(paper) == "rgb(252, 251, 248)"
    page.reload()
    page.wait_for_selector(".desk")
    assert page.evaluate(paper) == "rgb(252, 251, 248)"
    steps.wait_text(page, "Kept")


def test_everything_once_by_keyboard_alone(page: Any) -> None:
    def press(*keys: str) -> None:
        for key in keys:
            page.keyboard.press(key)

    press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the page"
    press("Enter")
    assert page.evaluate("document.activeElement.getAttribute('role')") == "textbox"
    page.locator('[data-field="premise"] textarea').focus()
    page.keyboard.type(steps.PREMISE)
    press("Tab")
    page.keyboard.type(steps.PEOPLE)
    press("Control+Enter")
    steps.wait_state(page, "done", "saved")
    first = steps.text(page)
    press("Control+Shift+Enter")
    steps.wait_state(page, "writing")
    press("Escape")
    steps.wait_state(page, "stopped", "saved")
    page.wait_for_timeout(500)
    page.locator(".sheet").first.focus()
    press("Control+z")
    page.wait_for_function("(text) => folio.room.desks.get('story').sheet.text === text", arg=first)
    press("Control+Home", "Control+Shift+ArrowRight")
    page.locator(".selection-bar.on").wait_for()
    press("Control+Shift+e", "ArrowRight", "ArrowLeft", "Enter")
    page.wait_for_function("document.activeElement.textContent === 'Take it'")
    press("Escape")
    press("Control+.")
    assert not page.locator(".brief").first.is_visible()
    press("Control+.")
    page.locator(".export").first.focus()
    press("Enter", "ArrowDown", "ArrowUp", "Escape")
    assert page.evaluate("document.activeElement.classList.contains('export')")
    press("?")
    page.locator("dialog[open]").wait_for()
    press("Escape")
    page.get_by_role("tab", name="Findings").focus()
    press("ArrowRight")
    assert page.get_by_role("tab", name="Versions").get_attribute("aria-selected") == "true"
    press("Tab", "Tab")
    assert page.evaluate("document.activeElement.className") == "go-there"


def test_the_live_region_says_states_not_words(page: Any) -> None:
    page.evaluate(
        """() => {
            window.said = [];
            const live = folio.room.desks.get('story').foot.live;
            new MutationObserver(() => said.push(live.textContent)).observe(live, { childList: true });
        }"""
    )
    steps.write(page)
    assert page.evaluate("said") == ["Waiting for the model", "Writing", "Wrote 158 words"]


def test_less_motion_is_respected(visit: Any) -> None:
    page = visit(reduced_motion="reduce")
    steps.fill_brief(page, "[pieces 200]")
    page.locator(".write").first.click()
    steps.wait_state(page, "writing")
    dot = page.locator(".foot .dot").first.evaluate("(e) => getComputedStyle(e).animationDuration")
    assert float(dot.rstrip("s")) < 0.001
    page.keyboard.press("Escape")


@pytest.fixture(scope="session")
def axe() -> str:
    """The accessibility checker's script."""
    script = HERE / "node_modules" / "axe-core" / "axe.min.js"
    if not script.exists():
        npm = shutil.which("npm")
        if npm is None:
            pytest.skip("axe-core is not installed and there is no npm to install it")
        done = subprocess.run(
            [npm, "install", "--no-audit", "--no-fund"], check=False, cwd=HERE, capture_output=True
        )
        if done.returncode:
            pytest.skip("axe-core is not installed and npm cannot fetch it")
    return script.read_text(encoding="utf-8")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_no_serious_violation_on_any_tab(visit: Any, axe: str, theme: str) -> None:
    page = visit(color_scheme=theme)
    steps.write(page)
    page.evaluate(axe)
    found: dict[str, Any] = {}
    for form in FORMS:
        steps.open_tab(page, form)
        more = page.locator(f'.desk[data-form="{form}"] details.more')
        more.evaluate_all("(all) => all.forEach((one) => (one.open = true))")
        result = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
        bad = [
            (one["id"], one["nodes"][0]["html"][:160], one["nodes"][0]["failureSummary"][:200])
            for one in result["violations"]
            if one["impact"] in ("serious", "critical")
        ]
        if bad:
            found[form] = bad
    assert found == {}
