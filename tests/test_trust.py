"""Who is the owner: decided from the request, never from what the page says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from creative.errors import NotAllowed
from creative.settings import Settings
from creative.trust import OWNER_COOKIE, OWNER_HEADER, Visitor, meet, require_owner

KEY = "correct-horse-battery-staple"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("SPACE_ID", raising=False)
    return tmp_path


def owner(settings: Settings, headers: dict[str, str], cookies: dict[str, str] | None = None) -> bool:
    """Tell whether a request is the owner's."""
    return meet(settings, headers, cookies or {}, "k").owner


@pytest.mark.parametrize(
    "host", ["127.0.0.1:7860", "localhost:7860", "localhost", "[::1]:7860", "[::1]", "127.0.0.1"]
)
def test_on_this_machine_everyone_is_the_owner(home: Path, host: str) -> None:
    assert owner(Settings(home=home), {"host": host})


@pytest.mark.parametrize(
    "host",
    [
        "evil.example:7860",
        "127.0.0.1.evil.example",
        "localhost.evil.example:7860",
        "",
        "192.168.1.2:7860",
        "[",
    ],
)
def test_a_page_elsewhere_that_borrows_the_browser_is_no_owner(home: Path, host: str) -> None:
    assert not owner(Settings(home=home), {"host": host})
    assert not owner(Settings(home=home), {"host": host, OWNER_HEADER: KEY})


def test_a_request_without_a_host_is_no_owner(home: Path) -> None:
    assert not owner(Settings(home=home), {})


@pytest.mark.parametrize(
    "settings", [{"share": True}, {"host": "0.0.0.0"}, {"host": "::"}, {"host": "10.0.0.5"}]
)
def test_with_a_public_address_only_the_owner_key_counts(home: Path, settings: dict[str, Any]) -> None:
    shared = Settings(home=home, owner_key=SecretStr(KEY), **settings)
    here = {"host": "127.0.0.1:7860", "x-forwarded-for": "127.0.0.1"}
    assert not owner(shared, here)
    assert not owner(shared, {**here, OWNER_HEADER: KEY[:-1]})
    assert not owner(shared, {**here, OWNER_HEADER: "clé"})
    assert not owner(shared, here, {OWNER_COOKIE: "1"})
    assert owner(shared, {**here, OWNER_HEADER: KEY})
    assert owner(shared, here, {OWNER_COOKIE: KEY})


@pytest.mark.parametrize("key", [None, SecretStr("")])
def test_without_an_owner_key_a_shared_page_has_no_owner(home: Path, key: SecretStr | None) -> None:
    shared = Settings(home=home, share=True, owner_key=key)
    assert not owner(shared, {"host": "127.0.0.1", OWNER_HEADER: ""}, {OWNER_COOKIE: ""})


def test_on_a_space_this_machines_own_address_means_nothing(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPACE_ID", "someone/folio")
    space = Settings(home=home, owner_key=SecretStr(KEY))
    assert space.trust == "space"
    assert not owner(space, {"host": "127.0.0.1:7860"})
    assert owner(space, {"host": "someone-folio.hf.space", OWNER_HEADER: KEY})


def test_a_visitor_keeps_the_key_of_their_share(home: Path) -> None:
    assert meet(Settings(home=home), {"host": "localhost"}, {}, "abc").key == "abc"


def test_a_guest_is_refused_with_a_way_out() -> None:
    with pytest.raises(NotAllowed, match=r"Only the owner.*may train voices.*Run your own copy"):
        require_owner(Visitor(owner=False), "train voices")
    require_owner(Visitor(owner=True), "train voices")
