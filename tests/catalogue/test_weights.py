"""Looking at model folders as they come: whole, cut short, incomplete, unsafe."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest
from safetensors import safe_open

from creative.catalogue.weights import INDEX, WEIGHTS, folder_title, measure
from creative.errors import ModelDamaged


def change_config(model: Path, **changes: object) -> None:
    config = json.loads((model / "config.json").read_text())
    (model / "config.json").write_text(json.dumps({**config, **changes}))


def split(model: Path) -> list[str]:
    """Make two shards and an index of the model's one file."""
    content = (model / WEIGHTS).read_bytes()
    length = struct.unpack("<Q", content[:8])[0]
    header = json.loads(content[8 : 8 + length])
    header.pop("__metadata__", None)
    names, weight_map = sorted(header), {}
    for part, chosen in enumerate((names[::2], names[1::2])):
        entries, data = {}, b""
        for name in chosen:
            start, end = header[name]["data_offsets"]
            piece = content[8 + length + start : 8 + length + end]
            entries[name] = {**header[name], "data_offsets": [len(data), len(data) + len(piece)]}
            data += piece
            weight_map[name] = f"model-{part}.safetensors"
        head = json.dumps(entries).encode()
        (model / f"model-{part}.safetensors").write_bytes(struct.pack("<Q", len(head)) + head + data)
    (model / WEIGHTS).unlink()
    (model / INDEX).write_text(json.dumps({"weight_map": weight_map}))
    return names


def test_what_is_measured_is_what_is_in_the_files(model: Path) -> None:
    with safe_open(model / WEIGHTS, "np") as file:
        shapes = [file.get_slice(name).get_shape() for name in file.keys()]  # noqa: SIM118
    size = measure(model)
    parameters = 0
    for shape in shapes:
        count = 1
        for number in shape:
            count *= number
        parameters += count
    config = json.loads((model / "config.json").read_text())
    assert size.parameters == parameters
    assert size.bytes == (model / WEIGHTS).stat().st_size
    assert size.context == config["max_position_embeddings"]
    assert (size.architecture, size.chat) == ("LlamaForCausalLM", True)
    assert size.shape.kept_b is not None
    assert size.shape.kept_b * 1e9 >= config["vocab_size"] * config["hidden_size"]
    assert size.shape.cache_bytes == (
        2 * 2 * config["num_hidden_layers"] * config["num_key_value_heads"] * config["head_dim"]
    )


def test_shards_count_as_the_one_file_they_came_from(model: Path) -> None:
    whole = measure(model)
    split(model)
    assert measure(model).parameters == whole.parameters
    assert measure(model).shape == whole.shape


def test_a_model_without_chat_template_is_known_as_one(model: Path) -> None:
    tokenizer = json.loads((model / "tokenizer_config.json").read_text())
    tokenizer.pop("chat_template", None)
    (model / "tokenizer_config.json").write_text(json.dumps(tokenizer))
    (model / "chat_template.jinja").unlink(missing_ok=True)
    assert not measure(model).chat
    (model / "chat_template.jinja").write_text("{{ messages }}")
    assert measure(model).chat


def test_a_gpt2_shape_is_read_by_its_own_names(model: Path) -> None:
    (model / "config.json").write_text(
        json.dumps({"model_type": "gpt2", "n_embd": 64, "n_head": 4, "n_layer": 2, "n_positions": 128})
    )
    size = measure(model)
    assert (size.context, size.architecture, size.shape.cache_bytes) == (128, "gpt2", 2 * 2 * 2 * 64)


def test_a_file_cut_short_is_told_with_its_sizes(model: Path) -> None:
    content = (model / WEIGHTS).read_bytes()
    (model / WEIGHTS).write_bytes(content[:-1000])
    with pytest.raises(ModelDamaged, match=f"{len(content) - 1000:,} bytes of {len(content):,}"):
        measure(model)
    (model / WEIGHTS).write_bytes(content[:5])
    with pytest.raises(ModelDamaged, match="cut short"):
        measure(model)


@pytest.mark.parametrize(
    "content",
    [
        b"<html>Not found</html>" * 10,
        struct.pack("<Q", 10) + b"not json!!" + b"x" * 20,
        struct.pack("<Q", 2**62) + b"{}",
        struct.pack("<Q", 2) + b"[]",
        struct.pack("<Q", 11) + b'{"a": "b" }',
        struct.pack("<Q", 2) + b"{}",
    ],
)
def test_a_file_that_is_something_else_is_refused(model: Path, content: bytes) -> None:
    (model / WEIGHTS).write_bytes(content)
    with pytest.raises(ModelDamaged):
        measure(model)


def test_a_missing_shard_is_named(model: Path) -> None:
    split(model)
    (model / "model-1.safetensors").unlink()
    with pytest.raises(ModelDamaged, match=r"1 of its 2 weight files are missing \(model-1\.safetensors\)"):
        measure(model)


def test_a_shard_cut_short_is_named(model: Path) -> None:
    split(model)
    shard = model / "model-1.safetensors"
    shard.write_bytes(shard.read_bytes()[:-10])
    with pytest.raises(ModelDamaged, match=r"model-1\.safetensors has"):
        measure(model)


def test_an_index_that_promises_more_than_the_files_hold_is_refused(model: Path) -> None:
    split(model)
    index = json.loads((model / INDEX).read_text())
    index["weight_map"]["model.layers.99.weight"] = "model-0.safetensors"
    (model / INDEX).write_text(json.dumps(index))
    with pytest.raises(ModelDamaged, match=r"model\.layers\.99\.weight"):
        measure(model)


def test_an_index_cannot_name_a_file_outside_the_folder(model: Path) -> None:
    split(model)
    (model / INDEX).write_text(json.dumps({"weight_map": {"a": "../outside.safetensors"}}))
    with pytest.raises(ModelDamaged, match="names the file"):
        measure(model)


@pytest.mark.parametrize("content", ["{", "[]", '{"weight_map": {}}', '{"weight_map": []}'])
def test_an_index_that_cannot_be_read_is_refused(model: Path, content: str) -> None:
    (model / INDEX).write_text(content)
    with pytest.raises(ModelDamaged):
        measure(model)


def test_pickles_alone_are_refused_by_name(model: Path) -> None:
    (model / WEIGHTS).rename(model / "pytorch_model.bin")
    with pytest.raises(ModelDamaged, match=r"pytorch_model\.bin, a kind that can run code"):
        measure(model)


def test_code_of_its_own_is_refused_unless_transformers_knows_the_kind(model: Path) -> None:
    change_config(model, auto_map={"AutoModelForCausalLM": "modeling_llama.Llama"})
    assert measure(model).parameters
    for kind in ("my-own-kind", "../llama", "", ".."):
        change_config(model, auto_map={"AutoConfig": "x.Y"}, model_type=kind)
        with pytest.raises(ModelDamaged, match="program code"):
            measure(model)


def test_a_model_without_tokenizer_is_refused(model: Path) -> None:
    (model / "tokenizer.json").unlink()
    with pytest.raises(ModelDamaged, match="no tokenizer"):
        measure(model)


def test_an_adapter_folder_is_not_taken_for_a_model(model: Path) -> None:
    (model / WEIGHTS).rename(model / "adapter_model.safetensors")
    with pytest.raises(ModelDamaged, match=r"adapter_model\.safetensors but neither"):
        measure(model)


def test_a_folder_of_the_cache_is_called_by_its_hub_name() -> None:
    assert folder_title(Path("/x/models--maker--tiny/snapshots/abc")) == "maker/tiny"
    assert folder_title(Path("/x/tiny")) == "tiny"
