"""The door in front of Gradio: serves the page's files, a sign of life, and puts style and scripts first."""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any

from creative.trust import OWNER_COOKIE
from creative.ui.assets import Assets, load_assets

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

PREFIX = "/folio/"
OWNER_QUERY = "owner_key"
"""`/?owner_key=KEY` makes the browser keep the key as a cookie; whether it is right is asked at each act."""
_BASE = re.compile(rb"<base\b[^>]*>", re.IGNORECASE)
"""Where Gradio says what relative addresses start from; ours are relative too, and come after it."""


class Door:
    """ASGI middleware; everything that is not the page's own goes on to Gradio untouched."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._assets = load_assets()
        self._block = head_block(self._assets).encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or pass it on."""
        path = path_of(scope)
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            await self._app(scope, receive, send)
        elif path.startswith(PREFIX):
            await self._serve(path.removeprefix(PREFIX), scope, send)
        elif path in ("", "/") and OWNER_QUERY.encode() in scope.get("query_string", b""):
            await self._keep_key(scope, send)
        elif path in ("", "/"):
            # A compressed page cannot be added to.
            headers = [(k, v) for k, v in scope["headers"] if k.lower() != b"accept-encoding"]
            await self._app({**scope, "headers": headers}, receive, Inserter(send, self._block))
        else:
            await self._app(scope, receive, send)

    async def _keep_key(self, scope: Scope, send: Send) -> None:
        """Take the key out of the address, where histories and logs would keep it, into a cookie."""
        given = urllib.parse.parse_qs(scope["query_string"].decode("latin-1")).get(OWNER_QUERY, [""])[0]
        proxied = dict(scope["headers"]).get(b"x-forwarded-proto", b"").decode("latin-1")
        # Inside a Space's frame only a partitioned cookie is sent back; that needs https.
        secure = (
            "SameSite=None; Secure; Partitioned" if "https" in (scope["scheme"], proxied) else "SameSite=Lax"
        )
        key = urllib.parse.quote(given, safe="")
        cookie = f"{OWNER_COOKIE}={key}; Path=/; HttpOnly; {secure}"
        headers = [(b"location", b"./"), (b"set-cookie", cookie.encode()), (b"content-length", b"0")]
        await send({"type": "http.response.start", "status": 303, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    async def _serve(self, name: str, scope: Scope, send: Send) -> None:
        if name == "health":
            await answer_request(send, 200, b"ok", "text/plain", "no-store")
            return
        asset = self._assets.files.get(name.removeprefix(f"{self._assets.version}/"))
        if asset is None:
            await answer_request(send, 404, b"There is no such file.", "text/plain", "no-store")
            return
        packs = b"gzip" in dict(scope["headers"]).get(b"accept-encoding", b"") and asset.packed
        more = [(b"vary", b"accept-encoding"), *([(b"content-encoding", b"gzip")] if packs else [])]
        # The version in the address changes with the content.
        kept = "public, max-age=31536000, immutable"
        await answer_request(send, 200, packs or asset.body, asset.type, kept, more)


class Inserter:
    """Sends a page on with a block put in at the start of its head."""

    def __init__(self, send: Send, block: bytes) -> None:
        self._send = send
        self._block = block
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        """Take one message of the response."""
        if message["type"] == "http.response.start":
            self._start = message
        elif message["type"] != "http.response.body" or self._start is None:
            await self._send(message)
        else:
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._finish(self._start)

    async def _finish(self, start: Message) -> None:
        headers = [(k, v) for k, v in start["headers"] if k.lower() != b"content-length"]
        body = self._body
        if any(k.lower() == b"content-type" and v.startswith(b"text/html") for k, v in headers):
            found = _BASE.search(body) or re.search(rb"<head>", body)
            at = found.end() if found else 0
            body = body[:at] + self._block + body[at:]
        headers.append((b"content-length", str(len(body)).encode()))
        await self._send({**start, "headers": headers})
        await self._send({"type": "http.response.body", "body": body})


def head_block(assets: Assets) -> str:
    """Give the HTML that has to stand before everything else in the page's head."""
    at = f"folio/{assets.version}"
    fonts = "".join(
        f'<link rel="preload" href="{at}/fonts/{name}.woff2" as="font" type="font/woff2" crossorigin>'
        for name in ("inter", "source-serif-4")
    )
    ahead = "".join(f'<link rel="modulepreload" href="{at}/{name}">' for name in assets.modules)
    return (
        f'<script>{assets.boot}</script><link rel="stylesheet" href="{at}/folio.css">{fonts}{ahead}'
        f'<script type="module" src="{at}/js/main.mjs"></script>'
    )


def path_of(scope: Scope) -> str:
    """Give a request's path below the address that the app is served under."""
    return str(scope.get("path", "")).removeprefix(str(scope.get("root_path", "")).rstrip("/"))


async def answer_request(
    send: Send, status: int, body: bytes, kind: str, cache: str, more: Sequence[tuple[bytes, bytes]] = ()
) -> None:
    """Send a whole response; `more` are headers beside the usual ones."""
    headers = [
        (b"content-type", kind.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", cache.encode()),
        (b"x-content-type-options", b"nosniff"),
        *more,
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
