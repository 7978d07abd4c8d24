"""A small server that answers as the hub does, so that the real hub library runs against it."""

from __future__ import annotations

import hashlib
import json
import re
import time
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path

STARTER = Path(__file__).parents[2] / "creative" / "starter"
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Hub:
    """What the server holds and what it was asked for."""

    address: str = ""
    repos: dict[str, dict[str, bytes]] = field(default_factory=dict)
    gated: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)
    cut_after: int = 0
    """Break the connection after this many bytes of a file; 0 sends it whole."""
    pause_s: float = 0.0
    """Wait so long before every 200 kB, as a slow line does."""
    garbled: bool = False
    """Send other bytes than announced."""
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    """Method, path and range of every request."""

    def files_sent(self) -> set[str]:
        return {
            path.rsplit("/", 1)[-1]
            for method, path, _ in self.asked
            if method == "GET" and "/resolve/" in path
        }


class Answer(BaseHTTPRequestHandler):
    hub: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, *_args: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        path = self.path.split("?")[0]
        self.hub.asked.append((self.command, path, self.headers.get("Range", "")))
        api = re.fullmatch(r"/api/models/(?P<repo>[^/]+/[^/]+)(?:/revision/\w+)?", path)
        file = re.fullmatch(r"/(?P<repo>[^/]+/[^/]+)/resolve/\w+/(?P<file>.+)", path)
        found = api or file
        if found is None or found["repo"] not in self.hub.repos:
            self.refuse(404, "RepoNotFound")
        elif found["repo"] in self.hub.broken:
            self.refuse(503, "")
        elif found["repo"] in self.hub.gated and file:
            self.refuse(403, "GatedRepo")
        elif api:
            self.describe(found["repo"])
        elif found["file"] not in self.hub.repos[found["repo"]]:
            self.refuse(404, "EntryNotFound")
        else:
            self.give(self.hub.repos[found["repo"]][found["file"]])

    def refuse(self, status: int, code: str) -> None:
        self.send_response(status)
        if code:
            self.send_header("X-Error-Code", code)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def describe(self, repo: str) -> None:
        siblings = [{"rfilename": name, "size": len(body)} for name, body in self.hub.repos[repo].items()]
        body = json.dumps({"id": repo, "sha": COMMIT, "siblings": siblings}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def give(self, body: bytes) -> None:
        start = int((re.findall(r"bytes=(\d+)-", self.headers.get("Range", "")) or ["0"])[0])
        self.send_response(206 if start else 200)
        self.send_header("X-Repo-Commit", COMMIT)
        # As on the hub: large files are known by their SHA-256, small ones by git's hash.
        kind = hashlib.sha256 if len(body) > 1_000_000 else hashlib.sha1
        self.send_header("ETag", f'"{kind(body).hexdigest()}"')
        self.send_header("Content-Length", str(len(body) - start))
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        self.end_headers()
        if self.command == "HEAD":
            return
        part = bytes(reversed(body[start:])) if self.hub.garbled and len(body) > 1_000_000 else body[start:]
        if self.hub.cut_after and len(part) > self.hub.cut_after:
            self.wfile.write(part[: self.hub.cut_after])
            self.close_connection = True
            return
        # Bit by bit, as a line does; whoever hangs up halfway is no trouble of the server's.
        with suppress(ConnectionError):
            for place in range(0, len(part), 200_000):
                time.sleep(self.hub.pause_s)
                self.wfile.write(part[place : place + 200_000])
