"""Settings: flags before environment before defaults, and a sentence for what cannot be used."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from creative.errors import BadValue
from creative.settings import Settings, is_loopback, read_settings


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith(("CREATIVE_", "GRADIO_SERVER_", "SPACE_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("CREATIVE_HOME", str(tmp_path))


def test_alone_it_listens_on_this_machine_with_the_starter(tmp_path: Path) -> None:
    settings = read_settings()
    assert (settings.host, settings.port, settings.model, settings.quantize) == (
        "127.0.0.1",
        7860,
        "",
        "auto",
    )
    assert (settings.share, settings.owner_key, settings.voice, settings.home) == (False, None, (), tmp_path)
    assert settings.trust == "local"


def test_a_flag_comes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREATIVE_PORT", "8001")
    monkeypatch.setenv("CREATIVE_SHARE", "1")
    assert read_settings().port == 8001
    settings = read_settings(["--port", "8002", "--no-share", "--quantize", "nf4"])
    assert (settings.port, settings.share, settings.quantize) == (8002, False, "nf4")


def test_the_names_that_gradio_knows_serve_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADIO_SERVER_NAME", "0.0.0.0")
    monkeypatch.setenv("GRADIO_SERVER_PORT", "9001")
    settings = read_settings()
    assert (settings.host, settings.port, settings.trust) == ("0.0.0.0", 9001, "share")
    monkeypatch.setenv("CREATIVE_PORT", "9002")
    assert read_settings().port == 9002


def test_folders_of_voices_come_as_flags_or_as_one_path(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_settings(["--voice", "a", "b", "--voice", "c"]).voice == (Path("a"), Path("b"), Path("c"))
    monkeypatch.setenv("CREATIVE_VOICE", os.pathsep.join(["/v/one", "/v/two"]))
    assert read_settings().voice == (Path("/v/one"), Path("/v/two"))


def test_the_home_may_be_written_with_a_tilde(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert read_settings(["--home", "~/folio"]).home == tmp_path / "folio"


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--port", "0"], "port cannot be “0”: input should be greater than or equal to 1"),
        (["--port", "99999"], "port cannot be “99999”"),
        (["--port", "http"], "port cannot be “http”: input should be a valid integer"),
    ],
)
def test_a_value_that_cannot_be_used_is_named(flags: list[str], said: str) -> None:
    with pytest.raises(BadValue) as raised:
        read_settings(flags)
    assert said in raised.value.message
    assert "--help" in raised.value.hint


def test_a_bad_value_in_the_environment_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREATIVE_QUANTIZE", "int3")
    with pytest.raises(BadValue, match=r"quantize cannot be “int3”.*nf4"):
        read_settings()


def test_the_owner_key_is_not_shown() -> None:
    settings = read_settings(["--owner-key", "hunter2-hunter2"])
    assert "hunter2-hunter2" not in repr(settings)
    assert "hunter2-hunter2" not in str(settings.model_dump())
    assert settings.owner_key
    assert settings.owner_key.get_secret_value() == "hunter2-hunter2"


def test_an_owner_key_that_is_too_easy_is_refused_without_showing_it() -> None:
    with pytest.raises(BadValue) as told:
        read_settings(["--owner-key", "hunter2"])
    assert "12 or more letters" in str(told.value)
    assert "hunter2" not in str(told.value)


def test_settings_do_not_change_while_it_runs() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings().port = 1


@pytest.mark.parametrize(
    "flag", ["--host", "--port", "--model", "--quantize", "--voice", "--share", "--home"]
)
def test_every_flag_is_explained(flag: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        read_settings(["--help"])
    assert ended.value.code == 0
    assert flag in capsys.readouterr().out


@pytest.mark.parametrize(
    ("host", "here"),
    [("127.0.0.1", True), ("127.8.8.8", True), ("localhost", True), ("::1", True), ("[::1]", True)]
    + [(host, False) for host in ("0.0.0.0", "::", "", "example.org", "127.0.0.1.example.org", "2130706433")],
)
def test_only_this_machines_own_addresses_are_loopback(host: str, here: bool) -> None:
    assert is_loopback(host) is here


def test_another_server_is_named_by_an_address_and_its_key_is_never_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert read_settings().engine == ""
    monkeypatch.setenv("CREATIVE_ENGINE", "http://host:8000/v1")
    monkeypatch.setenv("CREATIVE_ENGINE_KEY", "a-secret")
    settings = read_settings()
    assert settings.engine == "http://host:8000/v1"
    assert "a-secret" not in repr(settings)
    assert read_settings(["--engine", "https://other"]).engine == "https://other"


@pytest.mark.parametrize(
    "address", ["host:8000", "ftp://host/v1", "http://", "http://host:port/v1", "http://["]
)
def test_an_address_that_is_none_is_refused_at_the_start(address: str) -> None:
    with pytest.raises(BadValue, match="engine"):
        read_settings(["--engine", address])
