"""The README against the folder: its map, its table of hardware, its links. Run as a program, it prints the table.

`python -m tests.test_readme` gives the table of hardware from the catalogue and `fit.py`, ready to paste.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import pytest

from creative.catalogue.fit import needed_gb
from creative.catalogue.models import load_catalogue
from creative.settings import Settings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MADE = {"__pycache__", "node_modules", "build", "dist"}
"""Folders that are made here and not kept."""
HIDDEN_BUT_KEPT = {".ci", ".dockerignore", ".gitignore"}


@cache
def mapped() -> tuple[str, ...]:
    """Give the paths and patterns of the map; a folder ends in `/`."""
    block = re.search(r"## What is where\n.*?```text\n(.*?)```", README, re.DOTALL)
    assert block, "The README has no map"
    found: list[str] = []
    above: list[str] = []
    for line in block[1].splitlines():
        depth = (len(line) - len(line.lstrip())) // 2
        name, _, words = line.strip().partition(" ")
        assert words.strip(), f"The map says nothing about {name}"
        above = [*above[:depth], name]
        found.append("".join(above))
    return tuple(found)


def kept(folder: Path) -> list[str]:
    """Give every file of the folder that belongs to the repository."""
    found: list[str] = []
    for path in sorted(folder.iterdir()):
        hidden = path.name.startswith(".") and path.name not in HIDDEN_BUT_KEPT
        if hidden and path.parent == ROOT:
            continue
        if path.is_dir() and path.name not in MADE:
            found += kept(path)
        elif path.is_file() and path.suffix != ".pyc":
            found.append(path.relative_to(ROOT).as_posix())
    return found


def stands_for(line: str, file: str) -> bool:
    """Tell whether a line of the map means a file; `*` stays within one folder."""
    names, patterns = file.split("/"), line.split("/")
    return len(names) == len(patterns) and all(map(fnmatchcase, names, patterns))


def is_mapped(file: str) -> bool:
    """Tell whether a file has its line; an `__init__.py` is told by its folder's."""
    folder, _, name = file.rpartition("/")
    if name == "__init__.py" and f"{folder}/" in mapped():
        return True
    return any(stands_for(line, file) for line in mapped())


def hardware() -> list[str]:
    """Give the rows of the table of hardware."""
    columns = (("nf4", "cpu"), ("int8", "cpu"), ("nf4", "gpu"), ("int8", "gpu"), ("bf16", "gpu"))
    rows = []
    for model in load_catalogue().models:
        # On a CPU as on most: without instructions for bf16.
        needs = " | ".join(
            f"{needed_gb(model.shape, precision, where, fast_bf16=False):.1f}" for precision, where in columns
        )
        rows.append(f"| `{model.id}` | {model.parameters_b:.3g} | {needs} | {model.licence} |")
    return rows


def headings(page: Path) -> set[str]:
    """Give the anchors of a page's headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.casefold()).replace(" ", "-") for title in titles}


def test_every_file_has_its_line_in_the_map() -> None:
    assert [file for file in kept(ROOT) if not is_mapped(file)] == []


@pytest.mark.parametrize("line", mapped())
def test_every_line_of_the_map_stands_for_something(line: str) -> None:
    if line.endswith("/"):
        assert (ROOT / line).is_dir()
    else:
        assert any(stands_for(line, file) for file in kept(ROOT))


def test_the_table_of_hardware_is_what_the_catalogue_and_fit_say() -> None:
    # A model may be added without a row; a row may not be wrong.
    rows = [line for line in README.splitlines() if re.match(r"\| `[\w./-]+` \| [\d.]+ \|", line)]
    assert len(rows) >= 8
    assert [row for row in rows if row not in hardware()] == []


def test_every_link_and_picture_is_there() -> None:
    links = re.findall(r"\]\(([^)#]*)(?:#([^)]*))?\)", README)
    targets = [(file, heading) for file, heading in links if "://" not in file]
    assert len(targets) >= 6
    assert [file for file, _ in targets if not (ROOT / file).exists()] == []
    assert [
        link for link in targets if link[1] and link[1] not in headings(ROOT / (link[0] or "README.md"))
    ] == []


def test_every_command_it_names_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z-]+)", README)) <= targets
    flags = {"help", *(name.replace("_", "-") for name in Settings.model_fields)}
    started = " ".join(re.findall(r"(?:python app\.py|make run)[^`\n]*", README))
    assert set(re.findall(r"--([a-z-]+)", started)) <= flags


def test_the_space_starts_with_what_is_pinned() -> None:
    matter = README.split("---\n")[1]
    keys = dict(line.split(": ", 1) for line in matter.splitlines())
    requirements = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    assert f"gradio[mcp,oauth]=={keys['sdk_version']}\n" in requirements
    assert (ROOT / keys["app_file"]).is_file()
    assert (keys["sdk"], keys["python_version"], keys["license"]) == ("gradio", '"3.12"', "apache-2.0")
    assert len(keys["short_description"]) <= 60


if __name__ == "__main__":
    print("\n".join(hardware()))
