"""The revision actions: one TOML each, and the code that reads them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from creative.actions.action import Action, find_problems
from creative.actions.tomlfile import load_files, malformed, read_toml
from creative.errors import MalformedFile

__all__ = ["FOLDER", "Action", "load_actions"]

FOLDER = Path(__file__).parent
"""Where the actions of the house are."""


def load_actions(folders: Sequence[Path] = (FOLDER,)) -> tuple[dict[str, Action], list[MalformedFile]]:
    """Read every action, in the order they are offered, and what could not be read."""
    return load_files(folders, _read_action)


def _read_action(path: Path) -> Action:
    action = read_toml(path, Action)
    if problems := find_problems(action):
        raise malformed(path, "; ".join(problems))
    return action
