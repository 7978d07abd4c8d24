"""The Training tab: one component whose scripts ask the page's questions and watch the training."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr

from creative.ui.answers import Answers
from creative.ui.desk import answer_for

_SCRIPT = """
const show = () => window.folio.training(element, props, server);
window.folio ? show() : window.addEventListener('folio', show, {once: true});
"""


@dataclass(frozen=True)
class Training:
    """The components of the Training tab."""

    page: gr.HTML


def build_training(answers: Answers) -> Training:
    """Draw the tab; a training lives on the server, so nothing but questions and answers goes to and fro."""
    page = gr.HTML(
        html_template="<div class='training-place'></div>",
        js_on_load=_SCRIPT,
        elem_id="training",
        elem_classes=["training-block"],
        apply_default_css=False,
        server_functions=[answer_for(answers)],
    )
    return Training(page)
