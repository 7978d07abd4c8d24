"""The training loop of the recipe: warm-up, a constant rate, then a linear fall to zero; it resumes where it was ended.

It knows nothing of what is trained on: a batch is (token ids, labels, trust), label -100 where no loss is taken.
A file STOP in the run's folder begins the fall early, so a run cut short still ends well. With --until the fall goes by
the clock, so that it reaches zero at that time however busy the machine is. A terminated run (SIGTERM) saves first.
Under torchrun every process draws batches of its own, and a step is one on all of them together.
With teachers (`teachers.py`) the loss is taken against what they say of the same text, as far as `trust` (0 to 1) goes
for each label; without trust they are believed.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import distributed
from torch.nn import functional
from transformers import AutoTokenizer, LlamaForCausalLM

from creative.starter.recipe.fp32_muon import use_fp32
from creative.starter.recipe.teachers import Teachers, multiplies_bf16, taught_loss
from creative.starter.recipe.widen import NEW, plain, widen

Batch = tuple[np.ndarray, np.ndarray] | tuple[np.ndarray, np.ndarray, np.ndarray]
MakeBatch = Callable[[np.random.Generator], Batch]
Evaluate = Callable[[LlamaForCausalLM], dict[str, float]]

SAVE_EVERY_S = 300
EVALUATE_EVERY_S = 1200
TEXT_ROUND = 20
"""Steps between two lines of the log."""


@dataclass(frozen=True)
class Read:
    """A batch as the model has read it, which a loss is taken of."""

    ids: torch.Tensor
    """Rows x width."""
    hidden: torch.Tensor
    """Last hidden states, rows x width - 1 x size."""
    targets: torch.Tensor
    """The labels of the next tokens, rows x width - 1."""
    counted: torch.Tensor
    """Where a loss is taken, rows x width - 1."""
    trusted: torch.Tensor | None
    """How far teachers are trusted at each counted place; None is wholly."""

    @property
    def plain(self) -> torch.Tensor:
        """Which rows are plain text: only there every token is learned; before an answer stands a brief."""
        return self.counted.all(dim=1)


@dataclass(frozen=True)
class Plan:
    """How long and how fast one run trains, and where it is kept."""

    folder: Path
    start_from: Path
    steps: int
    decay_steps: int
    until: dt.datetime | None = None
    decay_minutes: float = 25
    """Length of the fall of a run that ends at a time of day."""
    warmup_steps: int = 50
    matrix_rate: float = 0.01
    other_rate: float = 1e-3
    new_units: int = 0
    """Units put beside the MLP of every layer before the first step."""
    new_rate: float = 0.01
    """Rate of the new units' matrices."""
    teachers: tuple[Path, ...] = ()
    """Models to learn from; the first one knows the forms."""
    threads: int = 2
    seed: int = 0
    compiled: bool = True
    """Compiling takes a minute and a C++ compiler, and saves about a quarter of every step."""


def read_plan(parser: argparse.ArgumentParser) -> tuple[argparse.Namespace, Plan]:
    """Add the loop's own options to a command's, and read them all."""
    parser.add_argument(
        "--run", type=Path, required=True, help="folder of the run; an interrupted run goes on"
    )
    parser.add_argument("--start-from", type=Path, required=True, help="model folder to start from")
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--decay-steps", type=int, default=300)
    parser.add_argument("--until", help="HH:MM at which the run should be over")
    parser.add_argument("--decay-minutes", type=float, default=25)
    parser.add_argument("--matrix-rate", type=float, default=0.01)
    parser.add_argument("--other-rate", type=float, default=1e-3)
    parser.add_argument("--new-units", type=int, default=0, help="units put beside every layer's MLP first")
    parser.add_argument("--new-rate", type=float, default=0.01, help="rate of the new units' matrices")
    parser.add_argument(
        "--teachers", type=Path, nargs="+", default=[], help="models to learn from; the first knows the forms"
    )
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0, help="which text is drawn, and in which order")
    parser.add_argument("--eager", action="store_true", help="do not compile")
    o = parser.parse_args()
    return o, Plan(
        o.run,
        o.start_from,
        o.steps,
        o.decay_steps,
        next_time(o.until, dt.datetime.now()) if o.until else None,
        decay_minutes=o.decay_minutes,
        matrix_rate=o.matrix_rate,
        other_rate=o.other_rate,
        new_units=o.new_units,
        new_rate=o.new_rate,
        teachers=tuple(o.teachers),
        threads=o.threads,
        seed=o.seed,
        compiled=not o.eager,
    )


def next_time(clock: str, now: dt.datetime) -> dt.datetime:
    """Give the time HH:MM nearest to now: just past for a run that has ended, after midnight for one that begins."""
    hour, minute = map(int, clock.split(":"))
    days = (now + dt.timedelta(days=away) for away in (-1, 0, 1))
    times = (day.replace(hour=hour, minute=minute, second=0, microsecond=0) for day in days)
    return min(times, key=lambda time: abs(time - now))


class Run:
    """One training run in one folder."""

    def __init__(self, plan: Plan) -> None:
        torch.set_num_threads(plan.threads)
        torch.manual_seed(0)
        # A student and its teachers run the same code, each at several lengths; past the limit torch compiles no more.
        torch._dynamo.config.recompile_limit = 64
        self.plan = plan
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        if not multiplies_bf16(self.device):
            use_fp32()
        self.processes, self.rank = _join_the_others()
        plan.folder.mkdir(parents=True, exist_ok=True)
        if self.rank == 0:
            (plan.folder / "pid").write_text(str(os.getpid()))
        self.model = LlamaForCausalLM.from_pretrained(plan.start_from, dtype=torch.float32).to(self.device)
        if plan.new_units:
            widen(self.model, plan.new_units)
        self.tokenizer = AutoTokenizer.from_pretrained(plan.start_from)
        self.optimizers = self._make_optimizers()
        self.rng = np.random.default_rng([plan.seed, self.rank])
        self.step = self.tokens = 0
        self.left = 1.0
        self.elapsed_s = 0.0
        self.decay_from = plan.steps - plan.decay_steps
        self.body = torch.compile(self.model.model, dynamic=False) if plan.compiled else self.model.model
        self.head = torch.compile(_head_loss, dynamic=True) if plan.compiled else _head_loss
        self.taught = torch.compile(taught_loss, dynamic=True) if plan.compiled else taught_loss
        self.teachers = Teachers(plan.teachers, self.device, plan.compiled) if plan.teachers else None
        self._resume()

    def train(self, make_batch: MakeBatch, evaluate: Evaluate) -> None:
        """Train to the end of the plan; the finished weights lie in the run's folder, under model/."""
        smooth, last_save, last_evaluation = None, time.time(), time.time()
        asked_to_end = threading.Event()
        signal.signal(signal.SIGTERM, lambda *_: asked_to_end.set())
        while self._goes_on(asked_to_end.is_set()):
            began = time.time()
            loss = self._train_step(make_batch(self.rng))
            smooth = loss if smooth is None else 0.98 * smooth + 0.02 * loss
            # Longer gaps are pauses (a stopped process), not work.
            self.elapsed_s += min(time.time() - began, 30)
            if self.step % TEXT_ROUND == 0:
                self._log(
                    step=self.step, tokens=self.tokens, loss=round(smooth, 4), rate=round(self._rate(), 3)
                )
            if self.rank == 0 and time.time() - last_save > SAVE_EVERY_S:
                self._save()
                last_save = time.time()
            if self.rank == 0 and time.time() - last_evaluation > EVALUATE_EVERY_S:
                self._log(step=self.step, held_out=evaluate(self.model))
                last_evaluation = time.time()
            self._look_for_the_end()
        if self.rank > 0:
            return
        self._save()
        if asked_to_end.is_set():
            return
        self._log(
            step=self.step, tokens=self.tokens, elapsed_s=round(self.elapsed_s), held_out=evaluate(self.model)
        )

    def _make_optimizers(self) -> list[tuple[torch.optim.Optimizer, float]]:
        matrices: list[torch.Tensor] = []
        new: list[torch.Tensor] = []
        others: list[torch.Tensor] = []
        for name, weight in self.model.named_parameters():
            if weight.ndim == 2 and "embed" not in name:
                (new if NEW in name else matrices).append(weight)
            else:
                others.append(weight)
        adam = torch.optim.AdamW(
            others, lr=self.plan.other_rate, betas=(0.9, 0.95), weight_decay=0.0, fused=True
        )
        muons = [
            (torch.optim.Muon(weights, lr=rate, weight_decay=0.05, momentum=0.95), rate)
            for weights, rate in ((matrices, self.plan.matrix_rate), (new, self.plan.new_rate))
            if weights
        ]
        return [*muons, (adam, self.plan.other_rate)]

    def _rate(self) -> float:
        return min(1.0, (self.step + 1) / self.plan.warmup_steps, max(0.0, self.left))

    def _goes_on(self, asked_to_end: bool) -> bool:
        """Whether there is a next step; the first process decides, and how far the rate has fallen, for all."""
        state = torch.tensor([self._fall(), float(asked_to_end)], dtype=torch.float64)
        if self.processes > 1:
            distributed.broadcast(state, 0)
        self.left = float(state[0])
        return self.left > 0 and not state[1]

    def _fall(self) -> float:
        """What is left of the rate: above one before the fall, zero at its end."""
        fall = 1.0 - (self.step - self.decay_from) / self.plan.decay_steps
        if self.plan.until is None:
            return fall
        left_s = (self.plan.until - dt.datetime.now()).total_seconds()
        return min(fall, left_s / (60 * self.plan.decay_minutes))

    def _train_step(self, batch: Batch) -> float:
        for optimizer, full in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = full * self._rate()
        ids, labels, *trust = (torch.from_numpy(part).to(self.device) for part in batch)
        with torch.autocast(self.device, dtype=torch.bfloat16, enabled=multiplies_bf16(self.device)):
            hidden = self.body(input_ids=ids, use_cache=False).last_hidden_state[:, :-1]
            targets = labels[:, 1:]
            counted = targets != -100
            trusted = trust[0][:, 1:][counted] if trust else None
            loss = self._loss(Read(ids, hidden, targets, counted, trusted))
        loss.backward()
        self._share_gradients()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        for optimizer, _ in self.optimizers:
            optimizer.step()
        self.model.zero_grad(set_to_none=True)
        self.step += 1
        self.tokens += ids.numel() * self.processes
        return loss.item()

    def _loss(self, read: Read) -> torch.Tensor:
        weight = self.model.lm_head.weight
        learned, targets = read.hidden[read.counted], read.targets[read.counted]
        if self.teachers is None:
            return self.head(learned, weight, targets)
        told = self.teachers.ask(read.ids, read.counted, read.plain)
        trusted = torch.ones_like(targets, dtype=torch.float32) if read.trusted is None else read.trusted
        return self.taught(learned, weight, targets, told, trusted)

    def _share_gradients(self) -> None:
        if self.processes == 1:
            return
        gradients = [weight.grad for weight in self.model.parameters() if weight.grad is not None]
        flat = torch.cat([gradient.flatten() for gradient in gradients])
        distributed.all_reduce(flat)
        parts = (flat / self.processes).split([gradient.numel() for gradient in gradients])
        for gradient, part in zip(gradients, parts, strict=True):
            gradient.copy_(part.view_as(gradient))

    def _look_for_the_end(self) -> None:
        if self.step < self.decay_from and (self.plan.folder / "STOP").exists():
            self.decay_from = self.step
            self._log(step=self.step, decay_from=self.step)

    def _log(self, **facts: object) -> None:
        line = json.dumps({"time": f"{dt.datetime.now():%H:%M:%S}"} | facts)
        if self.rank > 0:
            return
        print(line, flush=True)
        with (self.plan.folder / "log.jsonl").open("a") as log:
            log.write(line + "\n")

    def _save(self) -> None:
        state = {
            "model": self.model.state_dict(),
            "optimizers": [o.state_dict() for o, _ in self.optimizers],
            "step": self.step,
            "tokens": self.tokens,
            "elapsed_s": self.elapsed_s,
            "decay_from": self.decay_from if self.step >= self.decay_from else None,
            "rng": json.dumps(self.rng.bit_generator.state),
        }
        unfinished = self.plan.folder / "checkpoint.part"
        torch.save(state, unfinished)
        unfinished.rename(self.plan.folder / "checkpoint.pt")
        save_weights(plain(self.model), self.tokenizer, self.plan.folder / "model")

    def _resume(self) -> None:
        path = self.plan.folder / "checkpoint.pt"
        if not path.exists():
            return
        state = torch.load(path, map_location=self.device, weights_only=True)
        self.model.load_state_dict(state["model"])
        for (optimizer, _), saved in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        self.step, self.tokens, self.elapsed_s = state["step"], state["tokens"], state["elapsed_s"]
        self.decay_from = state["decay_from"] or self.decay_from
        if self.rank == 0:
            self.rng.bit_generator.state = json.loads(state["rng"])
        else:
            self.rng = np.random.default_rng([self.plan.seed, self.rank, self.step])


def _join_the_others() -> tuple[int, int]:
    """The number of processes torchrun started, and which of them this is; 1 and 0 without it."""
    processes = int(os.environ.get("WORLD_SIZE", "1"))
    if processes > 1:
        distributed.init_process_group("gloo")
    return processes, int(os.environ.get("RANK", "0"))


def save_weights(model: LlamaForCausalLM, tokenizer: object, folder: Path) -> None:
    """Write the model in bf16 beside the folder, then put it in the folder's place file by file."""
    part = folder.with_name(folder.name + ".part")
    copy = LlamaForCausalLM(model.config)
    copy.load_state_dict(model.state_dict())
    copy.generation_config = model.generation_config
    copy.to(torch.bfloat16).save_pretrained(part, max_shard_size="15MB")
    tokenizer.save_pretrained(part)  # type: ignore[attr-defined]
    folder.mkdir(exist_ok=True)
    for file in part.iterdir():
        file.replace(folder / file.name)
    part.rmdir()


def _head_loss(hidden: torch.Tensor, weight: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    return functional.cross_entropy((hidden @ weight.T).float(), targets)
