"""TRL's SFTTrainer with the job's own checkpoints; after every step it says what happened and asks whether to go on."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from trl import SFTConfig, SFTTrainer

from creative.training.folder import RUNS
from creative.training.job.checkpoints import (
    load_allocation,
    load_optimizer,
    load_weights,
    place_of,
    read_chance,
    set_chance,
)
from creative.training.job.checkpoints import write_checkpoint as write_whole
from creative.training.job.head import add_text_loss, is_plain, is_small
from creative.training.recipe import Recipe

_SCHEDULES = {"cosine": "cosine", "linear": "linear", "constant": "constant_with_warmup"}


@dataclass(frozen=True)
class Step:
    """One step, as it is told."""

    step: int
    loss: float
    learning_rate: float
    tokens: int
    """Read so far by all processes of this run, prompts included."""


class NotANumber(ArithmeticError):
    """The loss is no longer a number."""

    def __init__(self, step: int, learning_rate: float) -> None:
        super().__init__(f"the loss of step {step} is not a number")
        self.step = step
        self.learning_rate = learning_rate


def make_arguments(folder: Path, recipe: Recipe, steps: int) -> SFTConfig:
    """Give the recipe in the trainer's words. Nothing is saved, evaluated or sent anywhere by itself."""
    on_gpu = torch.cuda.is_available()
    return SFTConfig(
        output_dir=str(folder / RUNS),
        per_device_train_batch_size=recipe.batch,
        gradient_accumulation_steps=recipe.accumulation,
        max_steps=steps,
        learning_rate=recipe.learning_rate,
        lr_scheduler_type=_SCHEDULES[recipe.schedule],
        warmup_steps=math.ceil(steps * recipe.warm_up),
        weight_decay=recipe.weight_decay,
        seed=recipe.seed,
        logging_steps=1,
        logging_nan_inf_filter=False,
        save_strategy="no",
        eval_strategy="no",
        report_to=["tensorboard"],
        disable_tqdm=True,
        use_cpu=not on_gpu,
        bf16=on_gpu and torch.cuda.is_bf16_supported(),
        gradient_checkpointing=recipe.gradient_checkpointing,
        # The rows come in their planned order; the trainer must not shuffle them.
        train_sampling_strategy="sequential",
        dataloader_pin_memory=on_gpu,
        packing=recipe.packing,
        dataset_kwargs={"skip_prepare_dataset": True},
    )


class VoiceTrainer(SFTTrainer):
    """Trains the voice on rows in their order; `after_step` hears of every step and may end the training."""

    def __init__(
        self, voice: Any, arguments: SFTConfig, rows: Any, tokenizer: Any, after_step: Callable[[Step], bool]
    ) -> None:
        super().__init__(model=voice, args=arguments, train_dataset=rows, processing_class=tokenizer)
        self.voice = voice
        for weights in voice.parameters():
            if weights.requires_grad:
                # SFTTrainer rounds the voice on a quantized base to bf16, where small steps are lost.
                weights.data = weights.data.float()
        self._after_step = after_step
        self._told = -1
        self.read_tokens = 0
        self._latest: dict[str, float] = {}
        self._allocates = hasattr(voice.base_model, "update_and_allocate")
        plain = voice.get_base_model()
        self._is_plain = is_plain(plain) and not voice.peft_config["default"].is_prompt_learning
        if self._is_plain:
            add_text_loss(plain)

    def compute_loss(
        self, model: Any, inputs: dict[str, Any], return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """Give the mean loss over the text's tokens of the whole step, all its batches and processes."""
        if return_outputs or not self._is_plain or not is_small(self.voice, inputs["labels"]):
            return super().compute_loss(model, inputs, return_outputs, num_items_in_batch)
        total = model(**inputs, text_loss=True)
        if num_items_in_batch is None:
            return total / (inputs["labels"][:, 1:] >= 0).sum()
        # The count is of all processes, whose gradients are averaged.
        return total / num_items_in_batch * self.accelerator.num_processes

    def training_step(self, model: Any, inputs: dict[str, Any], num_items_in_batch: Any = None) -> Any:
        """Count what is read, and take the step."""
        mask = inputs.get("attention_mask")
        self.read_tokens += inputs["input_ids"].numel() if mask is None else int(mask.sum())
        return super().training_step(model, inputs, num_items_in_batch)

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """Keep what the step was like, beside the trainer's own log."""
        self._latest = dict(logs)
        super().log(logs, start_time)

    def start_over(self, batch: int, accumulation: int) -> None:
        """Take smaller batches from now on, with as many rows in a step."""
        self.args.per_device_train_batch_size = self._train_batch_size = batch
        self.args.gradient_accumulation_steps = accumulation
        self.model.zero_grad(set_to_none=True)

    def write_checkpoint(self, folder: Path, course: dict[str, Any]) -> None:
        """Write a whole checkpoint of this step; all processes come here, the first one writes."""
        state = read_chance().to(self.args.device)
        ranks = self.accelerator.gather(state[None]).cpu()
        if self.is_world_process_zero():
            write_whole(place_of(folder, "checkpoints", self.state.global_step), self, course, ranks)

    def try_step(self, rows: list[dict[str, Any]]) -> None:
        """Take one step's work on some rows without learning from them."""
        batch = self._prepare_inputs(self.data_collator(rows))
        self.current_gradient_accumulation_steps = 1
        with self.accelerator.autocast():
            self.training_step(self.model, batch)
        self.model.zero_grad(set_to_none=True)
        self._metrics["train"].clear()
        self.read_tokens = 0

    def _maybe_log_save_evaluate(self, *args: Any, **kwargs: Any) -> None:
        super()._maybe_log_save_evaluate(*args, **kwargs)
        step = self.state.global_step
        if step == self._told:
            return  # the trainer asks once more at the end of a pass
        self._told = step
        loss = self._latest["loss"]
        if not math.isfinite(loss):
            raise NotANumber(step, self._latest["learning_rate"])
        read = self.read_tokens * self.accelerator.num_processes
        told = Step(step, loss, self._latest["learning_rate"], read)
        if self._after_step(told):
            self.control.should_training_stop = True

    def _clip_grad_norm(self, model: Any) -> Any:
        norm = super()._clip_grad_norm(model)
        if self._allocates:
            # AdaLoRA moves its rank between the layers by these gradients, which are gone after the step.
            self.voice.base_model.update_and_allocate(self.state.global_step)
        return norm

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: Any = None) -> None:
        load_weights(Path(resume_from_checkpoint), self.voice)
        load_allocation(Path(resume_from_checkpoint), self.voice)

    def _load_optimizer_and_scheduler(self, checkpoint: str | None) -> None:
        if checkpoint is not None:
            load_optimizer(Path(checkpoint), self)

    def _load_rng_state(self, checkpoint: str | None) -> None:
        if checkpoint is None:
            return
        from safetensors.torch import load_file

        ranks = load_file(Path(checkpoint) / "chance.safetensors")["ranks"]
        set_chance(ranks[min(self.args.process_index, len(ranks) - 1)])
