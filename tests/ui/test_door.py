"""The door in front of Gradio: the page's own files, a sign of life, and nothing else."""

from __future__ import annotations

import re

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from creative.ui.assets import FOLDER, load_assets
from creative.ui.door import Door

PAGE = '<!doctype html><html><head><meta charset="utf-8"/><base href="./" /><title>x</title></head><body></body></html>'


@pytest.fixture
def client() -> TestClient:
    async def page(_: object) -> HTMLResponse:
        return HTMLResponse(PAGE)

    async def other(_: object) -> PlainTextResponse:
        return PlainTextResponse("<head>")

    routes = [Route("/", page), Route("/other", other)]
    return TestClient(Starlette(routes=routes, middleware=[Middleware(Door)]))


def test_style_and_scripts_stand_before_all_else_and_the_length_is_right(client: TestClient) -> None:
    answer = client.get("/")
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert answer.text.index("folio.css") < answer.text.index("<title>")
    assert answer.text.index("<base") < answer.text.index("folio.css")
    assert answer.text.index("matchMedia") < answer.text.index("folio.css")


def test_other_pages_pass_untouched(client: TestClient) -> None:
    assert client.get("/other").text == "<head>"
    assert client.get("/missing").status_code == 404


def test_there_is_a_sign_of_life(client: TestClient) -> None:
    answer = client.get("/folio/health")
    assert (answer.status_code, answer.text) == (200, "ok")
    assert answer.headers["cache-control"] == "no-store"


def test_every_file_the_page_names_is_served_with_its_type(client: TestClient) -> None:
    names = re.findall(r'(?:href|src)="(folio/[^"]+)"', client.get("/").text)
    assert len(names) > 20
    for name in names:
        answer = client.get(f"/{name}")
        assert answer.status_code == 200, name
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert client.get("/folio/js/main.mjs").headers["content-type"].startswith("text/javascript")


def test_text_goes_packed_to_a_browser_that_unpacks_and_plain_to_others(client: TestClient) -> None:
    plain = client.get("/folio/js/main.mjs", headers={"accept-encoding": "identity"})
    packed = client.get("/folio/js/main.mjs", headers={"accept-encoding": "gzip, br"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["vary"] == "accept-encoding"
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"]) / 2
    assert packed.text == plain.text == (FOLDER / "js" / "main.mjs").read_text(encoding="utf-8")
    font = client.get("/folio/fonts/inter.woff2", headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in font.headers


@pytest.mark.parametrize("name", ["../door.py", "%2e%2e/door.py", "js/../../door.py", "boot.js", "", "js"])
def test_nothing_else_is_served(client: TestClient, name: str) -> None:
    assert client.get(f"/folio/{name}").status_code == 404


def test_no_file_asks_another_server() -> None:
    for name, asset in load_assets().files.items():
        if name.endswith((".mjs", ".css")):
            # A namespace is a name, not an address.
            text = asset.body.decode().replace("http://www.w3.org/2000/svg", "")
            assert not re.search(r"https?://|@import|url\(['\"]?//", text), name


def test_the_fonts_have_their_licences() -> None:
    licences = " ".join(path.read_text(encoding="utf-8") for path in (FOLDER / "fonts").glob("LICENSE-*.txt"))
    assert licences.count("SIL OPEN FONT LICENSE") >= 3
    assert {path.stem.split("-")[0] for path in (FOLDER / "fonts").glob("*.woff2")} == {
        "courier",
        "inter",
        "source",
    }


def test_the_owners_key_leaves_the_address_and_becomes_a_cookie(client: TestClient) -> None:
    answer = client.get("/?owner_key=winter-coast-4711", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "./")
    assert answer.headers["set-cookie"].startswith(
        "folio_owner=winter-coast-4711; Path=/; HttpOnly; SameSite=Lax"
    )


def test_behind_https_the_owners_cookie_works_inside_a_frame(client: TestClient) -> None:
    answer = client.get("/?owner_key=k", headers={"x-forwarded-proto": "https"}, follow_redirects=False)
    assert answer.headers["set-cookie"].endswith("SameSite=None; Secure; Partitioned")


def test_a_key_cannot_add_to_the_cookie_or_the_headers(client: TestClient) -> None:
    answer = client.get("/?owner_key=a%3B%20Domain%3Dx%0D%0Aset-cookie%3A%20b%3D1", follow_redirects=False)
    assert answer.headers.get_list("set-cookie") == [
        "folio_owner=a%3B%20Domain%3Dx%0D%0Aset-cookie%3A%20b%3D1; Path=/; HttpOnly; SameSite=Lax"
    ]
