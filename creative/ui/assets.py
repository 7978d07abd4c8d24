"""The page's own files (fonts, style, scripts): read once at the start and served from memory."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "assets"
TYPES = {".css": "text/css; charset=utf-8", ".mjs": "text/javascript; charset=utf-8", ".woff2": "font/woff2"}


@dataclass(frozen=True)
class Asset:
    """One file as it goes to the browser."""

    body: bytes
    type: str
    packed: bytes = b""
    """The same under gzip; empty for fonts, which are packed already."""

    @classmethod
    def of_text(cls, body: bytes, kind: str) -> Asset:
        """Give a file of text, packed once for all who fetch it."""
        return cls(body, kind, gzip.compress(body, mtime=0))


@dataclass(frozen=True)
class Assets:
    """All files by their address under the version, and the version that names their content."""

    files: dict[str, Asset]
    version: str
    boot: str
    """The script that stands in the page itself, so that language and theme are right from the first frame."""

    @property
    def modules(self) -> list[str]:
        """The scripts' addresses, for the browser to fetch ahead."""
        return sorted(name for name in self.files if name.endswith(".mjs"))


@cache
def load_assets() -> Assets:
    """Read the files; the style sheets become one, in the order of their names."""
    style = "\n".join(path.read_text(encoding="utf-8") for path in sorted((FOLDER / "css").glob("*.css")))
    files = {"folio.css": Asset.of_text(style.encode(), TYPES[".css"])}
    for folder, pattern in (("js", "*.mjs"), ("fonts", "*.woff2")):
        for path in sorted((FOLDER / folder).glob(pattern)):
            make = Asset if folder == "fonts" else Asset.of_text
            files[f"{folder}/{path.name}"] = make(path.read_bytes(), TYPES[path.suffix])
    digest = hashlib.sha256()
    for name, asset in files.items():
        digest.update(name.encode())
        digest.update(asset.body)
    boot = (FOLDER / "boot.js").read_text(encoding="utf-8")
    return Assets(files, digest.hexdigest()[:12], boot)
