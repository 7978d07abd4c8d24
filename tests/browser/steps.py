"""What the browser tests do on the page, in the words of a writer."""

from __future__ import annotations

from typing import Any

PREMISE = "A ferry stops running. The island has to vote on whether it is still an island."
PEOPLE = "Maren, who left and came back. Ines, who never left."


def desk(page: Any, form: str = "story") -> Any:
    """The desk of a form."""
    return page.locator(f'.desk[data-form="{form}"]')


def open_tab(page: Any, form: str) -> Any:
    """Show a form's tab and give its desk."""
    page.locator(f'[role="tab"][data-tab-id="{form}"]:visible').click()
    page.wait_for_selector(f'.desk[data-form="{form}"]')
    return desk(page, form)


def fill_brief(page: Any, premise: str = PREMISE) -> None:
    """Answer the story's first questions."""
    page.locator('[data-field="premise"] textarea').fill(premise)
    page.locator('[data-field="characters"] textarea').fill(PEOPLE)


def text(page: Any, form: str = "story") -> str:
    """What stands on the page."""
    return str(page.evaluate("(form) => folio.room.desks.get(form).sheet.read()", form))


def wait_state(page: Any, *states: str, form: str = "story") -> None:
    """Wait until the foot shows one of these states; saying that it is saved counts as done."""
    page.wait_for_function(
        "([form, states]) => states.includes(window.folio?.room.desks.get(form)?.foot.state)",
        arg=[form, list(states)],
    )


def write(page: Any, premise: str = PREMISE) -> str:
    """Fill the brief, press Write, wait for the end, and give the text."""
    fill_brief(page, premise)
    page.locator(".write:visible").click()
    wait_state(page, "done", "saved")
    return text(page)


def wait_text(page: Any, part: str, form: str = "story") -> None:
    """Wait until the page has this text."""
    page.wait_for_function(
        "([form, part]) => window.folio?.room.desks.get(form)?.sheet.text.includes(part)", arg=[form, part]
    )


def select(page: Any, passage: str, form: str = "story") -> None:
    """Select a passage on the page, as a writer would with the mouse."""
    page.evaluate(
        """([form, passage]) => {
            const { sheet } = folio.room.desks.get(form);
            const start = sheet.text.indexOf(passage);
            sheet.root.focus();
            sheet.select(start, start + passage.length, true);
        }""",
        [form, passage],
    )


def caret_at(page: Any, passage: str, form: str = "story") -> None:
    """Put the caret before a passage."""
    page.evaluate(
        """([form, passage]) => {
            const { sheet } = folio.room.desks.get(form);
            const start = sheet.text.indexOf(passage);
            sheet.root.focus();
            sheet.select(start, start);
        }""",
        [form, passage],
    )


def versions(page: Any, form: str = "story") -> list[str]:
    """The verbs of the versions listed, newest first."""
    page.locator(f'.desk[data-form="{form}"]').get_by_role("tab", name="Versions").click()
    return [str(verb) for verb in desk(page, form).locator(".versions .verb").all_inner_texts()]
