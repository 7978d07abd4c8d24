"""The named endpoints, through gradio_client, against the real app with its real starter."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from docx import Document
from gradio_client import Client
from gradio_client.exceptions import AppError

from tests.served import ROOT, serve

BRIEF = {"premise": "A clock in a small town runs backwards."}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("home")
    (home / "forms").mkdir()
    (home / "forms" / "haiku.toml").write_bytes((ROOT / "examples/forms/haiku.toml").read_bytes())
    (home / "forms" / "broken.toml").write_text("name = ")
    with serve(home) as address:
        yield address


@pytest.fixture(scope="module")
def client(address: str, tmp_path_factory: pytest.TempPathFactory) -> Client:
    return Client(address, verbose=False, download_files=str(tmp_path_factory.mktemp("files")))


def refusal(client: Client, endpoint: str, **values: object) -> str:
    with pytest.raises(AppError) as told:
        client.submit(api_name=endpoint, **values).result()
    assert "Traceback" not in str(told.value)
    return str(told.value)


@pytest.mark.slow
def test_the_examples_of_the_documentation_run(address: str) -> None:
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "docs/api.md").read_text(), re.DOTALL)
    assert len(blocks) >= 5
    names: dict[str, object] = {}
    for block in blocks:
        exec(compile(block.replace("http://127.0.0.1:7860", address), "docs/api.md", "exec"), names)
    assert str(names["draft"]).strip()
    assert str(names["more"]).strip()
    assert Path(str(names["path"])).suffix == ".docx"
    job = names["job"]
    assert isinstance(job, dict)
    assert (job["state"], job["hint"]) == ("done", "")
    assert job["step"] == job["total"] > 0


def test_the_documentation_lists_exactly_the_public_endpoints(client: Client) -> None:
    rows = re.findall(r"^\| (`/.*?) \|", (ROOT / "docs/api.md").read_text(), re.MULTILINE)
    told = {name for row in rows for name in re.findall(r"`(/\w+)`", row)}
    assert told == set(client.view_api(return_format="dict", print_info=False)["named_endpoints"])


def test_every_form_is_listed_the_hosts_own_too_and_a_broken_one_is_left_out(client: Client) -> None:
    forms = {form["name"]: form for form in client.predict(api_name="/forms")}
    assert list(forms)[:5] == ["story", "screenplay", "lyrics", "news", "ad_copy"]
    assert set(forms) == {"story", "screenplay", "lyrics", "news", "ad_copy", "haiku"}
    assert all(any(field["required"] for field in form["fields"]) for form in forms.values())


@pytest.mark.parametrize("form", ["story", "screenplay", "lyrics", "news", "ad_copy", "haiku"])
def test_every_form_writes(client: Client, form: str) -> None:
    fields = next(f for f in client.predict(api_name="/forms") if f["name"] == form)["fields"]
    brief = {field["name"]: "A ferry comes back." for field in fields if field["required"]}
    job = client.submit(form=form, brief=brief, max_tokens=48, seed=5, api_name="/write")
    parts = list(job)
    assert len(parts) > 3
    assert all(later.startswith(earlier) for earlier, later in itertools.pairwise(parts))
    assert parts[-1].strip()


def test_the_same_seed_gives_the_same_text_and_another_seed_another(client: Client) -> None:
    def write(seed: int) -> str:
        return str(
            client.submit(form="story", brief=BRIEF, max_tokens=40, seed=seed, api_name="/write").result()
        )

    assert write(11) == write(11)
    assert write(11) != write(12)


def test_several_clients_write_at_once(address: str) -> None:
    jobs = [
        Client(address, verbose=False).submit(
            form="story", brief=BRIEF, max_tokens=60, seed=n, api_name="/write"
        )
        for n in range(4)
    ]
    assert len({job.result() for job in jobs}) == 4


def test_models_say_what_is_in_use_and_why_each_fits_or_not(client: Client) -> None:
    client.submit(form="story", brief=BRIEF, max_tokens=1, api_name="/write").result()
    models = client.predict(api_name="/models")
    assert models["in_use"]["model"] == "starter"
    assert len(models["models"]) >= 9
    assert all(model["why"] for model in models["models"])


def test_an_exported_file_holds_the_text(client: Client) -> None:
    path = client.predict(form="story", text="A Title\n\nOne & <two>.", format="docx", api_name="/export")
    assert "One & <two>." in [paragraph.text for paragraph in Document(path).paragraphs]


def test_findings_name_the_passage(client: Client) -> None:
    text = "Council opens bridge\n\nThe bridge cost 40 million pounds."
    findings = client.predict(
        form="news", text=text, brief={"notes": "The bridge opened."}, api_name="/check"
    )
    number = next(f for f in findings if f["check"] == "numbers_in_notes" and f["level"] == "fail")
    assert "40" in text[number["start"] : number["end"]]


@pytest.mark.parametrize(
    ("endpoint", "values", "said"),
    [
        ("/write", {"form": "saga", "brief": BRIEF}, "There are: ad_copy"),
        ("/write", {"form": "story", "brief": {}}, "needs an answer"),
        ("/write", {"form": "story", "brief": {"plot": "x"}}, "does not ask for"),
        ("/write", {"form": "story", "brief": "a premise"}, "set of named answers"),
        ("/write", {"form": "story", "brief": {"premise": "x" * 2_000_000}}, "2,000,000"),
        ("/write", {"form": "story", "brief": BRIEF, "max_tokens": 0}, "from 1 to 1,023"),
        ("/write", {"form": "story", "brief": BRIEF, "max_tokens": 1_000_000}, "from 1 to 1,023"),
        ("/write", {"form": "story", "brief": BRIEF, "creativity": "NaN"}, "from 0 to 1"),
        ("/write", {"form": "story", "brief": BRIEF, "creativity": 7}, "from 0 to 1"),
        ("/write", {"form": "story", "brief": BRIEF, "seed": "x"}, "seed cannot be"),
        ("/write", {"form": "story", "brief": BRIEF, "voice": "nobody"}, "no voice called"),
        ("/write", {"form": "story", "brief": BRIEF, "language": "<b>"}, "not the name of a language"),
        ("/continue", {"form": "story", "brief": {}, "text": ""}, "no text to go on from"),
        ("/continue", {"form": "story", "brief": {}, "text": 5}, "has to be text"),
        ("/check", {"form": "story", "text": ["x"], "brief": {}}, "has to be text"),
        ("/export", {"form": "story", "text": "x", "format": "exe"}, "no format called"),
        ("/export", {"form": "story", "text": "", "format": "txt"}, "."),
        (
            "/revise",
            {"action": "explode", "text": "x y", "selection": "x", "form": "story", "brief": {}},
            "no action called",
        ),
        (
            "/revise",
            {"action": "shorten", "text": "x y", "selection": "", "form": "story", "brief": {}},
            "Nothing is selected",
        ),
    ],
)
def test_a_value_that_cannot_be_used_gets_a_sentence(
    client: Client, endpoint: str, values: dict[str, object], said: str
) -> None:
    assert said in refusal(client, endpoint, **values)
