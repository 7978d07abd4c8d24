"""Measures the training on the starter: its speed against a bare SFTTrainer, and what Quick teaches.

`python -m benchmarks.training [--tokens 50000] [--rounds 3] [--steps 8] [--only speed|learning] [--json]`.

- speed: the same rows, adapter and numbers, in turns, in tokens read a second; the ratio is the median over the
  rounds: a busy machine slows both sides alike.
- learning: Quick as its command runs it, on pages unlike all that the starter has read (the reference of the
  Python language, which comes with Python) and on pages like its own (written by itself).
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from pydoc_data.topics import topics
from typing import Any

from peft import LoraConfig, get_peft_model
from trl import SFTConfig, SFTTrainer

from creative.engines.contract import Sampling, WriteRequest
from creative.engines.loading import load_model
from creative.engines.local import LocalEngine, open_engine
from creative.forms import load_forms
from creative.training.dataset import make_dataset
from creative.training.folder import Base, JobOrder, create_job, new_id, read_order, read_recipe
from creative.training.job.pages import plan_order
from creative.training.job.run import Run
from creative.training.job.telling import Teller
from creative.training.manuscript import read_manuscript
from creative.training.progress import read_events, read_state
from creative.training.records import TrainingOrder, Upload
from creative.workshop.ground import Ground
from creative.workshop.preparing import choose_prompts, prepare

STARTER = Path(__file__).parents[1] / "creative" / "starter"
PARAMETERS_B = 0.0069
OPENINGS = ("Once upon a time", "One day", "There was a", "In the morning", "It was late", "Tom and Anna")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tokens", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--preset", default="quick")
    parser.add_argument("--settings", type=json.loads, default={})
    parser.add_argument("--only", choices=["speed", "unlike", "alike"])
    parser.add_argument("--json", action="store_true")
    wishes = parser.parse_args()
    for line in measure(wishes):
        print(
            json.dumps(line) if wishes.json else "   ".join(f"{key} {value}" for key, value in line.items()),
            flush=True,
        )


def measure(wishes: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Give one line a measurement."""
    with tempfile.TemporaryDirectory() as home:
        engine = open_engine(STARTER, "fp32", model="starter", title="Starter")
        if wishes.only in {None, "speed"}:
            order = TrainingOrder("story", "Speed", settings={"epochs": 0.1})
            folder = make_job(engine, Path(home), unlike_pages(engine, 12_000), order)
            yield measure_speed(folder, wishes.rounds, wishes.steps)
        order = TrainingOrder("story", "Pages", wishes.preset, settings=wishes.settings)
        for kind, write in (("unlike", unlike_pages), ("alike", alike_pages)):
            if wishes.only in {None, kind}:
                folder = make_job(engine, Path(home), write(engine, wishes.tokens), order)
                yield {"pages": kind, "tokens": wishes.tokens} | learn(folder)
        engine.close()


def unlike_pages(engine: LocalEngine, tokens: int) -> list[Upload]:
    """Give pages of technical prose that everyone has who has Python."""
    uploads: list[Upload] = []
    left = tokens
    for name, text in topics.items():
        plain = re.sub(r"\n[*=\-~]{3,}\n", "\n", text)
        size = engine.count(plain)
        if 300 < size < left:
            uploads.append(Upload(f"{name}.txt", plain.encode()))
            left -= size
    return uploads


def alike_pages(engine: LocalEngine, tokens: int) -> list[Upload]:
    """Give stories that the starter writes itself."""
    uploads: list[Upload] = []
    left, seed = tokens, 0
    while left > 0:
        request = WriteRequest(OPENINGS[seed % len(OPENINGS)], 500, Sampling(0.9), n=16, seed=seed)
        texts: dict[int, str] = {}
        for piece in engine.stream(request):
            texts[piece.index] = texts.get(piece.index, "") + piece.text
        for text in texts.values():
            uploads.append(Upload(f"{len(uploads):04}.txt", (OPENINGS[seed % len(OPENINGS)] + text).encode()))
            left -= engine.count(text)
        seed += 1
    return uploads


def make_job(engine: LocalEngine, home: Path, uploads: list[Upload], order: TrainingOrder) -> Path:
    """Give a job's folder, made from pages as the page makes it."""
    info = engine.info
    base = Base("starter", str(STARTER), "fp32", info.fingerprint, info.chat, "Starter")
    ground = Ground(
        base, info.context, PARAMETERS_B, engine.count, lambda prompt: engine.render(_fixed(prompt))
    )
    forms, _ = load_forms()
    prepared = prepare(order, forms[order.form], ground)
    dataset = make_dataset(read_manuscript(uploads), prepared.posing)
    told = JobOrder(
        id=new_id(),
        title=prepared.order.title,
        form=order.form,
        style=order.style,
        language="English",
        rights="public_domain",
        created=time.time(),
        preset=order.preset,
        base=base,
        shelf=str(home / "voices"),
        prompts=choose_prompts(dataset, prepared),
    )
    return create_job(home / "jobs", told, prepared.recipe, dataset)


def _fixed(prompt: Any) -> Any:
    return prompt if isinstance(prompt, str) else tuple(prompt)


def learn(folder: Path) -> dict[str, Any]:
    """Run a job as its command does, and give what it learned in how long."""
    begun = time.monotonic()
    command = [sys.executable, "-m", "creative.training.job", str(folder)]
    subprocess.run(command, check=True, capture_output=True)
    seconds = time.monotonic() - begun
    state = read_state(folder)
    losses = [round(one.held_out_loss, 3) for one in state.evaluations]
    change = state.report["perplexity"]["change_percent"]
    speed = [event["tokens_per_s"] for event in read_events(folder) if event["kind"] == "step"]
    return {
        "seconds": round(seconds),
        "step": f"{state.step} of {state.total}",
        "held-out losses": losses,
        "kept step": state.kept_step or 0,
        "perplexity, %": round(change, 1),
        "tokens/s": round(statistics.median(speed[2:] or speed)),
        "message": state.message,
        "report": " ".join(state.report["sentences"]),
    }


def measure_speed(folder: Path, rounds: int, steps: int) -> dict[str, Any]:
    """Give the job's speed and a bare script's, in tokens a second, each round in turns."""
    ours, theirs = [], []
    for _ in range(rounds):
        theirs.append(_run_bare(folder, steps))
        ours.append(_run_ours(folder, steps))
    ratio = statistics.median(one / other for one, other in zip(ours, theirs, strict=True))
    told: Mapping[str, Any] = {
        "job, tokens/s": round(statistics.median(ours)),
        "bare SFTTrainer, tokens/s": round(statistics.median(theirs)),
        "ratio": round(ratio, 2),
    }
    return dict(told)


def _run_ours(folder: Path, steps: int) -> float:
    run = _open(folder, steps)
    run.measure()
    # The last step is measured and saved, which a bare script does not do.
    run.course.is_due = lambda step: False  # type: ignore[method-assign]
    begun = time.perf_counter()
    run.trainer.train()
    return run.trainer.read_tokens / (time.perf_counter() - begun)


def _run_bare(folder: Path, steps: int) -> float:
    run = _open(folder, steps)
    recipe = run.recipe
    config = LoraConfig(
        r=recipe.rank,
        lora_alpha=recipe.alpha,
        lora_dropout=recipe.dropout,
        target_modules="all-linear",
        task_type="CAUSAL_LM",
    )
    arguments = SFTConfig(
        output_dir=str(folder / "bare"),
        per_device_train_batch_size=recipe.batch,
        gradient_accumulation_steps=recipe.accumulation,
        max_steps=steps,
        learning_rate=recipe.learning_rate,
        report_to="none",
        save_strategy="no",
        use_cpu=True,
        bf16=False,
        gradient_checkpointing=recipe.gradient_checkpointing,
        max_length=recipe.max_length,
        train_sampling_strategy="sequential",
        disable_tqdm=True,
    )
    loaded = load_model(STARTER, "fp32")
    voice = get_peft_model(loaded.model, config)
    rows = run.trainer.train_dataset
    trainer = SFTTrainer(model=voice, args=arguments, train_dataset=rows, processing_class=loaded.tokenizer)
    begun = time.perf_counter()
    trainer.train()
    return int(trainer._total_train_tokens) / (time.perf_counter() - begun)


def _open(folder: Path, steps: int) -> Run:
    recipe = read_recipe(folder)
    run = Run(folder, read_order(folder), recipe, Teller(folder, first=False))
    run.open()
    order = plan_order(run._lengths, recipe.rows_per_step, steps, recipe.seed)
    run.trainer.train_dataset = run._rows.select(order)
    run.trainer.args.max_steps = steps
    return run


if __name__ == "__main__":
    main()
