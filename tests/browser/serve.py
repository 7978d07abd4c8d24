"""A server for the browser tests: `python -m tests.browser.serve PORT HOME [scripted|starter|real]`."""

from __future__ import annotations

import sys
from pathlib import Path

from creative.engines.contract import Engine
from creative.engines.pool import Progress
from creative.settings import Settings
from creative.studio import Studio
from creative.ui.page import build_page, launch_options
from tests.browser.scripted import ScriptedEngine

STARTER = Path(__file__).parents[2] / "creative" / "starter"


def open_scripted(model: str, precision: str, progress: Progress) -> Engine:
    """Give the scripted model, whatever is asked for."""
    return ScriptedEngine()


def open_starter(model: str, precision: str, progress: Progress) -> Engine:
    """Give the model that comes with the playground."""
    from creative.engines.local import open_engine

    return open_engine(STARTER, "fp32", "", "The starter", model="starter")


def main(port: int, home: Path, model: str) -> None:
    """Serve the page with one of the two, or with models found and fetched as ever, until the process is ended."""
    home.mkdir(parents=True, exist_ok=True)
    openers = {"scripted": open_scripted, "starter": open_starter, "real": None}
    studio = Studio(Settings(home=home, port=port), openers[model])
    build_page(studio).queue(default_concurrency_limit=None).launch(
        server_name="127.0.0.1", server_port=port, **launch_options(studio)
    )


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else "scripted")
