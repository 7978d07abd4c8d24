"""The page: the bar, one tab per form, and how it is launched."""

from __future__ import annotations

from typing import Any

import gradio as gr
from starlette.middleware import Middleware

from creative.studio import Studio
from creative.ui.answers import Answers
from creative.ui.desk import answer_for, build_desk, connect_desk
from creative.ui.door import Door
from creative.ui.runs import Runs
from creative.ui.spec import describe_forms
from creative.ui.training import build_training
from creative.ui.uploads import Parcels

TRAINING = "training"
"""Name of the tab that is no form's."""
MOST_THREADS = 80
"""Each stream holds a thread while it waits for its next piece."""

_BAR_SCRIPT = """
const show = () => window.folio.bar(element, props, server);
window.folio ? show() : window.addEventListener('folio', show, {once: true});
"""


def build_page(studio: Studio) -> gr.Blocks:
    """Draw the page: every form the studio has gets its tab, with nothing to be done elsewhere."""
    runs = Runs()
    answers = Answers(studio, runs)
    with gr.Blocks(title="Folio", analytics_enabled=False, fill_width=True) as page:
        gr.HTML(
            html_template="<div class='bar-place'></div>",
            js_on_load=_BAR_SCRIPT,
            elem_id="bar",
            elem_classes=["bar-block"],
            apply_default_css=False,
            server_functions=[answer_for(answers)],
            forms=describe_forms(studio),
        )
        with gr.Tabs(elem_id="tabs", overflow_behavior="wrap"):
            for form in studio.forms():
                with gr.Tab(_label(form.name), id=form.name, elem_id=f"tab-{form.name}"):
                    connect_desk(build_desk(studio, form.name, answers), studio, runs)
            with gr.Tab(_label(TRAINING), id=TRAINING, elem_id=f"tab-{TRAINING}", alignment="right"):
                build_training(answers)
    return page


def launch_options(studio: Studio) -> dict[str, Any]:
    """Give what `launch` needs so that the page looks and behaves as it should."""
    english = {_key(form.name): form.title.en for form in studio.forms()}
    chinese = {_key(form.name): form.title.zh or form.title.en for form in studio.forms()}
    english[_key(TRAINING)], chinese[_key(TRAINING)] = "Training", "训练"
    return {
        "app_kwargs": {"middleware": [Middleware(Parcels, studio), Middleware(Door)]},
        "theme": gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"]),
        "i18n": gr.I18n(en=english, **{"zh-CN": chinese}),
        "footer_links": [],
        "ssr_mode": False,
        "run_history": False,
        "enable_monitoring": False,
        "max_threads": MOST_THREADS,
        "show_error": False,
        "quiet": True,
    }


def _key(form: str) -> str:
    return f"tab_{form}"


def _label(form: str) -> Any:
    return gr.I18n()(_key(form))
