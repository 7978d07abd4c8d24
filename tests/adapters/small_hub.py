"""A small server that takes uploads as the hub does, so that the real hub library runs against it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

TOKEN = "hf_" + "a" * 34
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Repo:
    """A repository and what is in it."""

    private: bool
    files: dict[str, bytes] = field(default_factory=lambda: {".gitattributes": b""})


@dataclass
class Hub:
    """What the server holds, and how it misbehaves."""

    address: str = ""
    accounts: set[str] = field(default_factory=lambda: {"mara"})
    repos: dict[str, Repo] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    """Large files by their sha256."""
    fails: dict[str, int] = field(default_factory=dict)
    """Status to answer with, by the last part of a path."""
    asked: list[str] = field(default_factory=list)


class Answer(BaseHTTPRequestHandler):
    hub: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, *_args: object) -> None:
        pass

    def do_GET(self) -> None:
        path = self.begin()
        found = re.fullmatch(r"/api/models/([^/]+/[^/]+)(?:/revision/\w+)?", path)
        if found is None or found[1] not in self.hub.repos:
            self.say(404, {"error": "Repository not found"}, "RepoNotFound")
            return
        repo = self.hub.repos[found[1]]
        files = [{"rfilename": name} for name in repo.files]
        self.say(200, {"id": found[1], "sha": COMMIT, "private": repo.private, "siblings": files})

    def do_PUT(self) -> None:
        self.begin()
        body = self.body()
        assert hashlib.sha256(body).hexdigest() == self.path.rsplit("/", 1)[-1]
        self.hub.blobs[self.path.rsplit("/", 1)[-1]] = body
        self.say(200, {})

    def do_POST(self) -> None:
        path, body = self.begin(), self.body()
        what = path.rsplit("/", 1)[-1]
        if what in self.hub.fails or path.rsplit("/", 2)[-2] in self.hub.fails:
            status = self.hub.fails.get(what) or self.hub.fails[path.rsplit("/", 2)[-2]]
            self.say(status, {"error": "So it was asked for"})
        elif self.headers.get("Authorization") != f"Bearer {TOKEN}":
            self.say(401, {"error": "Invalid username or password."})
        elif path == "/api/repos/create":
            self.create(json.loads(body))
        elif path == "/api/validate-yaml":
            self.validate(json.loads(body)["content"])
        elif "/preupload/" in path:
            files = [
                {
                    "path": each["path"],
                    "uploadMode": "lfs" if each["path"].endswith(".safetensors") else "regular",
                }
                for each in json.loads(body)["files"]
            ]
            self.say(200, {"files": [{**each, "shouldIgnore": False} for each in files]})
        elif path.endswith(".git/info/lfs/objects/batch"):
            objects = [
                {**each, "actions": {"upload": {"href": f"{self.hub.address}/blob/{each['oid']}"}}}
                for each in json.loads(body)["objects"]
            ]
            self.say(200, {"transfer": "basic", "objects": objects})
        elif "/commit/" in path:
            self.commit(path.split("/")[3] + "/" + path.split("/")[4], body)
        else:
            self.say(404, {"error": "not found"})

    def create(self, order: dict[str, Any]) -> None:
        name = f"{order['organization']}/{order['name']}"
        if order["organization"] not in self.hub.accounts:
            self.say(403, {"error": "You don't have the rights to create a model under this namespace"})
        elif name in self.hub.repos:
            self.say(
                409, {"error": "You already created this model repo", "url": f"{self.hub.address}/{name}"}
            )
        else:
            self.hub.repos[name] = Repo(order.get("visibility") == "private")
            self.say(200, {"url": f"{self.hub.address}/{name}"})

    def validate(self, content: str) -> None:
        import yaml

        matter = yaml.safe_load(content.split("---\n")[1])
        base = matter.get("base_model", "a/b")
        errors = [] if re.fullmatch(r"[\w.-]+/[\w.-]+", base) else [{"message": '"base_model" is no hub id'}]
        self.say(400 if errors else 200, {"errors": errors, "warnings": []})

    def commit(self, name: str, body: bytes) -> None:
        for line in body.decode().splitlines():
            said = json.loads(line)
            if said["key"] == "file":
                content = base64.b64decode(said["value"]["content"])
                self.hub.repos[name].files[said["value"]["path"]] = content
            elif said["key"] == "lfsFile":
                self.hub.repos[name].files[said["value"]["path"]] = self.hub.blobs[said["value"]["oid"]]
        address = f"{self.hub.address}/{name}/commit/{COMMIT}"
        self.say(200, {"commitUrl": address, "commitOid": COMMIT, "success": True})

    def begin(self) -> str:
        path = self.path.split("?")[0]
        self.hub.asked.append(f"{self.command} {path}")
        return path

    def body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") == "chunked":
            parts = []
            while size := int(self.rfile.readline(), 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def say(self, status: int, told: dict[str, Any], code: str = "") -> None:
        body = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if code:
            self.send_header("X-Error-Code", code)
        self.end_headers()
        self.wfile.write(body)
