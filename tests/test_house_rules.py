"""The rules of the house: who may import whom, where the heavy libraries are, and what is never done."""

from __future__ import annotations

import ast
import dataclasses
import importlib
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CODE = [ROOT / "app.py", *sorted((ROOT / "creative").rglob("*.py"))]
TESTS = sorted(p for p in (ROOT / "tests").rglob("*.py") if "node_modules" not in p.parts)
OTHERS = [p for folder in ("benchmarks", "examples") for p in sorted((ROOT / folder).rglob("*.py"))]

# What may be imported from creative, beside a room's own files. A room's name opens all of it, a file's only that
# file. Safety is a row of the design that waits for its room.
TRAINING = {"errors", "engines.contract", "catalogue", "adapters", "evaluation"}
MAY_IMPORT: dict[str, set[str]] = {
    "app": {"errors", "settings", "studio", "ui"},
    "errors": set(),
    "fountain": set(),
    "settings": {"errors"},
    "trust": {"errors", "settings"},
    "orders": {"errors"},
    "writing": {"errors", "orders", "actions", "drafts", "engines.contract"},
    "redrawing": {"checks", "engines.contract"},
    "studio": {
        *("errors", "settings", "trust", "orders", "writing", "redrawing"),
        *("actions", "adapters", "catalogue", "checks", "drafts", "exporters", "forms", "workshop"),
        *("engines.contract", "engines.machine", "engines.opening", "engines.pool"),
    },
    "actions": {"errors"},
    "adapters": {"errors"},
    "catalogue": {"errors"},
    "checks": {"errors", "fountain"},
    "drafts": {"errors"},
    "engines": {"errors", "catalogue", "adapters"},
    "exporters": {"errors", "fountain"},
    "forms": {"errors", "actions", "checks", "exporters"},
    "starter": {
        *("errors", "actions", "checks", "forms", "fountain", "redrawing"),
        *("engines.contract", "engines.local", "engines.machine"),
    },
    "ui": {"errors", "settings", "studio", "trust", "orders"},
    "training": {*TRAINING, "fountain"},
    # The job is a process of its own; beside the training it opens the base as the engine does.
    "training.job": {
        *TRAINING,
        *("training", "engines.loading", "engines.fingerprint", "engines.tokens", "engines.machine"),
    },
    "evaluation": {"errors", "engines.contract"},
    "feedback": {"errors", "drafts"},
    "workshop": {
        *("errors", "settings", "trust", "forms", "drafts"),
        *("training", "adapters", "feedback", "evaluation", "catalogue"),
        *("engines.contract", "engines.fingerprint", "engines.machine", "engines.pool"),
    },
    "safety": {"errors"},
}
# The page may name the plain data of these, to say what it shows; nothing of them that does something.
PLAIN_DATA_FOR_THE_PAGE = {"drafts", "engines.contract", "engines.pool", "forms", "training.records"}

HEAVY = {"torch", "transformers", "peft", "bitsandbytes", "trl", "accelerate", "datasets", "tokenizers"}
HEAVY_WORK = (
    "creative/engines/",
    "creative/starter/recipe/",
    "creative/training/job/",
    "creative/evaluation/perplexity.py",
)
PAGE_LIBRARIES = {"gradio", "gradio_client", "starlette", "fastapi", "uvicorn"}
PICKLES = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
STARTS_PROGRAMS = {"os.system", "os.popen", "os.execv", "os.execvp", "os.spawnv", "pty.spawn"}
MOST_LINES = 450


def name(path: Path) -> str:
    """Give a file's address in the repository."""
    return path.relative_to(ROOT).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    """Give a file's syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=name(path))


def imports(path: Path) -> Iterator[tuple[str, str]]:
    """Give each import, also those inside functions: the module and the name taken from it."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name(path)} imports by a relative name"
            yield from ((node.module or "", alias.name) for alias in node.names)


def libraries(path: Path) -> set[str]:
    """Give the first part of everything imported."""
    return {module.split(".")[0] for module, _ in imports(path)}


def house_imports(path: Path) -> Iterator[tuple[str, str]]:
    """Give each import from creative: the address below it and the name taken, if any."""
    for module, taken in imports(path):
        if module == "creative":
            yield taken, ""
        elif module.startswith("creative."):
            yield module.removeprefix("creative."), taken


def room(path: Path) -> str:
    """Give the row of the table a file belongs to."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    inner = ".".join(parts[1:3])
    if inner in MAY_IMPORT:
        return inner
    return parts[0] if len(parts) == 1 else parts[1]


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    """Give each call with the dotted name of what is called."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def is_open(address: str, doors: set[str]) -> bool:
    """Tell whether an address is one of the doors or lies behind one."""
    return any(address == door or address.startswith(f"{door}.") for door in doors)


def is_plain_data(address: str, taken: str) -> bool:
    """Tell whether a name stands for data: a frozen dataclass or a value."""
    thing = getattr(importlib.import_module(f"creative.{address}"), taken, None)
    return dataclasses.is_dataclass(thing) or (thing is not None and not callable(thing))


@pytest.mark.parametrize("path", CODE, ids=name)
def test_a_room_imports_only_what_the_table_names(path: Path) -> None:
    here = room(path)
    if here == "__init__":
        assert list(house_imports(path)) == []
        return
    assert here in MAY_IMPORT, f"{here} has no row in the import table"
    for address, taken in house_imports(path):
        if is_open(address, {here, *MAY_IMPORT[here]}):
            continue
        for_data = PLAIN_DATA_FOR_THE_PAGE if here == "ui" else set()
        assert address in for_data, f"{name(path)} imports creative.{address}"
        assert is_plain_data(address, taken), f"{name(path)} takes {taken} from creative.{address}"


def test_the_table_would_see_a_wrong_import() -> None:
    assert not is_open("engines.local", {"ui", *MAY_IMPORT["ui"]})
    assert not is_open("formset", {"forms"})
    assert is_open("catalogue.fit", MAY_IMPORT["engines"])
    assert not is_plain_data("forms", "compose")
    assert is_plain_data("orders", "Order")


@pytest.mark.parametrize("path", CODE, ids=name)
def test_the_page_is_drawn_only_at_the_door_and_in_its_room(path: Path) -> None:
    if name(path) != "app.py" and not name(path).startswith("creative/ui/"):
        assert libraries(path) & PAGE_LIBRARIES == set()


@pytest.mark.parametrize("path", CODE, ids=name)
def test_heavy_libraries_are_only_where_the_work_is_done(path: Path) -> None:
    if not name(path).startswith(HEAVY_WORK):
        assert libraries(path) & HEAVY == set()


@pytest.mark.parametrize(
    "module",
    [
        *("creative.studio", "creative.workshop", "creative.training.launcher", "creative.ui.page"),
        *("creative.engines.opening", "creative.trust", "app"),
    ],
)
def test_importing_the_app_does_not_load_a_model_library(module: str) -> None:
    code = f"import {module}, sys; print(sorted({HEAVY!r} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.stdout.strip(), done.returncode) == ("[]", 0), done.stderr[-2000:]


@pytest.mark.parametrize("path", CODE, ids=name)
def test_no_program_is_started_but_the_training_job(path: Path) -> None:
    if name(path) != "creative/training/launcher.py":
        assert not libraries(path) & {"subprocess", "multiprocessing", "pty"}
        assert [called for called, _ in calls(path) if called in STARTS_PROGRAMS] == []


@pytest.mark.parametrize("path", [*CODE, *OTHERS], ids=name)
def test_nothing_foreign_is_run_or_unpickled(path: Path) -> None:
    assert not libraries(path) & PICKLES
    for called, call in calls(path):
        given = {word.arg: ast.unparse(word.value) for word in call.keywords}
        assert called not in {"eval", "exec", "compile"}, f"{name(path)}:{call.lineno}"
        assert given.get("trust_remote_code", "False") == "False", f"{name(path)}:{call.lineno}"
        assert given.get("allow_pickle", "False") == "False", f"{name(path)}:{call.lineno}"
        if called == "torch.load":
            # The recipe resumes from checkpoints it wrote itself, read as tensors alone; the app reads none.
            assert name(path) == "creative/starter/recipe/loop.py", f"{name(path)}:{call.lineno}"
            assert given.get("weights_only") == "True"


@pytest.mark.parametrize("path", [*CODE, *OTHERS], ids=name)
def test_no_error_is_caught_without_knowing_which(path: Path) -> None:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ExceptHandler):
            caught = ast.unparse(node.type) if node.type else ""
            assert caught, f"{name(path)}:{node.lineno} catches everything"
            assert not re.search(r"\b(Base)?Exception\b", caught), f"{name(path)}:{node.lineno}: {caught}"


@pytest.mark.parametrize("path", [*CODE, *OTHERS, *TESTS], ids=name)
def test_every_file_says_in_its_first_line_what_it_owns(path: Path) -> None:
    if path.read_text(encoding="utf-8").strip():  # An empty __init__.py owns nothing.
        assert (ast.get_docstring(tree(path)) or "").split("\n")[0].strip(), f"{name(path)} has no docstring"
        assert tree(path).body[0].lineno == 1, f"{name(path)} begins with something else"


@pytest.mark.parametrize("path", [*CODE, *OTHERS], ids=name)
def test_every_file_can_be_read_in_one_sitting(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES


@pytest.mark.parametrize("path", [*CODE, *OTHERS], ids=name)
def test_modules_are_nouns_that_say_something(path: Path) -> None:
    assert path.stem.strip("_") not in {"utils", "util", "helpers", "common", "misc", "manager", "base"}


def test_the_container_is_given_files_that_exist_and_are_let_through() -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    wanted: list[str] = []
    for line in (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines():
        if line.startswith("COPY "):
            wanted += [word for word in line.split()[1:-1] if not word.startswith("--")]
    assert {"app.py", "creative", "requirements.txt"} <= set(wanted)
    for copied in wanted:
        assert (ROOT / copied).exists(), f"The Dockerfile copies {copied}, which is not there"
        assert f"!{copied}" in ignored, f".dockerignore keeps {copied} out"


def test_what_the_code_imports_is_pinned() -> None:
    lines = [
        line
        for listing in ("requirements.txt", "requirements-dev.txt")
        for line in (ROOT / listing).read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+(\[[a-z,]+\])?==[0-9][0-9.]*", line) for line in lines), lines
    pinned = {re.split(r"[\[=]", line)[0].replace("-", "_").lower() for line in lines}
    # These come with gradio and transformers, which pin them; `spaces` comes with a ZeroGPU machine.
    brought = {"starlette", "tokenizers", "gradio_client", "spaces"}
    named = {"docx": "python_docx"}
    used = {library for path in [*CODE, *OTHERS] for library in libraries(path)}
    missing = {
        library
        for library in used - set(sys.stdlib_module_names) - {"creative", "benchmarks", "examples", "tests"}
        if named.get(library, library) not in pinned | brought
    }
    assert missing == set()
