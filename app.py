"""The front door: reads the settings, opens the studio, launches the page; a Space runs this file too."""

from __future__ import annotations

import errno
import logging
import socket
import sys

import gradio as gr

from creative.errors import BadValue, CreativeError, PortInUse
from creative.settings import Settings, is_loopback, read_settings
from creative.studio import Studio
from creative.ui.api import add_endpoints
from creative.ui.page import build_page, launch_options
from creative.ui.training_api import add_training_endpoints
from creative.ui.uploads import LARGEST_MB

GUESTS_UPLOAD_LIMIT = "20mb"
"""On a page that others reach; Gradio takes files in before anybody is asked who they are."""
KEPT_FILES_S = 3600
"""How often exported files are looked through, and how old they may get."""


def build(studio: Studio) -> gr.Blocks:
    """Give the whole app: the page and the named endpoints."""
    page = build_page(studio)
    page.delete_cache = (KEPT_FILES_S, KEPT_FILES_S)
    with page:
        add_endpoints(studio)
        add_training_endpoints(studio)
    return page.queue(default_concurrency_limit=None, max_size=256)


def check_port(settings: Settings) -> None:
    """Raise PortInUse when another program listens where the page should be, BadValue when nothing can."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as err:
            said = f"The page cannot listen on {settings.host}:{settings.port}: {err.strerror or err}."
            if err.errno != errno.EADDRINUSE:
                raise BadValue(
                    said, "Choose an address of this machine with --host, and a free --port."
                ) from err
            way_out = f"Stop the other program, or start with `--port {settings.port % 65535 + 1}`."
            raise PortInUse(said, way_out) from err


def launch(page: gr.Blocks, studio: Studio) -> None:
    """Serve the page until the program is ended."""
    settings = studio.settings
    shown = "127.0.0.1" if is_loopback(settings.host) else settings.host
    print(f"Folio is at http://{shown}:{settings.port}", flush=True)
    page.launch(
        server_name=settings.host,
        server_port=settings.port,
        share=settings.share and not settings.on_space,
        mcp_server=settings.mcp,
        max_file_size=f"{LARGEST_MB}mb" if settings.trust == "local" else GUESTS_UPLOAD_LIMIT,
        **launch_options(studio),
    )


def main(arguments: list[str]) -> int:
    """Run the playground; a mistake of the person who started it ends with its sentence and code 2."""
    logging.basicConfig(format="%(message)s", level=logging.WARNING)
    try:
        settings = read_settings(arguments)
        if not settings.on_space:
            check_port(settings)
        studio = Studio(settings)
    except CreativeError as err:
        print(err, file=sys.stderr)
        return 2
    for problem in studio.problems:
        print(problem, file=sys.stderr)
    try:
        launch(build(studio), studio)
    finally:
        studio.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
