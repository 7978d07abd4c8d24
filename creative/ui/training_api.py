"""The named endpoints of training: pages in, a voice out, scripted as the Training tab does it; the owner's alone."""

# No deferred annotations here: Gradio reads the types of the handlers as they stand.
from dataclasses import asdict
from pathlib import Path
from typing import Any

import gradio as gr

from creative.errors import BadValue
from creative.studio import Studio
from creative.training.records import TrainingOrder, Upload
from creative.trust import require_owner
from creative.ui.api import told
from creative.ui.orders import meet_visitor
from creative.ui.uploads import MOST_FILES, shown_name
from creative.ui.workshop_answers import read_training_order


def add_training_endpoints(studio: Studio) -> None:
    """Add the endpoints of training to the page being drawn; `docs/api.md` tells them to people."""
    _add_pages(studio)
    _add_jobs(studio)


def _add_pages(studio: Studio) -> None:
    def preview_manuscript(
        request: gr.Request,
        files: list[str],
        form: str,
        name: str,
        preset: str,
        settings: dict[str, Any],
        style: str,
        language: str,
    ) -> dict[str, Any]:
        """What would be trained on: documents, words, tokens, what is left out and why, and what the model reads."""
        visitor = meet_visitor(studio, request, str(request.session_hash))
        require_owner(visitor, "train voices")
        order = _read_order(form, name, preset, settings, style, language)
        return asdict(studio.workshop.preview(visitor, _read_pages(files), order))

    def train(
        request: gr.Request,
        files: list[str],
        form: str,
        name: str,
        preset: str,
        settings: dict[str, Any],
        style: str,
        language: str,
        rights: str,
    ) -> str:
        """Train a voice on pages, after those that wait already; gives the id of the job."""
        visitor = meet_visitor(studio, request, str(request.session_hash))
        require_owner(visitor, "train voices")
        order = _read_order(form, name, preset, settings, style, language, rights)
        return studio.workshop.train(visitor, _read_pages(files), order)

    # Files need a component: plain endpoints carry JSON only.
    asked = [
        gr.File(file_count="multiple", visible=False, label="files"),
        gr.Textbox(visible=False, label="form"),
        gr.Textbox(visible=False, label="name"),
        gr.Textbox("balanced", visible=False, label="preset"),
        gr.JSON({}, visible=False, label="settings"),
        gr.Textbox("form", visible=False, label="style"),
        gr.Textbox("English", visible=False, label="language"),
    ]
    rights = gr.Textbox(visible=False, label="rights")
    button = gr.Button(visible=False)
    seen = gr.JSON(visible=False, label="preview")
    button.click(told(preview_manuscript), asked, seen, api_name="preview_manuscript")
    job = gr.Textbox(visible=False, label="job")
    button.click(told(train), [*asked, rights], job, api_name="train")


def _add_jobs(studio: Studio) -> None:
    def job(id: str, request: gr.Request) -> dict[str, Any]:
        """How a training stands: state, step, total, loss, eval_loss, eta_s, message, report, voice."""
        return asdict(studio.workshop.job(meet_visitor(studio, request, str(request.session_hash)), id))

    def stop_job(id: str, request: gr.Request) -> dict[str, Any]:
        """End a training after its next step, keeping what it learned."""
        return asdict(studio.workshop.stop_job(meet_visitor(studio, request, str(request.session_hash)), id))

    def resume_job(id: str, request: gr.Request) -> dict[str, Any]:
        """Let a training that stopped, failed or was cut off go on from its last checkpoint."""
        visitor = meet_visitor(studio, request, str(request.session_hash))
        return asdict(studio.workshop.resume_job(visitor, id))

    for handler in (job, stop_job, resume_job):
        gr.api(told(handler), api_name=handler.__name__)


def _read_order(
    form: str,
    name: str,
    preset: str,
    settings: dict[str, Any],
    style: str,
    language: str,
    rights: str = "",
) -> TrainingOrder:
    values = {"form": form, "title": name, "preset": preset, "settings": settings}
    return read_training_order({**values, "style": style, "language": language, "rights": rights})


def _read_pages(files: list[str] | None) -> list[Upload]:
    """Read what Gradio has taken in; it lets nothing through but its own uploads."""
    if not files or len(files) > MOST_FILES:
        raise BadValue("No pages were sent, or too many at once.", f"Send 1 to {MOST_FILES} files.")
    return [Upload(shown_name(Path(file).name), Path(file).read_bytes()) for file in files]
