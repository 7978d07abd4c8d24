"""A voice's model card: what it is, what it learned, how to load it anywhere, and whose pages it is made of."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from creative.adapters.passport import Passport

CARD = "README.md"
_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
_TAG = re.compile(r"[a-z0-9][a-z0-9_-]*")
_LANGUAGES = {"English": "en", "Chinese": "zh"}
_RIGHTS = {
    "mine": (
        "writers-own",
        "The person who trained this voice has confirmed that the pages are their own. "
        "All rights in the pages stay with their writer; ask before you publish what this voice writes.",
    ),
    "public_domain": (
        "public-domain-pages",
        "The person who trained this voice has confirmed that the pages are in the public domain.",
    ),
    "licensed": (
        "licensed-pages",
        "The person who trained this voice has confirmed that they hold a licence to train on the pages; "
        "its terms hold for this voice, too.",
    ),
}
_UNKNOWN_RIGHTS = ("unknown", "It is not recorded whose pages this voice was trained on.")


def write_card(folder: Path, passport: Passport) -> None:
    """Write `README.md` into a voice's folder, in the hub's form. Raises OSError."""
    (folder / CARD).write_text(compose_card(passport), encoding="utf-8")


def compose_card(passport: Passport) -> str:
    """Give the model card as text: the hub's front matter, then Markdown."""
    parts = [
        _front_matter(passport),
        f"# {_line(passport.title) or 'A voice'}",
        f"A voice: an adapter that makes a model write like a set of pages. {_tell_use(passport)}",
        "## What it learned",
        _tell_results(passport.results),
        "## How to load it",
        _tell_loading(passport),
        "## How it was made",
        _tell_making(passport),
        "## Rights",
        _RIGHTS.get(passport.rights, _UNKNOWN_RIGHTS)[1]
        + " The licence of the model underneath applies, too. "
        "Whoever publishes this voice chooses its licence: change the first lines of this file accordingly.",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _front_matter(passport: Passport) -> str:
    """Give the hub's YAML; nothing that a person typed goes into it unchecked."""
    lines = ["library_name: peft", "pipeline_tag: text-generation"]
    # The hub refuses a base that is no id of its own, such as a folder's name.
    if _HUB_ID.fullmatch(passport.base_id):
        lines += [f"base_model: {passport.base_id}", "base_model_relation: adapter"]
    if passport.language in _LANGUAGES:
        lines += [f"language: {_LANGUAGES[passport.language]}"]
    lines += ["license: other", f"license_name: {_RIGHTS.get(passport.rights, _UNKNOWN_RIGHTS)[0]}"]
    method = str(passport.settings.get("method", "lora"))
    tags = ["creative-writing", "adapter", method, passport.form.replace("_", "-")]
    lines += ["tags:", *(f"- {tag}" for tag in tags if _TAG.fullmatch(tag))]
    return "\n".join(["---", *lines, "---"])


def _tell_use(passport: Passport) -> str:
    base = f"It was trained on `{_line(passport.base_id) or 'a model that is not named'}` and works on no other model"
    if passport.form:
        return f"{base}, under the prompt of the form `{_line(passport.form)}`."
    return f"{base}, to continue plain text."


def _tell_results(results: Mapping[str, Any]) -> str:
    told = [f"- {_line(str(text))}" for text in _list(results, "sentences")]
    told += [f"- **Beware:** {_line(str(text))}" for text in _list(results, "warnings")]
    rows = [
        (
            "Perplexity on held-out pages",
            _pick(results, "perplexity", "before"),
            _pick(results, "perplexity", "after"),
        ),
        *(
            (
                name,
                _pick(results, "voice_distance", "base", key),
                _pick(results, "voice_distance", "voice", key),
            )
            for name, key in (
                ("Voice distance to the held-out pages (1: as far as they are from each other)", "total"),
                ("- sentence length", "sentence_length"),
                ("- dialogue", "dialogue"),
                ("- function words (Burrows's Delta)", "function_words"),
                ("- punctuation", "punctuation"),
            )
        ),
        (
            "Longest run shared with the training text",
            _pick(results, "memorisation", "base_longest_run"),
            _pick(results, "memorisation", "longest_run"),
        ),
        (
            "Share of its 8-grams found in the training text",
            _pick(results, "memorisation", "base_overlap_8"),
            _pick(results, "memorisation", "overlap_8"),
        ),
        *(
            (name, _pick(results, "diversity", "base", key), _pick(results, "diversity", "voice", key))
            for name, key in (("Distinct 2-grams", "distinct_2"), ("Repeated 4-grams", "repeated_4"))
        ),
    ]
    known = [f"| {name} | {before} | {after} |" for name, before, after in rows if before and after]
    if known:
        told += ["", "| | model alone | with the voice |", "|---|---|---|", *known]
    return "\n".join(told) or "Nothing was measured."


def _tell_loading(passport: Passport) -> str:
    is_hub = _HUB_ID.fullmatch(passport.base_id)
    base = passport.base_id if is_hub else f"path/to/{_plain(passport.base_id) or 'the-model'}"
    revision = (
        f', revision="{passport.base.revision}"' if is_hub and _TAG.fullmatch(passport.base.revision) else ""
    )
    return f"""```python
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained("{base}"{revision})
model = AutoModelForCausalLM.from_pretrained("{base}"{revision})
model = PeftModel.from_pretrained(model, "path/to/this/folder")
```"""


def _tell_making(passport: Passport) -> str:
    facts = {
        "Base": passport.base_id,
        "Base revision": passport.base.revision,
        "Base weights (sha256)": passport.base.weights_hash,
        "Tokenizer (sha256)": passport.base.tokenizer_hash,
        "Fingerprint of the base": passport.base_fingerprint,
        "Precision of the base": passport.quantization,
        "Prompt template": passport.template_hash,
        "Data": passport.data_fingerprint,
        "Kept step": passport.kept_step or "",
        **{name.replace("_", " ").capitalize(): value for name, value in passport.settings.items()},
        "Made with": ", ".join(f"{name} {version}" for name, version in passport.made_with.items()),
    }
    rows = [f"| {_line(name)} | {_line(str(value))} |" for name, value in facts.items() if value != ""]
    return "\n".join(["| | |", "|---|---|", *rows])


def _pick(results: Mapping[str, Any], *path: str) -> str:
    value: Any = results
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return f"{value:,.4g}" if isinstance(value, int | float) else ""


def _list(results: Mapping[str, Any], name: str) -> list[Any]:
    value = results.get(name)
    return list(value) if isinstance(value, list | tuple) else []


def _line(text: str) -> str:
    """Give a text on one line, with nothing in it that Markdown would take for more than words."""
    plain = " ".join("".join(ch if ch.isprintable() else " " for ch in text).split())
    return re.sub(r"([\\`<>\[\]|])", r"\\\1", plain)


def _plain(name: str) -> str:
    return re.sub(r"[^\w.-]+", "-", name)
