"""Opens a model folder: safetensors only, no remote code, errors told in a person's words."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
import transformers
from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig

from creative.engines.architecture import can_write_out
from creative.engines.fingerprint import list_weights, take_fingerprint
from creative.errors import DoesNotFit, ModelDamaged

Precision = Literal["nf4", "int8", "bf16", "fp32"]
MOST_CONTEXT = 32_768  # beyond this the caches outgrow the machines this is made for
_SHARE_OF_BF16 = {"nf4": 0.4, "int8": 0.6, "bf16": 1.0, "fp32": 2.0}  # embeddings stay whole
_GPU_ROOM = 500_000_000  # bytes for the driver and the step itself
_PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt")
_KNOWN_LAYERS = frozenset({"full_attention", "sliding_attention"})
_LENGTH_KEYS = ("max_position_embeddings", "n_positions", "n_ctx", "max_seq_len")


@dataclass(frozen=True)
class Loaded:
    """A model in memory, with what the engine needs to know of it."""

    model: Any
    tokenizer: Any
    context: int
    ends: frozenset[int]
    """Token ids that end a text."""
    windows: dict[str, int]
    """Attention kinds of the model's layers and how far each looks back (0: all); empty when all are alike."""
    fingerprint: str
    memory_gb: float
    folder: Path


def load_model(folder: Path, precision: Precision) -> Loaded:
    """Give the model of a local folder on the GPU if there is one, else the CPU.

    Raises ModelDamaged (missing, cut short, pickle-only or unknown files) and DoesNotFit.
    """
    fingerprint = check_files(folder)
    transformers.utils.logging.disable_progress_bar()
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        model = AutoModelForCausalLM.from_pretrained(
            folder,
            local_files_only=True,
            trust_remote_code=False,
            use_safetensors=True,
            # Without a GPU no map at all: PEFT and accelerate would hang hooks on every layer of a mapped CPU model.
            device_map={"": torch.cuda.current_device()} if _fits_gpu(folder, precision) else None,
            **_precision_options(precision),
        )
    except (torch.OutOfMemoryError, MemoryError) as err:
        raise DoesNotFit(
            f"The model in {folder.name} needs more memory than is free.",
            "Choose a smaller model, or a smaller precision such as nf4.",
        ) from err
    except (OSError, ValueError, KeyError, RuntimeError, ImportError, AttributeError, TypeError) as err:
        if "not enough memory" in str(err) or "alloc" in str(err):
            raise DoesNotFit(
                f"The model in {folder.name} needs more memory than is free.",
                "Choose a smaller model, or a smaller precision such as nf4.",
            ) from err
        raise _damaged(folder, _first_line(err)) from err
    model.eval().requires_grad_(False)
    config = model.config.get_text_config()
    return Loaded(
        model=model,
        tokenizer=tokenizer,
        context=_context(config, tokenizer, windows_known=can_write_out(model)),
        ends=_ends(model, tokenizer),
        windows=_windows(config, folder),
        fingerprint=fingerprint,
        memory_gb=model.get_memory_footprint() / 1e9,
        folder=folder,
    )


def check_files(folder: Path) -> str:
    """Give the fingerprint of a model folder whose files are whole and safe; raises ModelDamaged."""
    if not (folder / "config.json").is_file():
        raise _damaged(folder, "there is no config.json in it")
    weights = sorted(folder.glob("*.safetensors"))
    if not weights:
        pickles = [file.name for kind in _PICKLES for file in folder.glob(kind)]
        if pickles:
            raise ModelDamaged(
                f"The model in {folder.name} comes only as {pickles[0]}, a kind of file that can run code.",
                "Choose a model that is published as safetensors.",
            )
        raise _damaged(folder, "there are no weights (*.safetensors) in it")
    try:
        index = folder / "model.safetensors.index.json"
        if index.is_file():
            needed = set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
            missing = sorted(needed - {file.name for file in weights})
            if missing:
                raise _damaged(
                    folder, f"{len(missing)} of its {len(needed)} weight files are missing: {missing[0]}"
                )
        for file in weights:
            list_weights(file)
        return take_fingerprint(folder)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as err:
        raise _damaged(folder, _first_line(err)) from err


def _fits_gpu(folder: Path, precision: Precision) -> bool:
    if not torch.cuda.is_available():
        return False
    stored = sum(file.stat().st_size for file in folder.glob("*.safetensors"))
    free, _total = torch.cuda.mem_get_info()
    return stored * _SHARE_OF_BF16[precision] + _GPU_ROOM < free


def _precision_options(precision: Precision) -> dict[str, Any]:
    if precision == "nf4":
        quantized = BitsAndBytesConfig(
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_compute_dtype=torch.bfloat16,
            bnb_4bit_use_double_quant=True,
        )
        return {"quantization_config": quantized, "dtype": torch.bfloat16}
    if precision == "int8":
        return {"quantization_config": BitsAndBytesConfig(load_in_8bit=True), "dtype": torch.bfloat16}
    return {"dtype": torch.float32 if precision == "fp32" else torch.bfloat16}


def _context(config: Any, tokenizer: Any, windows_known: bool) -> int:
    lengths = [
        value for key in _LENGTH_KEYS if isinstance(value := getattr(config, key, None), int) and value > 0
    ]
    if not (windows_known or getattr(config, "layer_types", None)) and getattr(
        config, "sliding_window", None
    ):
        lengths.append(config.sliding_window)  # past its window such a model needs a cache of another kind
    return min([MOST_CONTEXT, *lengths, max(2, tokenizer.model_max_length)])


def _ends(model: Any, tokenizer: Any) -> frozenset[int]:
    found: set[int] = set()
    for end in (model.generation_config.eos_token_id, model.config.eos_token_id, tokenizer.eos_token_id):
        found.update([end] if isinstance(end, int) else end or [])
    return frozenset(found)


def _windows(config: Any, folder: Path) -> dict[str, int]:
    kinds = set(getattr(config, "layer_types", None) or [])
    if not kinds <= _KNOWN_LAYERS:
        strange = ", ".join(sorted(kinds - _KNOWN_LAYERS))
        raise ModelDamaged(
            f"The model in {folder.name} has layers that cannot be run here: {strange}.",
            "Choose a model with ordinary attention, such as one of the catalogue.",
        )
    if "sliding_attention" not in kinds:
        return {}
    return {kind: config.sliding_window if kind == "sliding_attention" else 0 for kind in kinds}


def _damaged(folder: Path, why: str) -> ModelDamaged:
    return ModelDamaged(
        f"The model in {folder.name} cannot be opened: {why}.",
        "Delete the folder and fetch the model again, or choose another model.",
    )


def _first_line(err: BaseException) -> str:
    text = str(err).strip() or type(err).__name__
    return text.splitlines()[0].rstrip(".")[:200]
