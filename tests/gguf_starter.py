"""Writes the starter, or a voice of it, as a GGUF file for llama.cpp; run by a Python that has numpy and gguf.

`python tests/gguf_starter.py MODEL_FOLDER FILE.gguf [VOICE_FOLDER]`: with a third argument the voice is written. Knows
the Llama shape with a byte-level BPE tokenizer and plain LoRA alone.
"""

from __future__ import annotations

import json
import struct
import sys
from pathlib import Path
from typing import Any

import gguf  # type: ignore[import-not-found]
import numpy as np

NAMES = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
}


def read_weights(file: Path) -> dict[str, np.ndarray]:
    """Give every tensor of a bf16 or fp32 safetensors file in fp32."""
    raw = file.read_bytes()
    size = struct.unpack("<Q", raw[:8])[0]
    weights = {}
    for name, entry in json.loads(raw[8 : 8 + size]).items():
        if name == "__metadata__":
            continue
        start, end = (8 + size + offset for offset in entry["data_offsets"])
        if entry["dtype"] == "F32":
            numbers = np.frombuffer(raw[start:end], dtype="<f4")
        else:
            assert entry["dtype"] == "BF16", entry["dtype"]
            numbers = (np.frombuffer(raw[start:end], dtype="<u2").astype(np.uint32) << 16).view(np.float32)
        weights[name] = numbers.reshape(entry["shape"])
    return weights


def name_of(name: str) -> str:
    """Give llama.cpp's name of a tensor."""
    if name == "model.embed_tokens.weight":
        return "token_embd.weight"
    if name == "model.norm.weight":
        return "output_norm.weight"
    _, _, layer, rest = name.split(".", 3)
    return f"blk.{layer}.{NAMES[rest.removesuffix('.weight')]}.weight"


def turn(weight: np.ndarray, heads: int) -> np.ndarray:
    """Interleave the two halves of each head: llama.cpp rotates neighbours, transformers halves."""
    rows = weight.shape[0]
    return weight.reshape(heads, 2, rows // heads // 2, -1).swapaxes(1, 2).reshape(weight.shape)


def write(folder: Path, place: Path) -> None:
    """Write the file."""
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    writer = gguf.GGUFWriter(str(place), "llama")
    writer.add_name("starter")
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_rope_freq_base(config["rope_parameters"]["rope_theta"])
    writer.add_rope_dimension_count(config["head_dim"])
    writer.add_vocab_size(config["vocab_size"])
    _add_tokenizer(writer, folder)
    shards = [read_weights(file) for file in sorted(folder.glob("*.safetensors"))]
    for name, weight in ((name, weight) for shard in shards for name, weight in shard.items()):
        heads = heads_of(name, config)
        writer.add_tensor(name_of(name), np.ascontiguousarray(turn(weight, heads) if heads else weight))
    _finish(writer)


def write_voice(model: Path, place: Path, voice: Path) -> None:
    """Write the file of a voice."""
    config = json.loads((model / "config.json").read_text(encoding="utf-8"))
    settings = json.loads((voice / "adapter_config.json").read_text(encoding="utf-8"))
    writer = gguf.GGUFWriter(str(place), "llama")
    writer.add_type(gguf.GGUFType.ADAPTER)
    writer.add_string(gguf.Keys.Adapter.TYPE, "lora")
    writer.add_float32(gguf.Keys.Adapter.LORA_ALPHA, float(settings["lora_alpha"]))
    for name, factor in read_weights(voice / "adapter_model.safetensors").items():
        matrix, _, side = name.removeprefix("base_model.model.").removesuffix(".weight").rpartition(".")
        heads = heads_of(name, config) if side == "lora_B" else 0
        factor = np.ascontiguousarray(turn(factor, heads) if heads else factor)
        writer.add_tensor(f"{name_of(f'{matrix}.weight')}.{side.lower()}", factor)
    _finish(writer)


def heads_of(name: str, config: dict[str, Any]) -> int:
    """Give the number of heads whose rows a matrix has, where llama.cpp wants them turned; else 0."""
    heads = {"q_proj": config["num_attention_heads"], "k_proj": config["num_key_value_heads"]}
    return next((count for part, count in heads.items() if part in name), 0)


def _finish(writer: Any) -> None:
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _add_tokenizer(writer: Any, folder: Path) -> None:
    told = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    settings = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))
    vocabulary = sorted(told["model"]["vocab"].items(), key=lambda item: item[1])
    special = {token["id"] for token in told["added_tokens"]}
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list([token for token, _ in vocabulary])
    control, normal = gguf.TokenType.CONTROL, gguf.TokenType.NORMAL
    writer.add_token_types([control if number in special else normal for _, number in vocabulary])
    writer.add_token_merges([" ".join(pair) for pair in told["model"]["merges"]])
    numbers = dict(vocabulary)
    writer.add_eos_token_id(numbers[settings["eos_token"]])
    writer.add_eot_token_id(numbers["<|im_end|>"])
    writer.add_pad_token_id(numbers[settings["pad_token"]])
    writer.add_add_bos_token(False)
    writer.add_chat_template(settings["chat_template"])


if __name__ == "__main__":
    given = [Path(argument) for argument in sys.argv[1:]]
    write_voice(*given) if len(given) == 3 else write(*given)
