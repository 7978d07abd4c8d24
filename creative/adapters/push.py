"""A voice's way to the hub: a new repository of its own, private unless asked otherwise."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
from huggingface_hub import HfApi, constants, get_token
from huggingface_hub.errors import HfHubHTTPError, LocalTokenNotFoundError, OfflineModeIsEnabled

from creative.adapters.parcel import travel_files
from creative.adapters.voice import Voice
from creative.errors import BadValue, CreativeError, StorageFull, shorten

# The hub's grammar; the name of an account, and the name of the repository.
_NAME = r"[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?"
_REPO = re.compile(rf"{_NAME}/{_NAME}")
_OWN = {".gitattributes"}
"""What the hub puts into a new repository by itself."""


class NotPushed(CreativeError):
    """The hub did not take a voice."""


def push_voice(voice: Voice, repo: str, private: bool = True) -> str:
    """Upload a voice to a new repository and give its address on the hub.

    The access token is the one of HF_TOKEN or `hf auth login`. An empty repository of the same kind, as an
    upload cut short leaves it, is used; any other of that name is refused. Raises `BadValue` for a name that
    the hub cannot have, `NotPushed` for what the hub or the network says, and `StorageFull`.
    """
    _check_name(repo)
    if not get_token():
        raise NotPushed(
            "There is no access token for the hub on this machine.",
            f"Make one with write access at {constants.ENDPOINT}/settings/tokens, set HF_TOKEN to it, start again.",
        )
    api = HfApi()
    with _translated(repo), tempfile.TemporaryDirectory() as place:
        for name, content in travel_files(voice).items():
            (Path(place) / name).write_bytes(content)
        _make_repository(api, repo, private)
        api.upload_folder(repo_id=repo, folder_path=place, commit_message=f"The voice {voice.name}")
    return f"{constants.ENDPOINT}/{repo}"


def _check_name(repo: str) -> None:
    sound = isinstance(repo, str) and _REPO.fullmatch(repo) and len(repo) <= 96 and not repo.endswith(".git")
    if not sound or "--" in repo or ".." in repo:
        raise BadValue(
            f"{shorten(repo)} is no name for a repository on the hub.",
            "It is your account and a name, such as mara/winter-coast: letters, digits, “-”, “_” and “.”.",
        )


def _make_repository(api: HfApi, repo: str, private: bool) -> None:
    try:
        api.create_repo(repo, private=private)
    except HfHubHTTPError as err:
        if err.response.status_code != 409:
            raise
        there = api.model_info(repo)
        files = {file.rfilename for file in there.siblings or ()}
        if files - _OWN or bool(there.private) != private:
            raise NotPushed(
                f"There is a repository {repo} on the hub already.",
                "Choose another name, or delete it there first; nothing of it was changed.",
            ) from err


@contextmanager
def _translated(repo: str) -> Iterator[None]:
    """Turn the troubles of network, hub and disk into their sentences."""
    try:
        yield
    except OfflineModeIsEnabled as err:
        raise NotPushed(
            "HF_HUB_OFFLINE forbids any word to the hub.",
            "Unset it and start again, or download the voice as a zip.",
        ) from err
    except LocalTokenNotFoundError as err:
        raise NotPushed("The hub's access token is gone.", "Set HF_TOKEN and start again.") from err
    except HfHubHTTPError as err:
        raise _refused(repo, err) from err
    except httpx2.HTTPError as err:
        raise NotPushed(
            f"The hub cannot be reached, so {repo} was not written.",
            "Check the network and try again, or download the voice as a zip.",
        ) from err
    except (RuntimeError, ValueError) as err:
        # The library wraps what went wrong with a single file, and says what the hub finds wrong with a card.
        cause = err.__cause__
        if isinstance(cause, HfHubHTTPError):
            raise _refused(repo, cause) from err
        raise NotPushed(
            f"The upload to {repo} broke off: {_first_line(cause or err)}.",
            "Try again: the repository that was begun is used.",
        ) from err
    except OSError as err:
        raise StorageFull(
            f"The voice could not be read or copied: {err.strerror or _first_line(err)}.",
            "Free some space and try again.",
        ) from err


def _refused(repo: str, err: HfHubHTTPError) -> NotPushed:
    status = err.response.status_code
    account = repo.split("/", maxsplit=1)[0]
    if status == 401:
        return NotPushed(
            "The hub does not know the access token of this machine (401).",
            f"Make a new one with write access at {constants.ENDPOINT}/settings/tokens and set HF_TOKEN to it.",
        )
    if status in {402, 403, 404}:
        return NotPushed(
            f"The hub does not let this token write to {repo} ({status}).",
            f"Use a token with write access to the account {account}, or a name under an account of your own.",
        )
    if status == 429 or status >= 500:
        return NotPushed(
            f"The hub cannot take {repo} now (it answered {status}).",
            "Try again in a few minutes: the repository that was begun is used.",
        )
    why = f": {shorten(err.server_message, 200)}" if err.server_message else ""
    return NotPushed(
        f"The hub did not take {repo} ({status}){why}.", "Download the voice as a zip and upload it by hand."
    )


def _first_line(err: BaseException) -> str:
    lines = str(err).strip().splitlines() or [type(err).__name__]
    return lines[0].rstrip(".")[:200]
