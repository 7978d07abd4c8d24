"""The Training tab as a writer uses it, on the app and its own starter: pages in, a voice out, and writing with it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser import steps, test_page
from tests.served import ROOT, serve

axe = test_page.axe
PAGES = [
    ROOT / "examples" / "pages" / name
    for name in (
        "the-ferry-clerk.md",
        "low-bridge.txt",
        "town-news.txt",
        "two-kettles.fountain",
        "shop-ads.txt",
    )
]
STORIES = [ROOT / "examples" / "pages" / name for name in ("the-ferry-clerk.md", "the-weather-office.md")]
NAME = "Winter Coast"
TEACHING_MS = 300_000
"""The job is a process of its own that loads its libraries anew; on a busy machine that alone takes minutes."""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the app with its own model, the one a voice can be taught on without a network."""
    with serve(tmp_path_factory.mktemp("training")) as address:
        yield address


def open_training(page: Any) -> Any:
    """Show the Training tab and wait until it knows what it offers."""
    page.locator('[role="tab"][data-tab-id="training"]:visible').click()
    page.wait_for_function("!document.querySelector('.training .column > .calm')", timeout=60_000)
    return page.locator(".training")


def bring_pages(page: Any, files: Any = PAGES) -> Any:
    """Choose files and wait until they have arrived or been refused."""
    page.locator(".training .drop input").set_input_files(files)
    page.wait_for_function(
        "[...document.querySelectorAll('.files li')].every((row) => row.querySelector('.meter').hidden)"
    )
    return page.locator(".step.pages")


def states_of(pages: Any) -> list[str]:
    """What is said of each file."""
    return [str(state) for state in pages.locator(".files .state").all_inner_texts()]


def choose(page: Any, value: str) -> None:
    """Choose one of the options that stand side by side."""
    page.locator(f'.training .segments input[value="{value}"]').check(force=True)


def set_number(page: Any, label: str, value: str) -> None:
    """Change a number behind Details."""
    page.locator(".step.recipe details").evaluate("(fold) => (fold.open = true)")
    page.locator(".step.recipe .settings").get_by_label(label, exact=True).fill(value)


def wait_head(page: Any, *ends: str) -> None:
    """Wait until the step says one of these of the voice."""
    page.wait_for_function(
        "(ends) => ends.some((end) => document.querySelector('.step.watch h2')?.textContent.endsWith(end))",
        arg=list(ends),
        timeout=TEACHING_MS,
    )


def file(name: str, body: bytes) -> dict[str, Any]:
    """A file as a browser sends it."""
    return {"name": name, "mimeType": "text/plain", "buffer": body}


def serious_violations(page: Any) -> list[tuple[str, str, str]]:
    """What axe, which was put on the page before, finds serious on it."""
    result = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    return [
        (one["id"], one["nodes"][0]["html"][:160], one["nodes"][0]["failureSummary"][:200])
        for one in result["violations"]
        if one["impact"] in ("serious", "critical")
    ]


def check_both_themes(page: Any, axe: str) -> None:
    """Nothing serious is found in the light and in the dark."""
    page.evaluate(axe)
    for theme in ("dark", "light"):
        page.emulate_media(color_scheme=theme)
        assert serious_violations(page) == [], theme


def look_at_the_pages(page: Any) -> None:
    """The preview: the pieces, who is named in them, the exact text."""
    pages = bring_pages(page)
    page.locator(".found").wait_for()
    assert "words" in page.locator(".found").inner_text()
    assert pages.locator(".pieces .mark").all_inner_texts()[:1] == ["set aside"]
    assert "Olga" in pages.locator(".personal").inner_text()
    pages.locator("details", has_text="What exactly the model will read").evaluate("(e) => (e.open = true)")
    assert "<|im_start|>" in pages.locator(".exact .given").first.inner_text()
    learned = pages.locator(".exact .to-write").first.inner_text()
    assert learned[:60] in "".join(path.read_text(encoding="utf-8") for path in PAGES)


def start_with_what_is_missing(page: Any) -> None:
    """A start tells what is still missing, where it is missing."""
    pages = page.locator(".step.pages")
    page.get_by_role("button", name="Start", exact=True).click()
    assert pages.locator(".trouble").first.inner_text() == "Say whose pages these are first."
    choose(page, "mine")
    page.get_by_role("button", name="Start", exact=True).click()
    recipe = page.locator(".step.recipe")
    assert recipe.locator(".trouble").inner_text() == "Give the voice a name first."
    recipe.get_by_label("Its name").fill(NAME)
    choose(page, "quick")
    set_number(page, "Learning rate", "nan")
    page.get_by_role("button", name="Start", exact=True).click()
    page.wait_for_function(
        "document.querySelector('.step.recipe .trouble').textContent.includes('earning rate')"
    )
    set_number(page, "Learning rate", "0.002")
    set_number(page, "Epochs", "40")
    set_number(page, "Patience", "0")
    page.get_by_role("button", name="Start", exact=True).click()


def hear_the_difference(page: Any) -> None:
    """The report and the test without looking."""
    hear = page.locator(".step.hear")
    hear.locator(".verdict").first.wait_for()
    assert "less surprised" in hear.locator(".verdict").first.inner_text()
    assert hear.locator(".pair .body").first.inner_text() != hear.locator(".pair .body").nth(1).inner_text()
    hear.get_by_role("button", name="Begin").click()
    for round_ in range(1, 4):
        question = hear.locator(".question", has_text=f"{round_} of 3")
        question.wait_for(timeout=TEACHING_MS)
        hear.get_by_role("button", name="The left one").click()
    page.wait_for_function(
        "document.querySelector('.blind .verdict')?.textContent.startsWith('All rounds')", timeout=60_000
    )


def write_with_it(page: Any) -> None:
    """In the tab of its form the voice is chosen, and the model writes with it."""
    assert page.locator(".shelf-list .name").all_inner_texts() == [NAME]
    page.locator(".step.hear").get_by_role("button", name="Write with it").click()
    desk = steps.desk(page)
    desk.wait_for()
    assert desk.locator('[data-field="voice"] option:checked').inner_text() == NAME
    steps.fill_brief(page)
    desk.locator('.segments input[value="short"]').check(force=True)
    desk.locator(".write").click()
    page.wait_for_function("folio.room.desks.get('story').sheet.text.length > 20", timeout=TEACHING_MS)
    page.keyboard.press("Escape")
    steps.wait_state(page, "stopped", "done", "saved")


def take_it_away_and_back(page: Any) -> None:
    """A voice that is deleted comes back; one that is taken along can be brought in again."""
    open_training(page)
    with page.expect_download() as parcel:
        page.get_by_label(f"Download {NAME}").click()
    page.get_by_label(f"Delete {NAME}").click()
    page.get_by_text("No voice yet.").wait_for()
    # The desks ask for their voices once the shelf has been shown.
    page.wait_for_function("(title) => !folio.room.voices.some((voice) => voice.title === title)", arg=NAME)
    page.get_by_role("button", name="Undo").click()
    page.locator(".shelf-list .name", has_text=NAME).wait_for()
    page.locator(".step.shelf input[type=file]").set_input_files(
        file("winter-coast.zip", Path(parcel.value.path()).read_bytes())
    )
    page.wait_for_function("document.querySelectorAll('.shelf-list li').length === 2", timeout=60_000)


@pytest.mark.slow
def test_a_writer_teaches_a_voice_watches_it_stops_it_and_writes_with_it(
    visit: Any, app: str, axe: str
) -> None:
    page = visit(url=app)
    open_training(page)
    look_at_the_pages(page)
    start_with_what_is_missing(page)

    # It goes on without the page; the page finds it again.
    wait_head(page, "is getting ready", "is learning")
    page.reload()
    page.wait_for_selector(".step.watch:not([hidden])")
    wait_head(page, "is learning")
    page.wait_for_function("document.querySelectorAll('.curves circle').length >= 3", timeout=TEACHING_MS)
    assert "You can close this page." in page.locator(".where").inner_text()
    assert "% less surprised" in page.locator(".learned").inner_text()
    assert page.locator(".samples .sample:visible").count() == 2
    check_both_themes(page, axe)
    page.get_by_role("button", name="Stop training").click()
    wait_head(page, "has stopped learning", "is ready")

    hear_the_difference(page)
    check_both_themes(page, axe)
    write_with_it(page)
    take_it_away_and_back(page)


def test_files_that_hold_no_pages_are_refused_where_they_stand(visit: Any, app: str) -> None:
    page = visit(url=app)
    open_training(page)
    files = [
        file("empty.txt", b""),
        file("song.mp3", b"ID3"),
        file("program.txt", b"\x7fELF\x02\x01\x01\x00" + bytes(range(256)) * 40),
        file("<img src=x onerror=alert(1)>.txt", b"Short."),
    ]
    pages = bring_pages(page, files)
    states = states_of(pages)
    assert states[0] == "This file is empty. Choose it again once it holds text."
    assert states[1].startswith("This kind of file is not read. Pages may be .csv,")
    page.locator(".preview-place .trouble").wait_for()
    assert states_of(pages)[2].startswith("The file holds no plain text")
    pages.locator("details", has_text="Left out").evaluate("(fold) => (fold.open = true)")
    left = pages.locator(".left-out").inner_text()
    assert "program.txt" in left
    assert "holds no plain text" in left
    # A file's name is text, never markup.
    assert page.locator(".training img").count() == 0
    for row in range(4, 0, -1):
        page.locator(".files .btn").first.click()
        assert page.locator(".files li").count() == row - 1
    page.wait_for_function("document.activeElement.textContent === 'Choose files'")


def test_what_pages_hold_is_shown_as_text(visit: Any, app: str) -> None:
    page = visit(url=app)
    open_training(page)
    hack = "<img src=x onerror='window.hacked=1'><script>hacked=1</script> ${window.hacked=1} {{window.hacked=1}}"
    chapters = [
        f"# {hack}\n\n" + "\n\n".join(f"{hack} Maren counted boat {n} of chapter {c}." for n in range(60))
        for c in range(4)
    ]
    bring_pages(page, [file("tale.md", "\n\n".join(chapters).encode())])
    page.locator(".found").wait_for()
    page.locator(".step.pages").evaluate(
        "(step) => step.querySelectorAll('details').forEach((fold) => (fold.open = true))"
    )
    assert "window.hacked=1" in page.locator(".training").inner_text()
    assert page.locator(".training img, .training script").count() == 0
    assert page.evaluate("window.hacked") is None


def test_a_guest_reads_what_training_is_and_how_to_have_it(visit: Any, app: str) -> None:
    # Another name for the same machine is not the owner's own address.
    page = visit(url=app.replace("127.0.0.1", "guest.localhost"))
    training = open_training(page)
    assert "Run your own copy" in training.inner_text()
    assert training.locator("button, input").count() == 0
    answer = page.evaluate(
        "fetch('folio/upload?name=a.txt', { method: 'POST', body: 'x' }).then((r) => r.status)"
    )
    assert answer == 403


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious_while_pages_are_looked_at(
    visit: Any, app: str, axe: str, theme: str
) -> None:
    page = visit(url=app, color_scheme=theme)
    open_training(page)
    bring_pages(page)
    page.locator(".found").wait_for()
    page.locator(".training details").evaluate_all("(all) => all.forEach((one) => (one.open = true))")
    page.evaluate(axe)
    assert serious_violations(page) == []


@pytest.mark.parametrize("locale", ["en", "zh-CN"])
def test_a_phone_shows_it_all_without_going_sideways(visit: Any, app: str, locale: str) -> None:
    page = visit(390, 844, url=app, locale=locale)
    open_training(page)
    bring_pages(page)
    page.locator(".found").wait_for()
    page.locator(".training details").evaluate_all("(all) => all.forEach((one) => (one.open = true))")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert page.locator(".start").bounding_box()["height"] >= 46


def test_a_chinese_page_speaks_chinese_and_nothing_else(visit: Any, app: str, tmp_path: Path) -> None:
    page = visit(url=app, locale="zh-CN")
    training = open_training(page)
    story = tmp_path / "故事.txt"
    story.write_text("雨\n\n" + "渡轮从星期二起就没再开过，岛上的人开始自言自语。\n" * 3, encoding="utf-8")
    bring_pages(page, [story])
    page.locator(".preview-place .trouble, .preview-place .advice").first.wait_for()
    page.locator(".training details").evaluate_all("(all) => all.forEach((one) => (one.open = true))")
    words = training.evaluate(
        """(root) => [...root.querySelectorAll('h1, h2, h3, label, p, summary, .btn, .state')]
            .filter((one) => one.offsetParent).map((one) => one.textContent)
            .filter((text) => /[a-z]{3}/.test(text) && !/[\\u4e00-\\u9fff]/.test(text))"""
    )
    assert set(words) <= {"Alpha", "Dropout", "English"}


def test_everything_can_be_reached_by_keyboard(visit: Any, app: str) -> None:
    page = visit(url=app)
    open_training(page)
    bring_pages(page)
    page.locator(".found").wait_for()
    page.get_by_role("button", name="Choose files").focus()
    reached = []
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate("document.activeElement.innerText || document.activeElement.value || ''")
        )
        if "Bring in a voice" in reached[-1]:
            break
    assert {"Start", "Details", "What exactly the model will read"} <= set(reached)
    page.locator('.training .segments input[value="balanced"]').focus()
    page.keyboard.press("ArrowRight")
    assert "8 times" in page.locator(".step.recipe [role=status]").inner_text()
