"""The page's scripts: each can be read, and those with logic pass their own tests under Node."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted((ROOT / "creative/ui/assets").rglob("*.*js"))
TESTS = sorted((Path(__file__).parent / "js").glob("*.test.mjs"))
NODE = shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None, reason="no Node here")


@needs_node
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_one_slip_in_a_script_does_not_reach_the_page(script: Path) -> None:
    done = subprocess.run([str(NODE), "--check", str(script)], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@needs_node
def test_the_scripts_own_tests_pass() -> None:
    done = subprocess.run(
        [str(NODE), "--test", *map(str, TESTS)], check=False, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout[-4000:]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_every_script_says_first_what_it_owns_and_fits_one_sitting(script: Path) -> None:
    lines = script.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("// ")
    assert len(lines) <= 400
