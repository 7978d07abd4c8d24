"""What the person who starts the playground decides: flags and CREATIVE_* environment, read once."""

from __future__ import annotations

import argparse
import ipaddress
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin
from urllib.parse import urlsplit

import platformdirs
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from creative.errors import BadValue, shorten

Trust = Literal["local", "share", "space"]
SPACE_HOME = Path("/data")


def _default_host() -> str:
    return os.environ.get("GRADIO_SERVER_NAME", "127.0.0.1")


def _default_port() -> Any:
    return os.environ.get("GRADIO_SERVER_PORT", "7860")  # pydantic makes a number of it


def _default_home() -> Path:
    # A Space or container keeps only what is in /data.
    if SPACE_HOME.is_dir() and os.access(SPACE_HOME, os.W_OK):
        return SPACE_HOME
    return Path(platformdirs.user_data_dir("folio", appauthor=False))


class Settings(BaseSettings):
    """Everything that can be set from outside; each field also as CREATIVE_* in the environment."""

    model_config = SettingsConfigDict(
        env_prefix="CREATIVE_", frozen=True, extra="ignore", validate_default=True
    )

    host: str = Field(default_factory=_default_host, description="Address to listen on.")
    port: int = Field(default_factory=_default_port, ge=1, le=65535, description="Port to listen on.")
    model: str = Field("", description="A hub id or a folder; empty for the model that comes with it.")
    quantize: Literal["auto", "nf4", "int8", "bf16", "fp32"] = Field(
        "auto", description="Precision of the weights; auto takes the best that fits the free memory."
    )
    engine: str = Field(
        "", description="Address of a server that writes instead, such as http://host:8000/v1."
    )
    engine_key: SecretStr | None = Field(None, description="The key that server wants, if it wants one.")
    voice: Annotated[tuple[Path, ...], NoDecode] = Field(
        (), description="Folders of voices to add to the shelf."
    )
    share: bool = Field(False, description="Make a public link; its visitors may write and nothing else.")
    owner_key: SecretStr | None = Field(None, description="A secret that makes a visitor the owner.")
    mcp: bool = Field(False, description="Also offer the endpoints over MCP.")
    home: Path = Field(default_factory=_default_home, description="Folder for drafts, voices and own forms.")

    @field_validator("voice", mode="before")
    @classmethod
    def _split_folders(cls, value: object) -> object:
        # One string in the environment holds several folders the way PATH does.
        return [part for part in value.split(os.pathsep) if part] if isinstance(value, str) else value

    @field_validator("engine", mode="after")
    @classmethod
    def _address(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0):
            raise ValueError("it is an address such as http://host:8000/v1")
        return value

    @field_validator("home", mode="after")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("owner_key", mode="after")
    @classmethod
    def _fit_for_a_cookie(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not re.fullmatch(r"[A-Za-z0-9_-]{12,200}", value.get_secret_value()):
            raise ValueError("it takes 12 or more letters, digits, - and _")
        return value

    @property
    def on_space(self) -> bool:
        """Whether this runs as a Hugging Face Space."""
        return bool(os.environ.get("SPACE_ID"))

    @property
    def trust(self) -> Trust:
        """Who may come: only this machine (`local`), people with a link (`share`), anyone (`space`)."""
        if self.on_space:
            return "space"
        return "local" if is_loopback(self.host) and not self.share else "share"


def is_loopback(host: str) -> bool:
    """Tell whether an address is reachable from this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def read_settings(arguments: Sequence[str] = ()) -> Settings:
    """Give the settings of this start: flags before environment before defaults.

    `arguments` are the words after the program's name. A value that cannot be used raises
    BadValue naming it.
    """
    flags = {
        name: value for name, value in vars(_parser().parse_args(arguments)).items() if value is not None
    }
    try:
        return Settings(**flags)
    except ValidationError as err:
        first = err.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else "a setting"
        # A secret is not repeated where others may read it.
        shown = "what it is" if name in ("owner_key", "engine_key") else shorten(first.get("input", ""))
        what = first["msg"].removeprefix("Value error, ").lower()
        raise BadValue(
            f"The setting {name} cannot be {shown}: {what}.",
            "Run `python app.py --help` for what can be set.",
        ) from err


def _parser() -> argparse.ArgumentParser:
    """Make one flag per field; a field's description is its help."""
    parser = argparse.ArgumentParser(
        prog="app.py",
        description="A creative-writing playground. Each flag can also be set as CREATIVE_FLAG.",
    )
    for name, field in Settings.model_fields.items():
        flag, text = f"--{name.replace('_', '-')}", field.description
        if field.annotation is bool:
            parser.add_argument(flag, action=argparse.BooleanOptionalAction, default=None, help=text)
        elif name == "voice":
            parser.add_argument(flag, nargs="+", action="extend", metavar="FOLDER", help=text)
        elif get_origin(field.annotation) is Literal:
            parser.add_argument(flag, choices=get_args(field.annotation), help=text)
        else:
            parser.add_argument(flag, metavar=name.upper(), help=text)
    return parser
