"""Files to documents: chapters found, boilerplate and copies left out, and what is said about it."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from creative.training.manuscript import read_manuscript
from creative.training.records import Manuscript, Upload
from tests.training.pages import prose

PAGES = Path(__file__).parents[2] / "examples" / "pages"


def read(*texts: str) -> Manuscript:
    return read_manuscript([Upload(f"part{i}.txt", text.encode()) for i, text in enumerate(texts, 1)])


def titles(text: str) -> list[str]:
    return [document.title for document in read(text).documents]


MANNERS = {
    "Chapter {n}": ("Chapter 1", "Chapter 2", "Chapter 3"),
    "CHAPTER {r}.\n\nTHE WEIR {n}": (
        "CHAPTER I: THE WEIR 1",
        "CHAPTER II: THE WEIR 2",
        "CHAPTER III: THE WEIR 3",
    ),
    "Chapter {n}: The Weir": ("Chapter 1: The Weir", "Chapter 2: The Weir", "Chapter 3: The Weir"),
    "*** Chapter {n} ***": ("Chapter 1", "Chapter 2", "Chapter 3"),
    "# The Weir {n}": ("The Weir 1", "The Weir 2", "The Weir 3"),
    "{r}": ("I", "II", "III"),
    "{n}.": ("1", "2", "3"),
    "{r}. The Weir": ("I. The Weir", "II. The Weir", "III. The Weir"),
    "第{z}章 渡口": ("第一章 渡口", "第二章 渡口", "第三章 渡口"),
    "第{n}回": ("第1回", "第2回", "第3回"),
    "Part {n} - Water": ("Part 1 - Water", "Part 2 - Water", "Part 3 - Water"),
    "THE GREY LADDER {r}": ("THE GREY LADDER I", "THE GREY LADDER II", "THE GREY LADDER III"),
    "Kapitel {n}": ("Kapitel 1", "Kapitel 2", "Kapitel 3"),
}


@pytest.mark.parametrize("manner", MANNERS)
def test_chapters_are_found_by_their_headings(manner: str) -> None:
    parts = [f"{manner.format(n=n, r='I' * n, z='一二三'[n - 1])}\n\n{prose(n, 150)}" for n in (1, 2, 3)]
    found = read("\n\n\n".join(parts))
    assert [document.title for document in found.documents] == list(MANNERS[manner])
    assert [document.text for document in found.documents] == [prose(n, 150) for n in (1, 2, 3)]


def test_a_sentence_that_begins_like_a_heading_is_none() -> None:
    odd = "Letter 5 was never sent.\n\nPart of me wanted to stay."
    text = f"{prose(1, 80)}\n\n{odd}\n\n{prose(2, 80)}\n\nI.\n\n{prose(3, 80)}"
    assert len(read(text).documents) == 1


def test_a_book_of_project_gutenberg_is_stripped_to_its_chapters() -> None:
    chapters = [prose(n, 300) for n in range(1, 5)]
    names = ["I", "II", "III", "IV"]
    body = "\n\n\n".join(
        f"CHAPTER {name}\n\n" + "\n\n".join(textwrap.fill(p, 72) for p in text.split("\n\n"))
        for name, text in zip(names, chapters, strict=True)
    )
    contents = "\n".join(f"CHAPTER {name}" for name in names)
    text = (
        "The Project Gutenberg eBook of The Weir\r\n\r\nThis eBook is for anyone.\r\n\r\n"
        "*** START OF THE PROJECT GUTENBERG EBOOK THE WEIR ***\r\n\r\nProduced by Nobody\r\n\r\n\r\n"
        f"THE WEIR\n\nby Nobody\n\nCONTENTS\n\n{contents}\n\n\n{body}\n\n\n[Illustration: The weir]\n\n"
        "*** END OF THE PROJECT GUTENBERG EBOOK THE WEIR ***\n\nSection 1. General Terms of Use.\n"
    )
    found = read(text)
    assert [document.text for document in found.documents] == chapters
    whys = " / ".join(part.why for part in found.left_out)
    assert "Project Gutenberg's licence" in whys
    assert "the title page and what stands before the first heading" in whys
    assert all(part.what and part.file == "part1.txt" for part in found.left_out)


def test_page_numbers_go_and_chapters_that_are_numbers_stay() -> None:
    paragraphs = prose(1, 1200, paragraph=70).split("\n\n")
    paged = "".join(
        f"{p[: len(p) // 2]}\n\n{number}\n\n{p[len(p) // 2 :]}\n\n" for number, p in enumerate(paragraphs, 17)
    )
    found = read(paged)
    assert not any(line.strip().isdecimal() for line in found.documents[0].text.split("\n"))
    assert "page numbers" in found.left_out[0].why
    assert titles("\n\n".join(f"{n}\n\n{prose(n, 90)}" for n in (1, 2, 3))) == ["1", "2", "3"]


def test_copyright_pages_and_back_matter_are_left_out_with_the_reason() -> None:
    text = (
        "Copyright © 2021 by Nobody\n\nAll rights reserved. ISBN 0-00-000000-0\n\n"
        f"Chapter 1\n\n{prose(1, 200)}\n\nChapter 2\n\n{prose(2, 200)}\n\n"
        "About the Author\n\nNobody lives by a weir and has written nothing else so far.\n"
    )
    found = read(text)
    assert [document.title for document in found.documents] == ["Chapter 1", "Chapter 2"]
    assert [part.why for part in found.left_out] == [
        "boilerplate: a copyright page",
        "boilerplate: the part called “About the Author”",
    ]


def test_a_preface_before_the_first_heading_is_kept() -> None:
    found = read(f"{prose(1, 200)}\n\nChapter 1\n\n{prose(2, 200)}\n\nChapter 2\n\n{prose(3, 200)}")
    assert [document.text for document in found.documents] == [prose(n, 200) for n in (1, 2, 3)]


def test_lines_that_a_page_broke_are_joined_and_verse_is_not() -> None:
    story = prose(1, 400)
    assert read("\n\n".join(textwrap.fill(p, 64) for p in story.split("\n\n"))).documents[0].text == story
    song = (PAGES / "low-bridge.txt").read_text(encoding="utf-8")
    assert read(song).documents[0].text == song.partition("\n")[2].strip()


def test_chinese_paragraphs_a_line_each_are_parted() -> None:
    line = "\u3000\u3000老郝把第{}盘胶片放进机器，回头看了看门口，小满没有来。"
    (found,) = read("\n".join(line.format(n) for n in range(30))).documents
    assert found.text.split("\n\n")[:2] == [line.format(n).strip() for n in range(2)]


def test_songs_reports_and_ads_of_one_file_are_documents() -> None:
    song = "{0}\n\n[Verse 1]\nThe {0} is on in the kitchen\nAnd nobody sings\n\n[Chorus]\nLow, low {0}\nGoes the song\n"
    assert titles("\n".join(song.format(name) for name in ("Radio", "Kettle", "Window"))) == [
        "Radio",
        "Kettle",
        "Window",
    ]
    report = "{0} swaps its bridge\n\n{1}, 4 June — The town of {0} voted 9 to 5 to swap it.\n\nIt is old.\n"
    text = "\n".join(report.format(name, name.upper()) for name in ("Elmbury", "Portwick"))
    assert titles(text) == ["Elmbury swaps its bridge", "Portwick swaps its bridge"]
    assert read(text).documents[0].text.startswith("Elmbury swaps its bridge\n\nELMBURY, 4 June — ")
    ads = "Headline 1: {0} Umbrellas\nHeadline 2: Turns back\nDescription 1: {0} ribs and one spring, no spokes.\n"
    assert titles("\n".join(ads.format(name) for name in ("Still", "Brook"))) == [
        "Still Umbrellas",
        "Brook Umbrellas",
    ]


def test_the_tales_of_a_collection_are_parted_by_their_titles_below_two_blank_lines() -> None:
    tales = [prose(number, 150) for number in range(4)]
    names = ("The Tide Table", "A Lamp for Ines", "Grey Water", "Home")
    text = "\n\n\n".join(f"{name}\nby Nobody\n\n{tale}" for name, tale in zip(names, tales, strict=True))
    found = read(f"{text}\n\n\nAbout the Author\n\nNobody keeps bees and has a boat with no name.")
    assert [(d.title, d.text) for d in found.documents] == list(zip(names, tales, strict=True))
    assert [part.why for part in found.left_out] == ["boilerplate: the part called “About the Author”"]


def test_a_headline_stays_with_its_report_in_any_manner() -> None:
    report = "Otters return to the river Tamble\n\n{}\n\nThey were seen at the mill on Friday by two anglers."
    for day in ("Monday, March 5, 2007", "TAMBLE, 9 April — It rained."):
        text = "\n\n***\n\n".join(
            [report.format(day), report.format(day).replace("Otters", "Beavers"), "A\n\nB c."]
        )
        assert read(text).documents[0].text.startswith("Otters return to the river Tamble\n\n")


def test_scenes_part_only_a_long_text() -> None:
    scenes = [prose(n, 400) for n in range(8)]
    assert len(read("\n\n***\n\n".join(scenes)).documents) == 8
    short = "\n\n* * *\n\n".join(prose(n, 100) for n in range(3))
    assert [document.text for document in read(short).documents] == [short]


def test_a_copy_is_left_out_and_says_of_what() -> None:
    one, two = prose(1, 300), prose(2, 300)
    found = read(one, two, one.replace("\n\n", "\n\n\n"))
    assert len(found.documents) == 2
    assert found.left_out[0].why == "duplicate: the same words as “part1” in part1.txt"


def test_a_reworked_copy_is_near_and_the_longer_one_stays() -> None:
    one = prose(1, 600)
    cut = one.split("\n\n")
    draft = "\n\n".join(
        p.replace("before noon", "at noon") if i % 9 == 0 else p for i, p in enumerate(cut[:-3])
    )
    found = read(draft, one)
    assert [document.text for document in found.documents] == [one]
    assert "near duplicate of “part2” in part2.txt" in found.left_out[0].why
    assert "of its runs of 8 words stand there too" in found.left_out[0].why


def test_the_sample_pages_are_read_as_they_are_meant() -> None:
    files = [
        Upload(path.name, path.read_bytes()) for path in sorted(PAGES.iterdir()) if path.name != "README.md"
    ]
    found = read_manuscript(files)
    assert {part.why for part in found.left_out} <= {"boilerplate: the title page"}
    assert {"The Ferry Clerk", "Low Bridge", "Night bus driver finds violin on last seat"} <= {
        document.title for document in found.documents
    }
