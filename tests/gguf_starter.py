"""Writes the starter as a GGUF file for llama.cpp; run as a program by a Python that has numpy and gguf.

`python tests/gguf_starter.py MODEL_FOLDER FILE.gguf`. Knows the Llama shape with a byte-level BPE tokenizer alone.
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
    """Give every tensor of a bf16 safetensors file in fp32."""
    raw = file.read_bytes()
    size = struct.unpack("<Q", raw[:8])[0]
    weights = {}
    for name, entry in json.loads(raw[8 : 8 + size]).items():
        if name == "__metadata__":
            continue
        assert entry["dtype"] == "BF16", entry["dtype"]
        start, end = (8 + size + offset for offset in entry["data_offsets"])
        halves = np.frombuffer(raw[start:end], dtype="<u2").astype(np.uint32) << 16
        weights[name] = halves.view(np.float32).reshape(entry["shape"])
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
    heads = {"q_proj": config["num_attention_heads"], "k_proj": config["num_key_value_heads"]}
    for name, weight in read_weights(folder / "model.safetensors").items():
        part = next((part for part in heads if part in name), "")
        writer.add_tensor(name_of(name), np.ascontiguousarray(turn(weight, heads[part]) if part else weight))
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
    write(Path(sys.argv[1]), Path(sys.argv[2]))
