"""One training from its folder to the shelf: the phases in their order, and what happens between two steps."""

from __future__ import annotations

import gc
import os
import shutil
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from accelerate import PartialState
from transformers import set_seed

from creative.engines.loading import Loaded
from creative.errors import DoesNotFit, JobFailed, NotEnoughText
from creative.evaluation.perplexity import HeldOutLoss, Row, measure_loss
from creative.training import folder as names
from creative.training import sizing
from creative.training.folder import JobOrder, read_examples
from creative.training.job import checkpoints
from creative.training.job.course import Course
from creative.training.job.opening import Plan, add_voice, choose_precision, open_base
from creative.training.job.pages import count_steps, make_rows, plan_order, to_dataset
from creative.training.job.preflight import (
    is_out_of_memory,
    measure_free_gb,
    measure_memory_gb,
    run_trial,
    try_saving,
)
from creative.training.job.samples import write_samples
from creative.training.job.telling import Clock, Teller
from creative.training.job.trainer import NotANumber, Step, VoiceTrainer, make_arguments
from creative.training.recipe import Recipe

SAVE_EVERY_S = 300.0
"""Most seconds of work that a killed process loses."""
CARD_TOKENS = 80
"""Length of a sample card."""


@dataclass(frozen=True)
class Outcome:
    """How the training went, once there are no more steps."""

    kept_step: int
    """0: no step is better than the base."""
    early: str = ""
    """Why it ended before its last step; empty when it did not."""
    asked: bool = False
    """Whether a person stopped it."""


class Run:
    """The training of one folder in one process."""

    def __init__(self, folder: Path, order: JobOrder, recipe: Recipe, teller: Teller) -> None:
        self.folder = folder
        self.order = order
        self.recipe = recipe
        self.teller = teller
        self.state = PartialState(cpu=not torch.cuda.is_available())
        self.loaded: Loaded
        self.voice: Any
        self.held_out: list[Row] = []
        self.trainer: VoiceTrainer
        self._saved_at = time.monotonic()
        self._early = ""
        self._asked = False
        self._resumed: int | None = None

    def open(self) -> None:
        """Open the base, lay the voice on it and make the rows. Raises the errors of a person's kind."""
        if self.state.is_main_process:
            self._resumed = checkpoints.find_newest(self.folder)
            if self._resumed is None:
                shutil.rmtree(self.folder / names.WEIGHTS, ignore_errors=True)
        self._resumed = self._agree(self._resumed)
        self.teller.tell(
            "started", pid=os.getpid(), pid_started=round(time.time(), 3), resumed_from=self._resumed
        )
        self.teller.tell("phase", name="opening")
        noted = self._read_note()
        self.recipe = replace(self.recipe, **noted.get("batches", {}))
        self.loaded = open_base(self.order, self.recipe)
        longest = self._make_rows()
        self._check_sizes(longest)
        steps = self._plan_steps()
        per_epoch = len(self._rows) / self._rows_per_step
        self.course = Course(steps, per_epoch, self.recipe.evaluations_per_epoch, self.recipe.patience)
        if noted:
            self.course.restore(noted["course"])
        self.voice = add_voice(self.loaded, self.recipe, Plan(steps, self.order.base.model))
        arguments = make_arguments(self.folder, self.recipe, steps)
        order = plan_order(self._lengths, self._rows_per_step, steps, self.recipe.seed)
        self.trainer = VoiceTrainer(
            self.voice, arguments, self._rows.select(order), self.loaded.tokenizer, self._after_step
        )

    def measure(self) -> None:
        """Make the trial and tell its numbers."""
        self.teller.tell("phase", name="measuring")
        longest = sorted(range(len(self._lengths)), key=lambda place: -self._lengths[place])
        trial = run_trial(self.trainer, self._rows, longest, self._shrink)
        saved_mb = try_saving(self.folder, self.voice) if self.state.is_main_process else 0.0
        self.clock = Clock(trial.step_s)
        needs, free_gb, disk_gb, disk_free_gb = self._sizes
        self.teller.tell(
            "preflight",
            memory={
                "model_gb": round(needs.model_gb, 3),
                "optimiser_gb": round(needs.optimiser_gb, 3),
                "activations_gb": round(needs.activations_gb, 3),
                "needed_gb": round(needs.needed_gb, 3),
                "measured_gb": round(trial.peak_gb, 3),
                "free_gb": round(free_gb, 2),
                "where": "gpu" if torch.cuda.is_available() else "cpu",
            },
            disk={"needed_gb": round(disk_gb, 3), "free_gb": round(disk_free_gb, 2)},
            time={"step_s": round(trial.step_s, 3), "total_s": round(trial.step_s * self.course.steps, 1)},
            trial_save_mb=round(saved_mb, 2),
        )

    def train(self) -> Outcome:
        """Learn from the pages until the course is over, a person stops it, or the loss is no number."""
        if not self.course.losses:
            self._evaluate(0)
        set_seed(self.recipe.seed)
        self.teller.tell("phase", name="training")
        resume = self._resumed
        while True:
            try:
                self._train_from(resume)
                break
            except NotANumber as err:
                self._early = (
                    f"The loss stopped being a number at step {err.step} of {self.course.steps}"
                    f" (learning rate {err.learning_rate:.2g})."
                )
                if not self.course.learned:
                    raise JobFailed(self._early, "Start again with a smaller learning rate.") from err
                break
            except (torch.OutOfMemoryError, MemoryError, RuntimeError) as err:
                if not is_out_of_memory(err) or self.state.num_processes > 1:
                    raise
                resume = self._save() if self.trainer.state.global_step else None
            # Outside of the handler, so that the error no longer holds the step's tensors.
            self._shrink()
        return Outcome(self.course.best or 0, self._early, self._asked)

    def close(self) -> None:
        """Free what training took, so that the comparison has room."""
        del self.trainer
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()

    def write_cards(self) -> list[str]:
        """Give the texts of the sample prompts by the voice as it stands."""
        return write_samples(self.voice, self.loaded, self.order.prompts, CARD_TOKENS)

    def _train_from(self, step: int | None) -> None:
        place = str(checkpoints.place_of(self.folder, names.CHECKPOINTS, step)) if step else None
        if step == self.course.steps:
            return  # killed after its last step
        self.trainer.train(resume_from_checkpoint=place)

    def _make_rows(self) -> int:
        """Read the pages and give the length of the longest row."""
        most = min(self.recipe.max_length, self.loaded.context)
        rows = make_rows(self.loaded, read_examples(self.folder / names.TRAIN), most)
        self.held_out = make_rows(self.loaded, read_examples(self.folder / names.HELD_OUT), most)
        if not rows or not self.held_out:
            raise NotEnoughText(
                f"Of the pages, {len(rows)} passages to learn from and {len(self.held_out)} held out fit"
                f" a length of {most} tokens.",
                "Raise the length, or add more pages.",
            )
        packing = self.recipe.packing
        if self.recipe.method == "prefix" and (packing or self.recipe.gradient_checkpointing):
            self.recipe = replace(self.recipe, packing=False, gradient_checkpointing=False)
            self.teller.tell(
                "notice", message="Prefix tuning takes no packing and no gradient checkpointing: both off."
            )
        self._rows = to_dataset(rows, most if self.recipe.packing else 0)
        self._lengths = [len(ids) for ids in self._rows["input_ids"]]
        return max(self._lengths)

    def _check_sizes(self, longest: int) -> None:
        build = sizing.read_build(self.loaded.folder)
        precision = choose_precision(self.order, self.recipe)
        free_gb = measure_free_gb()
        needs = sizing.check_memory(build, self.recipe, precision, longest, free_gb, loaded=True)
        weights = sizing.count_weights(build, self.recipe)
        measurements = round(self.recipe.epochs * self.recipe.evaluations_per_epoch) + 1
        disk_gb = sizing.disk_gb(weights, self.recipe, measurements)
        disk_free_gb = shutil.disk_usage(self.folder).free / 1e9
        sizing.check_disk(disk_gb, disk_free_gb)
        self._sizes = (needs, free_gb, disk_gb, disk_free_gb)

    @property
    def _rows_per_step(self) -> int:
        return self.recipe.rows_per_step * self.state.num_processes

    def _plan_steps(self) -> int:
        return count_steps(len(self._rows), self.recipe.epochs, self._rows_per_step)

    def _shrink(self) -> None:
        """Halve the batch and double the accumulation; raises `DoesNotFit` when it is one row already."""
        batch = self.recipe.batch
        if batch == 1:
            raise DoesNotFit(
                "Memory ran out although only one passage is read at a time.",
                "Choose gradient checkpointing, a shorter length, nf4, or a smaller model.",
            )
        rows = self.recipe.rows_per_step
        smaller = max(size for size in range(1, batch // 2 + 1) if rows % size == 0)
        # Past the recipe's own range where it must be: the rows of a step stay the same.
        self.recipe = _with_batches(self.recipe, smaller, rows // smaller)
        self.trainer.start_over(self.recipe.batch, self.recipe.accumulation)
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        self.teller.tell(
            "notice",
            message=f"Memory ran out with {batch} passages at a time; it goes on with {smaller}"
            f" and {self.recipe.accumulation} batches to a step.",
        )

    def _after_step(self, step: Step) -> bool:
        """Tell of a step, measure and save where it is time; True ends the training."""
        self.clock.take(step)
        self._tell_step(step)
        due = self.course.is_due(step.step)
        stop, save = self._agree((self._is_asked_to_stop(), time.monotonic() - self._saved_at > SAVE_EVERY_S))
        if due or stop:
            self._evaluate(step.step, cards=due)
        if due or stop or save:
            self._save()
        over = due and self.course.is_over() and step.step < self.course.steps
        if stop:
            self._asked = True
            self._early = f"It was stopped at step {step.step} of {self.course.steps}."
        elif over:
            self._early = (
                f"It stopped by itself at step {step.step} of {self.course.steps}:"
                f" the held-out pages had been best at step {self.course.best}."
            )
        if due and not (stop or over):
            self.teller.tell("phase", name="training")
        return stop or over

    def _tell_step(self, step: Step) -> None:
        self.teller.tell(
            "step",
            step=step.step,
            total=self.course.steps,
            epoch=round(step.step / self.course.steps_per_epoch, 3),
            epochs=self.recipe.epochs,
            loss=round(step.loss, 6),
            learning_rate=step.learning_rate,
            tokens_per_s=self.clock.tokens_per_s,
            eta_s=self.clock.eta_s(self.course.steps - step.step, self.course.left(step.step)),
            memory_gb=round(measure_memory_gb(), 2),
        )

    def _is_asked_to_stop(self) -> bool:
        return (self.folder / names.STOP).exists()

    def _evaluate(self, step: int, cards: bool = True) -> None:
        """Measure the held-out pages, keep the voice of this step, and write the cards."""
        began = time.monotonic()
        self.teller.tell("phase", name="evaluating")
        loss = self.measure_held_out(self.voice, adapter=step > 0).loss
        kept = self.course.add(step, loss)
        if step and self.state.is_main_process:
            checkpoints.write_voice(checkpoints.place_of(self.folder, names.WEIGHTS, step), self.voice)
        epoch = round(step / self.course.steps_per_epoch, 3)
        self.teller.tell("evaluation", step=step, epoch=epoch, held_out_loss=round(loss, 6), kept=kept)
        if cards and self.order.prompts and self.state.is_main_process:
            plain = step == 0
            texts = write_samples(self.voice, self.loaded, self.order.prompts, CARD_TOKENS, plain)
            written = [
                {"title": prompt.title, "seed": prompt.seed, "text": text}
                for prompt, text in zip(self.order.prompts, texts, strict=True)
            ]
            self.teller.tell("samples", step=step, cards=written)
        self.clock.pause(began)

    def measure_held_out(self, model: Any, adapter: bool = True) -> HeldOutLoss:
        """Give the loss on the held-out pages, each process taking its share of them."""
        mine = self.held_out[self.state.process_index :: self.state.num_processes]
        found = measure_loss(model, mine, adapter) if mine else HeldOutLoss(0.0, 0)
        if self.state.num_processes == 1:
            return found
        sums = torch.tensor(
            [found.loss * found.tokens, found.tokens], dtype=torch.float64, device=self.state.device
        )
        torch.distributed.all_reduce(sums)
        return HeldOutLoss(float(sums[0] / sums[1]), int(sums[1]))

    def _save(self) -> int:
        """Write a whole checkpoint and give its step. Raises `StorageFull`."""
        batches = {"batch": self.recipe.batch, "accumulation": self.recipe.accumulation}
        self.trainer.write_checkpoint(self.folder, {"course": self.course.to_json(), "batches": batches})
        if self.state.is_main_process:
            checkpoints.drop_older(self.folder, self.recipe.keep_checkpoints)
        self._saved_at = time.monotonic()
        return int(self.trainer.state.global_step)

    def _read_note(self) -> dict[str, Any]:
        if self._resumed is None:
            return {}
        return checkpoints.read_course(checkpoints.place_of(self.folder, names.CHECKPOINTS, self._resumed))

    def _agree(self, value: Any) -> Any:
        """Give what the first process says, in all of them."""
        if self.state.num_processes == 1:
            return value
        told = [value]
        torch.distributed.broadcast_object_list(told, src=0)
        return told[0]


def _with_batches(recipe: Recipe, batch: int, accumulation: int) -> Recipe:
    values = asdict(recipe) | {"batch": batch, "accumulation": min(accumulation, 128)}  # type: ignore[call-overload]
    return Recipe(**values)


def held_out_prompts(examples: Sequence[Any], most: int) -> list[names.SamplePrompt]:
    """Give prompts of the held-out pages for the comparison, spread over them, each with a seed of its own."""
    every = max(1, len(examples) // most)
    chosen = list(examples)[::every][:most]
    return [names.SamplePrompt(one.source, one.prompt, seed) for seed, one in enumerate(chosen, start=1)]
