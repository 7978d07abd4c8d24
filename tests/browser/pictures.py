"""Pictures of the real page for docs/pictures: `python -m tests.browser.pictures [FOLDER]`.

A scripted model writes, so that the same pictures come each time; everything else is the page as served. Only
the voice of the Training tab is really taught, on the starter.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.browser import steps, test_training
from tests.browser.conftest import ARGUMENTS, CHROMIUM, Server
from tests.served import free_port, serve

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
TONE = "Spare, wry, a little cold"


class Camera:
    """Opens pages as new writers and takes their pictures."""

    def __init__(self, chromium: Any, url: str, folder: Path) -> None:
        self._chromium = chromium
        self._url = url
        self._folder = folder

    def open(self, width: int = 1440, height: int = 900, **options: Any) -> Any:
        """Give a new page, ready to write on."""
        phone = width < 768
        size = {"width": width, "height": height}
        context = self._chromium.new_context(viewport=size, is_mobile=phone, has_touch=phone, **options)
        page = context.new_page()
        page.goto(self._url)
        page.wait_for_selector(".desk")
        page.evaluate("document.fonts.ready")
        return page

    def take(self, page: Any, name: str) -> None:
        """Keep what the page shows now, with no pointer over anything."""
        page.mouse.move(0, 0)
        page.wait_for_timeout(250)
        page.screenshot(path=self._folder / f"{name}.png")


def story(camera: Camera) -> None:
    """The main tab through all its states."""
    page = camera.open()
    page.locator('[data-field="tone"] input').fill(TONE)
    steps.write(page)
    page.locator(".finding").first.wait_for()
    page.locator(".continue").first.click()
    steps.wait_text(page, "The paper was soft")
    camera.take(page, "story-writing")
    steps.wait_state(page, "done", "saved")
    page.locator(".variations").first.click()
    page.wait_for_function("document.querySelectorAll('.card.done').length === 3")
    camera.take(page, "variations")
    page.locator(".card .btn").nth(1).click()
    page.wait_for_timeout(1500)
    camera.take(page, "findings")
    page.locator(".undo").first.click()
    page.wait_for_timeout(600)
    steps.caret_at(page, "The ferry had not run")
    page.keyboard.type("It was October. ")
    page.wait_for_timeout(1600)
    steps.versions(page)
    camera.take(page, "versions")
    steps.select(page, "It had come in a brown envelope with the council's crest on it, and she had put it")
    page.locator(".selection-bar.on").wait_for()
    camera.take(page, "selection")
    page.get_by_role("button", name="Tighten", exact=True).click()
    page.wait_for_function("document.activeElement.textContent === 'Take it'")
    camera.take(page, "revision")
    page.get_by_role("button", name="Take it").click()
    page.wait_for_timeout(500)
    page.get_by_role("button", name="My drafts").click()
    page.locator("dialog[open] .draft-list li .name").first.wait_for()
    camera.take(page, "drafts")
    page.keyboard.press("Escape")
    page.locator("details.settings summary").first.click()
    page.locator(".brief").first.evaluate("(brief) => (brief.scrollTop = 560)")
    camera.take(page, "more")
    page.get_by_role("button", name="Choose a model").first.click()
    page.locator("dialog[open] .model-row").nth(8).wait_for()
    camera.take(page, "models")


def other_forms(camera: Camera) -> None:
    """Each other tab with its first example written."""
    for form, theme in (("screenplay", "dark"), ("lyrics", "light"), ("news", "light"), ("ad_copy", "dark")):
        page = camera.open(color_scheme=theme)
        steps.open_tab(page, form)
        page.evaluate(
            "(form) => { const d = folio.room.desks.get(form); d.brief.fill(d.spec.examples[0]); }", form
        )
        steps.desk(page, form).locator(".write").click()
        steps.wait_state(page, "done", "saved", form=form)
        if form == "screenplay":
            page.evaluate("folio.room.desks.get('screenplay').scroll.set(0)")
            steps.select(page, "Low water. Mud, posts, silence.", form)
            steps.desk(page, form).locator(".selection-bar.on").wait_for()
        page.wait_for_timeout(1300)
        camera.take(page, form.replace("_", "-"))


def phone_and_chinese(camera: Camera) -> None:
    """The phone's three views, dark Chinese among them, and Chinese on the desktop."""
    page = camera.open(390, 844)
    page.locator('.views input[value="brief"]').first.check(force=True)
    steps.fill_brief(page)
    page.evaluate("window.scrollTo(0, 0)")
    camera.take(page, "phone-brief")
    page.locator(".write:visible").click()
    steps.wait_text(page, "Then you won't mind")
    camera.take(page, "phone-writing")
    page = camera.open(390, 844, color_scheme="dark", locale="zh-CN")
    page.evaluate("() => { const d = folio.room.desks.get('story'); d.brief.fill(d.spec.examples[3]); }")
    page.locator(".write:visible").click()
    steps.wait_state(page, "done", "saved")
    camera.take(page, "phone-chinese")
    page = camera.open(locale="zh-CN")
    page.evaluate("() => { const d = folio.room.desks.get('story'); d.brief.fill(d.spec.examples[3]); }")
    page.locator(".write").first.click()
    steps.wait_state(page, "done", "saved")
    camera.take(page, "chinese")


def training(camera: Camera) -> None:
    """The Training tab: pages looked at, a voice that learns, and what it learned."""
    page = camera.open()
    test_training.open_training(page)
    test_training.bring_pages(page, test_training.STORIES)
    page.locator(".found").wait_for()
    test_training.choose(page, "mine")
    page.locator(".step.recipe").get_by_label("Its name").fill(test_training.NAME)
    page.locator(".training").evaluate("(tab) => tab.scrollTo(0, 200)")
    camera.take(page, "training-pages")
    test_training.choose(page, "balanced")
    page.get_by_role("button", name="Start", exact=True).click()
    page.wait_for_function(
        "document.querySelectorAll('.curves circle').length > 4", timeout=test_training.TEACHING_MS
    )
    camera.take(page, "training")
    chinese = camera.open(390, 844, color_scheme="dark", locale="zh-CN")
    test_training.open_training(chinese)
    chinese.locator(".curves").wait_for()
    camera.take(chinese, "phone-training")
    test_training.wait_head(page, "is ready", "has stopped learning")
    page.locator(".step.hear").evaluate("(step) => step.scrollIntoView()")
    camera.take(page, "training-hear")


def main(folder: Path) -> None:
    """Take all pictures."""
    from playwright.sync_api import sync_playwright

    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        server = Server(free_port(), Path(home) / "home").start()
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        try:
            camera = Camera(chromium, server.url, folder)
            story(camera)
            other_forms(camera)
            phone_and_chinese(camera)
            with serve(Path(home) / "app") as address:
                training(Camera(chromium, address, folder))
        finally:
            chromium.close()
            server.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
