"""How refusals are told: every sentence of the rooms has its Chinese one, with the same values."""

from __future__ import annotations

import ast
import itertools
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from creative import errors
from creative.catalogue.fit import Machine, Shape, choose
from creative.evaluation.report import Evidence, make_report
from creative.forms import FOLDER as FORMS
from creative.forms import clean_brief, load_forms
from creative.studio import Studio
from creative.ui import messages
from creative.ui.messages import in_chinese, tell, tell_reason

ROOT = Path(__file__).parents[2] / "creative"
# What the page can meet; what only the command line or the writer of a TOML file sees stays English.
ROOMS = (
    *("ui", "forms", "drafts", "catalogue", "exporters", "adapters", "engines", "workshop"),
    *("training", "training/readers", "training/job"),
)
FILES = ("studio.py", "orders.py", "trust.py", "writing.py")
REASONS = {"damaged", "_damaged", "_other"}
"""Functions whose last argument is the reason inside a sentence."""
SAMPLES = {"_gb": "7.0 GB", "_billions": "7 billion", "verb": "needs"}
KNOWN = {
    english: chinese
    for name in ("chinese.toml", "chinese_training.toml")
    for english, chinese in tomllib.loads((ROOT / "ui" / name).read_text(encoding="utf-8")).items()
}


def all_kinds(
    kind: type[errors.CreativeError] = errors.CreativeError,
) -> Iterator[type[errors.CreativeError]]:
    for one in kind.__subclasses__():
        yield one
        yield from all_kinds(one)


def written(node: ast.expr) -> list[str]:
    """Every text an expression can give, with 7 for each value; none where it is not written there."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.FormattedValue):
        name = getattr(getattr(node.value, "func", node.value), "id", "")
        return [SAMPLES.get(name, "7")]
    if isinstance(node, ast.JoinedStr):
        return ["".join(parts) for parts in itertools.product(*map(written, node.values))]
    if isinstance(node, ast.BinOp):
        right = written(node.right) or ["7"]
        return ["".join(parts) for parts in itertools.product(written(node.left), right)]
    if isinstance(node, ast.IfExp):
        return written(node.body) + written(node.orelse)
    return []


def refusals() -> Iterator[tuple[str, str]]:
    kinds = {kind.__name__ for kind in all_kinds()} - {"MalformedFile", "PortInUse"}
    files = [ROOT / name for name in FILES] + [file for room in ROOMS for file in (ROOT / room).glob("*.py")]
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            name = getattr(getattr(node, "func", None), "id", "")
            if not isinstance(node, ast.Call) or name not in kinds | REASONS:
                continue
            told = node.args[-1:] if name in REASONS else node.args[:2]
            for text in itertools.chain.from_iterable(written(one) for one in told):
                # Nothing but values: their words stand where they are made.
                if re.fullmatch(r"[7:. ]*", text):
                    continue
                yield f"{file.relative_to(ROOT)}:{node.lineno}", text


def test_every_sentence_of_a_refusal_has_its_chinese_one() -> None:
    found = list(refusals())
    assert len(found) > 120
    assert [(where, text) for where, text in found if text and in_chinese(text) is None] == []


@pytest.mark.parametrize("kind", sorted(set(all_kinds()), key=lambda kind: kind.__name__))
def test_every_kind_of_refusal_has_general_words_for_a_sentence_not_known(kind: type) -> None:
    if kind.__name__ in ("UnknownName", "MalformedFile", "PortInUse") or kind.__module__.startswith("tests"):
        pytest.skip("it never reaches the page")
    made = kind.__new__(kind)
    made.message, made.hint = "A sentence that nobody knows.", "Another one."
    told = tell(made, "zh")
    assert re.search(r"[一-鿿]", told["message"] + told["hint"]), kind
    assert "nobody" not in told["message"]


@pytest.mark.parametrize("english", KNOWN, ids=lambda text: text[:40])
def test_no_value_is_lost_between_the_languages(english: str) -> None:
    values = re.findall(r"\{\w+\}", KNOWN[english])
    asked = re.findall(r"\{\w+\}", english)
    assert set(values) <= set(asked)
    # The field's own name and what the sentence says in other words may go.
    assert {value for value in asked if re.match(r"\{(n|gb)\d*\}", value)} <= set(values)


def test_the_numbers_and_names_stand_in_the_chinese_sentence() -> None:
    err = errors.StorageFull(
        "The model needs 12.5 GB of disk; 3.1 GB are free.",
        "Free some space, set HF_HOME to a larger disk, or choose a smaller model.",
    )
    assert tell(err, "zh")["message"] == "这个模型要 12.5 GB 磁盘，空闲 3.1 GB。"
    assert tell(err, "en") == {"kind": "StorageFull", "message": err.message, "hint": err.hint}
    voice = errors.UnknownVoice("winter", ["coast", "harbour"])
    assert tell(voice, "zh")["message"] == "没有叫“winter”的笔调。"
    assert tell(voice, "zh")["hint"] == "现有：coast, harbour。"
    assert tell(errors.UnknownVoice("winter", []), "zh")["hint"] == "现在还没有。"


def test_questions_are_named_as_the_chinese_page_names_them() -> None:
    story = load_forms((FORMS,), {})[0]["story"]
    labels = {field.label.en: field.label.zh for field in story.fields}
    with pytest.raises(errors.MissingField) as missing:
        clean_brief(story, {})
    assert tell(missing.value, "zh", labels)["message"] == f"“{labels['What is it about?']}”还没有填。"
    with pytest.raises(errors.TextTooLong) as long:
        clean_brief(story, {"premise": "x" * 1_000_000})
    told = tell(long.value, "zh", labels)["message"]
    assert labels["What is it about?"] in told
    assert "1,000,000" in told


@pytest.mark.parametrize("wanted", ["auto", "nf4", "fp32"])
@pytest.mark.parametrize("billions", [0.007, 4.0, 7.0, 20.0])
@pytest.mark.parametrize(
    "machine",
    [
        *(
            Machine(0, 8),
            Machine(24, 8, "A100 80GB"),
            Machine(24, 8),
            Machine(3, 60, "A100"),
            Machine(0, 0.2),
        ),
        *(Machine(0, 8, fast_bf16=False), Machine(3, 60, "A100", fast_bf16=False)),
    ],
    ids=str,
)
def test_why_a_model_fits_or_not_is_told_in_chinese(machine: Machine, billions: float, wanted: str) -> None:
    try:
        why = choose(Shape(billions), machine, wanted).why
    except errors.DoesNotFit as err:
        why = str(err)
    told = tell_reason(why, "zh")
    amounts = r"[\d.]+ [GM]B"
    assert sorted(re.findall(amounts, told)) == sorted(re.findall(amounts, why))
    left = re.sub(r"A100 80GB|A100|GPU|CPU|NF4|bf16|fp32|int8|[GM]B|\d[BM]", "", told)
    assert not re.search(r"[A-Za-z]", left), told
    assert tell_reason(why, "en") == why


def test_what_a_training_tells_is_in_the_pages_language_and_the_writers_own_text_is_left_alone() -> None:
    told = {
        "title": "Opening the model.",
        "message": "Opening the model.",
        "hint": "",
        "notices": ["Prefix tuning takes no packing and no gradient checkpointing: both off."],
        "evaluations": [{"cards": [{"text": "Opening the model."}]}],
        "report": {
            "sentences": [
                "Its samples are nearer to the pages than the model's: 1.3 against 2.4, where 1 is as far as the "
                "pages are from each other. A sentence has 14 words in the pages, 8 in the model's samples and 12 "
                "in the voice's. With 900 words to compare this is rough."
            ]
        },
    }
    page = messages.tell_all(told, "zh")
    assert page["message"] == "正在打开模型。"
    assert page["title"] == page["evaluations"][0]["cards"][0]["text"] == "Opening the model."
    assert page["hint"] == ""
    assert not re.search(r"[A-Za-z]", page["notices"][0] + page["report"]["sentences"][0])
    assert re.findall(r"[\d.]+\d|\d", page["report"]["sentences"][0]) == [
        "1.3",
        "2.4",
        "1",
        "14",
        "8",
        "12",
        "900",
    ]
    assert messages.tell_all(told, "en") is told


@pytest.mark.parametrize("after", [3.0, 3.9, 3.98, 4.0, 4.2])
@pytest.mark.parametrize("copied", [True, False])
@pytest.mark.parametrize("few", [True, False])
def test_every_report_of_a_training_is_told_in_chinese(after: float, copied: bool, few: bool) -> None:
    own = ["“The ferry is late,” said Maren. She counted the boats, and the boats were gone.\n\n" * 20] * 2
    other = [
        "A dog ran to the big park and saw a red ball by the tree; it was a good day for it.\n\n" * 9
    ] * 2
    evidence = Evidence(4.0, after, own[: 0 if few else 2], own, other, own if copied else other)
    report = messages.tell_all(make_report(evidence), "zh")
    left = [text for text in report["sentences"] + report["warnings"] if not re.search(r"[一-鿿]", text)]
    assert left == []


def test_a_sentence_not_known_stays_as_it_is() -> None:
    assert tell_reason("Somebody's own words.", "zh") == "Somebody's own words."
    assert messages.in_chinese("Somebody's own words.") is None


def test_the_studio_gives_the_labels(tmp_path: Path) -> None:
    from creative.settings import Settings
    from creative.ui.spec import label_pairs
    from tests.browser.scripted import ScriptedEngine

    studio = Studio(Settings(home=tmp_path), lambda *_: ScriptedEngine(0))
    assert label_pairs(studio)["What is it about?"]
    studio.close()
