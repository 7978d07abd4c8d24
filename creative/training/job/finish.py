"""The end of a training: before and after are compared on held-out pages and samples, and the voice is shelved."""

from __future__ import annotations

from typing import Any

from peft import PeftModel

from creative.evaluation.report import Evidence, make_report
from creative.training import folder as names
from creative.training.folder import read_examples
from creative.training.job import checkpoints
from creative.training.job.run import Outcome, Run, held_out_prompts
from creative.training.job.samples import write_samples
from creative.training.progress import read_state
from creative.training.shelving import shelve

SAMPLES = 6
SAMPLE_TOKENS = 160
"""Length of a sample for the comparison: enough for its sentences to have a manner."""


def finish(run: Run, outcome: Outcome) -> None:
    """Compare, tell, and put the voice on the shelf when it is better than the base."""
    run.teller.tell("phase", name="comparing")
    run.close()
    if not run.state.is_main_process:
        return
    report = _compare(run, outcome.kept_step)
    run.teller.tell("report", **report)
    if outcome.kept_step:
        run.teller.tell("phase", name="shelving")
        # A job that was stopped and went on has a voice there already.
        shelve(run.folder, outcome.kept_step, report, read_state(run.folder).voice)
    run.teller.tell("stopped" if outcome.asked else "done", message=_last_words(run, outcome))


def _compare(run: Run, step: int) -> dict[str, Any]:
    held_out = read_examples(run.folder / names.HELD_OUT)
    training = read_examples(run.folder / names.TRAIN)
    prompts = held_out_prompts(held_out, SAMPLES)
    base = write_samples(run.voice, run.loaded, prompts, SAMPLE_TOKENS, plain=True)
    losses = run.course.losses
    kept = base
    if step:
        place = checkpoints.place_of(run.folder, names.WEIGHTS, step)
        # From the disk, as any other program would load it.
        voice = PeftModel.from_pretrained(_plain_base(run), place)
        kept = write_samples(voice, run.loaded, prompts, SAMPLE_TOKENS)
    return make_report(
        Evidence(
            loss_before=losses[0],
            loss_after=losses[step],
            held_out=[example.text for example in held_out],
            training=[example.text for example in training],
            base_samples=base,
            voice_samples=kept,
            language=run.order.language,
            held_out_tokens=sum(label >= 0 for row in run.held_out for label in row.labels),
        )
    )


def _plain_base(run: Run) -> Any:
    return run.voice.get_base_model() if run.recipe.method == "prefix" else run.voice.unload()


def _last_words(run: Run, outcome: Outcome) -> str:
    early = f"{outcome.early} " if outcome.early else ""
    if outcome.kept_step:
        return f"{early}The voice of step {outcome.kept_step} stands on the shelf."
    return (
        f"{early}No step was better on the held-out pages than the model without a voice, so nothing was learned"
        " and no voice was put on the shelf. You can still choose a step by its samples."
    )
