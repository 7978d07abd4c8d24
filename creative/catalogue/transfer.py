"""Fetching one weight file of a hub model: told how far it is, stopped at once, taken up where it stopped.

The hub library's own download throws a part of a file away; this keeps it, checks the whole, and puts it
where the library looks first, so that the library finds the file and does the rest.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from huggingface_hub import constants, get_hf_file_metadata, hf_hub_url
from huggingface_hub.file_download import http_get
from huggingface_hub.utils import WeakFileLock, build_hf_headers

from creative.catalogue.weights import damaged

Progress = Callable[[int, int], None]
"""Told the bytes that are here and the bytes in all."""

_WAIT_S = 10.0
_SHA256 = re.compile(r"[0-9a-f]{64}")

# The library's faster transfer cannot be stopped halfway nor taken up again; plain HTTP can.
constants.HF_HUB_DISABLE_XET = True
# Its ten megabytes at a time would be ten seconds between two looks at `cancel` on a slow line.
constants.DOWNLOAD_CHUNK_SIZE = 1_000_000


class Cancelled(Exception):
    """The person wants no more of it."""


class Report:
    """Counts the bytes of one download and stops it when `cancel` is set."""

    def __init__(self, progress: Progress, cancel: threading.Event) -> None:
        self.total = 0
        self._before = 0
        self._current = 0
        self._progress = progress
        self._cancel = cancel

    def check(self) -> None:
        """Raise `Cancelled` when the person has stopped it."""
        if self._cancel.is_set():
            raise Cancelled

    def begin(self) -> None:
        """Start the next file."""
        self.check()
        self._current = 0

    def add(self, count: int) -> None:
        """Count bytes of the file under way."""
        self._current += count
        self._progress(min(self._before + self._current, self.total), self.total)
        self.check()

    def end(self, size: int) -> None:
        """Count the file as done."""
        self._before += size
        self._current = 0
        self._progress(self._before, self.total)

    def bar(self, *_args: object, initial: int = 0, **_kwargs: object) -> Any:
        """Give what the library takes for a progress bar; `initial` bytes are here from an earlier try."""
        self.add(initial)
        return _Bar(self)


class _Bar:
    def __init__(self, report: Report) -> None:
        self._report = report

    def __enter__(self) -> _Bar:
        return self

    def __exit__(self, *_args: object) -> None:
        return None

    def update(self, count: float | None = 1) -> None:
        self._report.add(int(count or 0))


def fetch_weights(model_id: str, name: str, folder: Path, report: Report) -> None:
    """Bring a weight file of the commit `folder` into the blobs of the hub's cache.

    Raises `Cancelled`, `ModelDamaged` when what came is not what was announced, and the library's errors.
    """
    url = hf_hub_url(model_id, name, revision=folder.name)
    about = get_hf_file_metadata(url, timeout=_WAIT_S)
    # The name comes from a server: only a hash may become a file name. Anything else the library fetches.
    if not re.fullmatch(r"[0-9a-f]{40,64}", about.etag or ""):
        return
    blob = folder.parent.parent / "blobs" / str(about.etag)
    partial = blob.with_name(f"{blob.name}.partial")
    with WeakFileLock(f"{partial}.lock"):
        if blob.exists():
            return
        with partial.open("ab") as file:
            http_get(
                about.location,
                file,
                resume_size=file.tell(),
                headers=_headers(url, about.location),
                expected_size=about.size,
                tqdm_class=report.bar,
            )
        if _SHA256.fullmatch(blob.name) and _hash(partial) != blob.name:
            partial.unlink()
            raise damaged(folder, f"{name} did not arrive as it was sent")
        partial.rename(blob)


def _headers(url: str, location: str) -> dict[str, str]:
    headers = dict(build_hf_headers())
    if urlsplit(url).netloc != urlsplit(location).netloc:
        # The access token is for the hub alone, not for the store it sends us to.
        headers.pop("authorization", None)
    return headers


def _hash(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
