"""Whether a voice belongs to a model: by fingerprint, by name, and by the sizes in the files' headers."""

from __future__ import annotations

import re
from pathlib import Path

from creative.adapters.tensors import VOCABULARY, find_foreign
from creative.adapters.voice import CONFIG, WEIGHTS, Shapes, Voice, read_object, read_shapes
from creative.errors import AdapterMismatch

_LORA = re.compile(r"(?:base_model\.model\.)?(?P<module>.+)\.lora_(?:embedding_)?(?P<side>[AB])(?:\.weight)?")


def check_rank(voice: Voice) -> None:
    """Raise `AdapterMismatch` when the weights have another rank than the voice's settings say."""
    config = read_object(voice.folder / CONFIG)
    if voice.method in {"prefix tuning", "AdaLoRA"} or config.get("rank_pattern"):
        return  # Their ranks differ from layer to layer.
    for name, shape in read_shapes(voice.folder / WEIGHTS).items():
        found = _LORA.fullmatch(name)
        if found and shape:
            rank = shape[0] if found["side"] == "A" else shape[-1]
            if rank != voice.rank:
                raise AdapterMismatch(
                    f"The voice {voice.title} says rank {voice.rank}, but its weights have rank {rank}.",
                    "Its files do not belong together: copy its folder again or train it anew.",
                )


def check_parts(voice: Voice) -> None:
    """Raise `AdapterMismatch` when the voice brings whole layers: loaded, they would change the model for everyone."""
    foreign = find_foreign(read_shapes(voice.folder / WEIGHTS))
    if foreign:
        raise AdapterMismatch(
            f"The voice {voice.title} would replace parts of the model itself, such as {foreign[0]}.",
            "Save it again without them (modules_to_save, bias and save_embedding_layers off), or train it anew.",
        )


def same_name(one: str, other: str) -> bool:
    """Tell whether two names mean one model; a folder and a hub id are compared by their last part."""
    return one.rsplit("/", 1)[-1].casefold() == other.rsplit("/", 1)[-1].casefold()


def check_sizes(voice: Voice, model: str, model_folder: Path) -> None:
    """Raise `AdapterMismatch` when the voice's layers are not those of the model in this folder."""
    shapes: Shapes = {}
    for file in sorted(model_folder.glob("*.safetensors")):
        shapes.update(read_shapes(file))
    # A model's files may leave the first name out ("h.0..." for "transformer.h.0...").
    base = {name.removesuffix(".weight"): shape for name, shape in shapes.items()}
    sides: dict[str, dict[str, tuple[int, ...]]] = {}
    for name, shape in read_shapes(voice.folder / WEIGHTS).items():
        found = _LORA.fullmatch(name)
        if found:
            sides.setdefault(found["module"], {})[found["side"]] = shape
    kinds = {re.sub(r"\.\d+\.", ".#.", name) for name in base}
    known = 0
    for module, pair in sides.items():
        if VOCABULARY.search(module):
            known += 1  # told in tokens below; a model may have one matrix for both ends of it
            continue
        weight = _find(base, module)
        if weight is None:
            if any(_ends(re.sub(r"\.\d+\.", ".#.", module), kind) for kind in kinds):
                raise _other(voice, model, f"it changes {module}, which this model does not have")
            continue
        known += 1
        if {"A", "B"} <= set(pair) and len(pair["A"]) == len(pair["B"]) == 2:
            made_for = (pair["B"][0], pair["A"][1])
            # GPT-2 keeps its matrices the other way round.
            if made_for not in (weight[:2], weight[1::-1]):
                sizes = f"{made_for[0]} x {made_for[1]}, here it has {' x '.join(map(str, weight))}"
                raise _other(voice, model, f"it was made for a {module} of {sizes}")
    if sides and not known:
        raise _other(voice, model, "none of the layers it changes are in this model")
    _check_vocabulary(voice, model, base)
    _check_prefix(voice, model, model_folder)


def _check_vocabulary(voice: Voice, model: str, base: Shapes) -> None:
    tokens = next((shape[0] for name, shape in base.items() if VOCABULARY.search(name)), 0)
    for name, shape in read_shapes(voice.folder / WEIGHTS).items():
        module = re.sub(
            r"(?:\.base_layer)?\.(?:weight|lora_embedding_[AB]|lora_[AB](?:\.weight)?)$", "", name
        )
        if not tokens or not VOCABULARY.search(module) or len(shape) != 2:
            continue
        if name.endswith(("lora_embedding_B", "lora_A.weight", "lora_A")):
            continue  # the side that knows the width only
        theirs = shape[1] if name.endswith("lora_embedding_A") else shape[0]
        if theirs != tokens:
            raise _other(
                voice, model, f"it was made for a vocabulary of {theirs:,} tokens, this model has {tokens:,}"
            )


def _check_prefix(voice: Voice, model: str, model_folder: Path) -> None:
    prefix = read_shapes(voice.folder / WEIGHTS).get("prompt_embeddings")
    config = read_object(model_folder / "config.json")
    heads = config.get("num_key_value_heads") or config.get("num_attention_heads") or config.get("n_head")
    width, layers = config.get("hidden_size"), config.get("num_hidden_layers")
    all_heads = config.get("num_attention_heads")
    if not prefix or not (heads and width and layers and all_heads):
        return
    needed = 2 * layers * heads * (config.get("head_dim") or width // all_heads)
    if prefix[-1] != needed:
        raise _other(
            voice, model, f"its prefix has {prefix[-1]:,} values a token, this model takes {needed:,}"
        )


def _find(base: Shapes, module: str) -> tuple[int, ...] | None:
    if module in base:
        return base[module]
    return next((shape for name, shape in base.items() if _ends(module, name)), None)


def _ends(one: str, other: str) -> bool:
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")


def _other(voice: Voice, model: str, why: str) -> AdapterMismatch:
    return AdapterMismatch(
        f"The voice {voice.title} does not belong to {model}: {why}.",
        "Choose the model it was trained on, or another voice.",
    )
