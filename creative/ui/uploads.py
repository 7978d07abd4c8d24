"""Files that come in and go out by the owner's hand: pages to train on, and voices as zip files."""

from __future__ import annotations

import errno
import http.cookies
import json
import re
import secrets
import time
import urllib.parse
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from starlette.concurrency import run_in_threadpool

from creative.errors import BadValue, CreativeError, NotAllowed, StorageFull, TextTooLong, UnknownUpload
from creative.studio import Studio
from creative.training.records import Upload
from creative.trust import Visitor, meet, require_owner
from creative.ui.door import App, Receive, Scope, Send, answer_request, path_of
from creative.ui.messages import tell

UPLOAD = "/folio/upload"
VOICE = re.compile(r"/folio/voice/([a-z0-9-]{1,80})\.zip")
MB = 1_000_000
LARGEST_MB = 64
"""Of one file of pages."""
LARGEST_VOICE_MB = 2000
"""Of a voice made elsewhere; it goes from disk to disk."""
_VOICES = (".zip", ".safetensors")
MOST_TOGETHER_MB = 256
"""Of all files of one training; they are read into memory."""
MOST_FILES = 40
KEPT_S = 24 * 3600.0
MOST_KEPT = 400
"""Files that wait here at once, the latest."""
_ID = re.compile(r"[0-9a-f]{32}")
Act = Callable[[Visitor, Scope, Receive, Send], Awaitable[None]]
_STATUS = {NotAllowed: 403, TextTooLong: 413, StorageFull: 507}


class Uploads:
    """The folder where pages wait until they are trained on; only ids lead into it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def begin(self, name: str) -> Arriving:
        """Give a new file that can be written to, in a folder that only this account may enter; tidies up first."""
        with _disk():
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._folder.chmod(0o700)
            self._remove_old()
            return Arriving(self._folder, name)

    def read(self, ids: object) -> tuple[Upload, ...]:
        """Give the files of these ids, in their order. Raises BadValue, UnknownUpload and TextTooLong."""
        paths = self._find_all(ids)
        size = sum(path.stat().st_size for path in paths)
        if size > MOST_TOGETHER_MB * MB:
            raise TextTooLong(
                f"These files have {size / MB:.0f} MB together; {MOST_TOGETHER_MB} MB can be taken at once.",
                "Leave some out.",
            )
        return tuple(Upload(self._name(path), path.read_bytes()) for path in paths)

    @contextmanager
    def open(self, ids: object) -> Iterator[dict[str, BinaryIO]]:
        """Give the files of these ids by their names, open for reading. Raises BadValue and UnknownUpload."""
        with ExitStack() as stack:
            yield {self._name(path): stack.enter_context(path.open("rb")) for path in self._find_all(ids)}

    def _find_all(self, ids: object) -> list[Path]:
        if not isinstance(ids, Sequence) or isinstance(ids, str) or not ids or len(ids) > MOST_FILES:
            raise BadValue(
                "No pages were named, or too many at once.",
                f"Send 1 to {MOST_FILES} files, and name their ids.",
            )
        return [self._find(one) for one in ids]

    def _name(self, path: Path) -> str:
        return str(json.loads(self._name_of(path.name).read_text(encoding="utf-8"))["name"])

    def _find(self, upload: object) -> Path:
        known = isinstance(upload, str) and _ID.fullmatch(upload) and self._name_of(upload).is_file()
        if not known:
            raise UnknownUpload(
                "A file you sent is not here any more.", "Files are kept for a day. Choose it once more."
            )
        return self._folder / str(upload)

    def _name_of(self, upload: str) -> Path:
        return self._folder / f"{upload}.json"

    def _remove_old(self) -> None:
        """Remove what is older than a day, of finished and broken uploads alike, and the oldest beyond the cap."""
        ages: dict[str, float] = {}
        for path in self._folder.iterdir():
            ages[path.stem] = max(ages.get(path.stem, 0.0), path.stat().st_mtime)
        latest = sorted(ages, key=lambda one: ages[one], reverse=True)
        for place, one in enumerate(latest):
            if place >= MOST_KEPT or ages[one] < time.time() - KEPT_S:
                (self._folder / one).unlink(missing_ok=True)
                self._name_of(one).unlink(missing_ok=True)


class Arriving:
    """One file on its way in; without `finish` nothing of it stays."""

    def __init__(self, folder: Path, name: str) -> None:
        self.id = secrets.token_hex(16)
        self.name = shown_name(name)
        self._file = folder / self.id
        self._told = folder / f"{self.id}.json"
        self._size = 0
        self._stream = self._file.open("xb")

    def write(self, part: bytes) -> None:
        """Add what came; raises TextTooLong and StorageFull."""
        self._size += len(part)
        most_mb = LARGEST_VOICE_MB if self.name.lower().endswith(_VOICES) else LARGEST_MB
        if self._size > most_mb * MB:
            raise TextTooLong(
                f"“{self.name}” has more than {most_mb} MB.", "Split it, or save its text alone as .txt."
            )
        with _disk():
            self._stream.write(part)

    def finish(self) -> dict[str, object]:
        """Keep the file; gives its id, name and size for the page."""
        with _disk():
            self._stream.close()
            # Written last, so its presence means that the file is complete.
            self._told.write_text(json.dumps({"name": self.name}), encoding="utf-8")
        return {"id": self.id, "name": self.name, "bytes": self._size}

    def drop(self) -> None:
        """Forget a file that did not arrive whole."""
        with suppress(OSError):  # A full disk is told once, by `write`.
            self._stream.close()
        self._file.unlink(missing_ok=True)


class Parcels:
    """ASGI middleware: takes pages in and gives voices out, to the owner alone; all else goes on."""

    def __init__(self, app: App, studio: Studio) -> None:
        self._app = app
        self._studio = studio
        self._uploads = uploads_of(studio)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or pass it on."""
        path = path_of(scope)
        voice = VOICE.fullmatch(path)
        if scope["type"] == "http" and scope["method"] == "POST" and path == UPLOAD:
            await self._guarded(self._take, scope, receive, send)
        elif scope["type"] == "http" and scope["method"] == "GET" and voice:
            await self._guarded(self._give, {**scope, "voice": voice[1]}, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _guarded(self, act: Act, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            visitor = self._meet(scope)
            require_owner(visitor, "send pages or fetch voices")
            await act(visitor, scope, receive, send)
        except CreativeError as err:
            status = next((code for kind, code in _STATUS.items() if isinstance(err, kind)), 400)
            told = {"error": tell(err, "zh" if _asked(scope, "page") == "zh" else "en")}
            await _answer_json(send, status, told)

    async def _take(self, visitor: Visitor, scope: Scope, receive: Receive, send: Send) -> None:
        arriving = self._uploads.begin(_asked(scope, "name"))
        problem: CreativeError | None = None
        kept = None
        try:
            drained = 0
            async for part in _parts(receive):
                # What is refused is still read for a while: a browser shows no answer before it has sent all.
                drained += len(part) if problem else 0
                if drained > MOST_TOGETHER_MB * MB:
                    break
                try:
                    if problem is None:
                        arriving.write(part)
                except CreativeError as err:
                    problem = err
            if problem is None:
                kept = arriving.finish()
        finally:
            if kept is None:
                arriving.drop()
        if problem is not None:
            raise problem
        await _answer_json(send, 200, kept)

    async def _give(self, visitor: Visitor, scope: Scope, receive: Receive, send: Send) -> None:
        name, body = await run_in_threadpool(self._studio.workshop.voice_zip, visitor, scope["voice"])
        shown = [(b"content-disposition", f'attachment; filename="{name}"'.encode("latin-1", "replace"))]
        await answer_request(send, 200, body, "application/zip", "no-store", shown)

    def _meet(self, scope: Scope) -> Visitor:
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]
        }
        if headers.get("sec-fetch-site", "none") in ("cross-site", "same-site"):
            # Any page the owner visits could send a file to 127.0.0.1; a browser says where it was asked from.
            raise NotAllowed("Another page asked for this.", "Do it on the page of the playground itself.")
        crumbs = http.cookies.SimpleCookie()
        try:
            crumbs.load(headers.get("cookie", ""))
        except http.cookies.CookieError:
            crumbs.clear()
        cookies = {name: urllib.parse.unquote(crumb.value) for name, crumb in crumbs.items()}
        return meet(self._studio.settings, headers, cookies, "")


def uploads_of(studio: Studio) -> Uploads:
    """Give the place where a studio's uploads wait."""
    return Uploads(studio.settings.home / "uploads")


def shown_name(name: str) -> str:
    """Give a file's name as it may be shown; it is never a path here."""
    last = re.split(r"[/\\]", name)[-1]
    plain = "".join(ch if ch.isprintable() else "_" for ch in last).strip()
    # The end says what kind of file it is.
    return plain if len(plain) <= 120 else f"{plain[:90]}…{plain[-29:]}"


async def _parts(receive: Receive) -> AsyncIterator[bytes]:
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise BadValue("The file did not arrive whole.", "Send it again.")
        yield message.get("body", b"")
        if not message.get("more_body", False):
            return


def _asked(scope: Scope, name: str) -> str:
    query = scope.get("query_string", b"").decode("latin-1")
    return urllib.parse.parse_qs(query, errors="replace").get(name, [""])[0]


async def _answer_json(send: Send, status: int, told: object) -> None:
    body = json.dumps(told, ensure_ascii=False).encode()
    await answer_request(send, status, body, "application/json", "no-store")


@contextmanager
def _disk() -> Iterator[None]:
    """Turn a full disk into its sentence."""
    try:
        yield
    except OSError as err:
        why = "the disk is full" if err.errno in (errno.ENOSPC, errno.EDQUOT) else err.strerror or str(err)
        raise StorageFull(
            f"The file cannot be kept: {why}.", "Free some space, or choose another folder with --home."
        ) from err
