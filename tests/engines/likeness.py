"""A small server with the routes vLLM documents, for the calls the engine makes; it is not vLLM and has no model.

It writes a text it was given, a word a token, and keeps what it was asked. What it does wrong is set from outside.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TEXT = "The lamp went out and Mara counted the steps to the door . "


@dataclass
class Likeness:
    """What it serves, what it was asked, and how it misbehaves."""

    model: str = "maker/big"
    context: int = 200
    voices: dict[str, str] = field(default_factory=dict)
    loads_voices: bool = True
    deaf_to: str = ""
    """A voice it loads and does not play."""
    key: str = ""
    template: bool = True
    nameless: bool = False
    """Whether it is a server of no known kind: it lists its model and writes, and that is all."""
    delay_s: float = 0.0
    breaks_off: bool = False
    fails: list[int] = field(default_factory=list)
    """Statuses for the next requests for text."""
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    hung_up: int = 0
    port: int = 0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def bodies(self, route: str) -> list[dict[str, Any]]:
        return [body for asked, body in self.asked if asked == route]


@contextmanager
def serve(likeness: Likeness) -> Iterator[Likeness]:
    """Run it until the block ends, on the port it had before, if any."""

    class Handler(_Handler):
        served = likeness

    server = ThreadingHTTPServer(("127.0.0.1", likeness.port), Handler)
    server.daemon_threads = True
    likeness.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield likeness
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    served: Likeness
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        if not self._let_in():
            return
        if self.path == "/version" and not self.served.nameless:
            self._answer({"version": "0.11.0"})
        elif self.path == "/v1/models":
            base = {"id": self.served.model, "root": self.served.model, "parent": None}
            if not self.served.nameless:
                base |= {"max_model_len": self.served.context, "owned_by": "vllm"}
            voices = [
                {"id": name, "root": path, "parent": self.served.model, "owned_by": "vllm"}
                for name, path in self.served.voices.items()
            ]
            listed = [{"object": "model", "created": 1, **model} for model in (base, *voices)]
            self._answer({"object": "list", "data": listed})
        else:
            self._answer({"detail": "Not Found"}, 404)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.served.asked.append((self.path, body))
        if not self._let_in():
            return
        route = self.path.removeprefix("/v1/")
        if route == "/tokenize":
            self._tokenize(body)
        elif route == "/detokenize":
            self._answer({"prompt": " ".join(map(str, body["tokens"]))})
        elif route in ("completions", "chat/completions"):
            self._write(body, chat=route.startswith("chat"))
        elif route.endswith("load_lora_adapter") and self.served.loads_voices:
            self._change_voices(body)
        else:
            self._answer({"detail": "Not Found"}, 404)

    def _let_in(self) -> bool:
        if not self.served.key or self.headers["Authorization"] == f"Bearer {self.served.key}":
            return True
        self._answer({"error": "Unauthorized"}, 401)
        return False

    def _tokenize(self, body: dict[str, Any]) -> None:
        if "messages" in body and not self.served.template:
            self._answer({"error": {"message": "no chat template"}}, 400)
            return
        text = body.get("prompt") or " ".join(f"<{m['role']}> {m['content']}" for m in body["messages"])
        tokens = text.split()
        self._answer({"count": len(tokens), "max_model_len": self.served.context, "tokens": tokens})

    def _change_voices(self, body: dict[str, Any]) -> None:
        if self.path.endswith("unload_lora_adapter"):
            self.served.voices.pop(body["lora_name"], None)
        else:
            self.served.voices[body["lora_name"]] = body["lora_path"]
        self._say(200, "text/plain", b"Success")

    def _write(self, body: dict[str, Any], chat: bool) -> None:
        served = self.served
        if body["model"] not in (served.model, *served.voices):
            self._answer({"error": {"message": f"The model `{body['model']}` does not exist."}}, 404)
        elif served.fails:
            self._answer({"error": {"message": "too much to do"}}, served.fails.pop(0))
        elif body.get("stream"):
            self._stream(body, chat)
        else:
            plays = body["model"] in served.voices and body["model"] != served.deaf_to
            logprobs = {"token_logprobs": [-0.5 if plays else -1.0], "tokens": ["The"]}
            choice = {"index": 0, "text": "The", "finish_reason": "length", "logprobs": logprobs}
            self._answer(
                {"id": "1", "object": "text_completion", "created": 1, "model": "m", "choices": [choice]}
            )

    def _stream(self, body: dict[str, Any], chat: bool) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        words = (TEXT * 100).split(" ")[: body["max_tokens"]]
        if self.served.voices.get(body["model"]):
            words[0] = body["model"]
        try:
            for word in words[: 3 if self.served.breaks_off else None]:
                time.sleep(self.served.delay_s)
                said = {"delta": {"content": f"{word} "}} if chat else {"text": f"{word} "}
                self._event([{"index": 0, "finish_reason": None, **said}])
            if self.served.breaks_off:
                return
            said = {"delta": {}} if chat else {"text": ""}
            self._event([{"index": 0, "finish_reason": "length", **said}])
            if body.get("stream_options", {}).get("include_usage"):
                self._event([], {"prompt_tokens": 8, "completion_tokens": len(words), "total_tokens": 8})
            self.wfile.write(b"data: [DONE]\n\n")
        except (BrokenPipeError, ConnectionResetError):
            self.served.hung_up += 1

    def _event(self, choices: list[dict[str, Any]], usage: dict[str, int] | None = None) -> None:
        event = {"id": "1", "object": "chunk", "created": 1, "model": "m", "choices": choices, "usage": usage}
        self.wfile.write(f"data: {json.dumps(event)}\n\n".encode())
        self.wfile.flush()

    def _answer(self, told: dict[str, Any], status: int = 200) -> None:
        self._say(status, "application/json", json.dumps(told).encode())

    def _say(self, status: int, kind: str, said: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)
