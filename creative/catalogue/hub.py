"""The way to a model's files: the starter, a local folder, the hub's cache, or a download from the hub."""

from __future__ import annotations

import errno
import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
from huggingface_hub import HfApi, constants, hf_hub_download
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RemoteEntryNotFoundError,
    RepositoryNotFoundError,
)

from creative.catalogue.models import load_catalogue
from creative.catalogue.transfer import Cancelled, Progress, Report, fetch_weights
from creative.catalogue.weights import WEIGHTS, check_config, measure, pickles_only
from creative.errors import (
    CreativeError,
    ModelDamaged,
    ModelGated,
    ModelUnreachable,
    StorageFull,
    UnknownModel,
    shorten,
)

STARTER = "starter"
STARTER_FOLDER = Path(__file__).parent.parent / "starter"
EXAMPLE_VOICES = STARTER_FOLDER / "voices"
"""A voice for each form, made for the starter; they come with the playground."""

# The hub's grammar: one or two names of letters, digits, "-", "_" and "."; see huggingface_hub's validator.
_NAME = r"[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?"
_ID = re.compile(rf"(?:{_NAME}/)?{_NAME}")
_WANTED = re.compile(r"[^/]+\.(?:safetensors|json|jinja|model)|(?:merges|vocab)\.txt")
_ROOM_LEFT = 500_000_000
"""Bytes that a download leaves free."""
_WAIT_S = 10.0


class DownloadStopped(CreativeError):
    """The person stopped the download; what came so far is kept."""


@dataclass(frozen=True)
class Source:
    """Where a model's files are."""

    id: str
    """Hub id, folder name or `starter`, as it is shown."""
    folder: Path | None
    """Its files; None while they must be downloaded first."""


def find_model(id_or_folder: str) -> Source:
    """Give where a model is: the starter, a folder (looked at whole), the hub's cache, or still on the hub.

    Only an owner's word may come here: it can be a path. Raises `ModelDamaged` and `UnknownModel`.
    """
    if id_or_folder in {"", STARTER}:
        return Source(STARTER, STARTER_FOLDER)
    path = Path(id_or_folder).expanduser()
    if path.is_dir():
        folder = path.resolve()
        measure(folder)
        return Source(folder.name, folder)
    if id_or_folder.startswith((".", "/", "~")) or "\\" in id_or_folder:
        raise ModelDamaged(
            f"There is no model folder {shorten(id_or_folder)}.",
            "Give a folder with config.json and *.safetensors, or a hub id such as Qwen/Qwen2.5-0.5B-Instruct.",
        )
    return Source(check_id(id_or_folder), find_cached(id_or_folder))


def check_id(model_id: str) -> str:
    """Give a hub id that has the hub's shape, and so no way out of a folder. Raises `UnknownModel`."""
    sound = _ID.fullmatch(model_id) and len(model_id) <= 96 and not model_id.endswith(".git")
    if not sound or "--" in model_id or ".." in model_id:
        raise _unknown(model_id, "A hub id looks like Qwen/Qwen2.5-0.5B-Instruct.")
    return model_id


def find_cached(model_id: str) -> Path | None:
    """Give the newest complete copy of a hub model on this machine, without any network."""
    home = Path(constants.HF_HUB_CACHE) / f"models--{check_id(model_id).replace('/', '--')}"
    main = home / "refs" / "main"
    snapshots = sorted(
        (home / "snapshots").glob("*"), key=lambda folder: folder.stat().st_mtime, reverse=True
    )
    named = main.read_text().strip() if main.is_file() else ""
    for folder in sorted(snapshots, key=lambda folder: folder.name != named):
        try:
            measure(folder)
        except ModelDamaged:
            continue  # A download cut short; the next one goes on from it.
        return folder
    return None


def download(model_id: str, progress: Progress | None = None, cancel: threading.Event | None = None) -> Path:
    """Fetch a hub model into the hub's cache and give its folder; what is there already is not fetched again.

    Every file comes from one commit. Only safetensors, JSON and tokenizer files are fetched, after the
    configuration was looked at. Setting `cancel` raises `DownloadStopped`; a later call goes on from there.
    Raises `UnknownModel`, `ModelGated`, `ModelUnreachable`, `ModelDamaged` and `StorageFull`.
    """
    complete = find_cached(model_id)
    if complete:
        return complete
    report = Report(progress or (lambda done, total: None), cancel or threading.Event())
    with _translated(model_id):
        report.check()
        # Asked first because it does not try again for twenty seconds where there is no network.
        info = HfApi().model_info(model_id, files_metadata=True, timeout=_WAIT_S)
        config = hf_hub_download(model_id, "config.json", revision=info.sha, etag_timeout=_WAIT_S)
        folder = Path(config).parent
        check_config(folder)
        sizes = _choose_files({file.rfilename: file.size or 0 for file in info.siblings or ()}, folder)
        report.total = sum(sizes.values())
        # The largest last: everything that may be refused comes before it.
        for name in sorted(sizes, key=lambda name: (sizes[name], name)):
            report.begin()
            if name.endswith(".safetensors"):
                fetch_weights(model_id, name, folder, report)
            hf_hub_download(model_id, name, revision=folder.name, etag_timeout=_WAIT_S)
            report.end(sizes[name])
    measure(folder)
    return folder


def _choose_files(sizes: dict[str, int], folder: Path) -> dict[str, int]:
    """Give name and size of each file that is wanted, if there is room for all that are not here."""
    wanted = {name: size for name, size in sizes.items() if _WANTED.fullmatch(name)}
    if any(name.startswith("model") and name.endswith(".safetensors") for name in wanted):
        # Some carry the same weights twice, once for the maker's own program.
        wanted = {name: size for name, size in wanted.items() if not name.startswith("consolidated")}
    if not any(name.endswith(".safetensors") for name in wanted):
        raise pickles_only(folder, sizes)
    here = sum(file.stat().st_size for file in (folder.parent.parent / "blobs").glob("*") if file.is_file())
    needed = sum(wanted.values()) - here
    free = shutil.disk_usage(folder).free
    if needed > 0 and needed + _ROOM_LEFT > free:
        raise StorageFull(
            f"The model needs {needed / 1e9:.1f} GB of disk; {free / 1e9:.1f} GB are free.",
            "Free some space, set HF_HOME to a larger disk, or choose a smaller model.",
        )
    return wanted


@contextmanager
def _translated(model_id: str) -> Iterator[None]:
    """Turn the troubles of network, hub and disk into their sentences."""
    try:
        yield
    except Cancelled as err:
        raise DownloadStopped(
            f"The download of {model_id} was stopped.", "Choose it again to go on where it stopped."
        ) from err
    except GatedRepoError as err:
        raise ModelGated(
            f"The makers of {model_id} ask you to accept their terms first.",
            f"Do so at {constants.ENDPOINT}/{model_id}, then set HF_TOKEN to your access token and start again.",
        ) from err
    except RepositoryNotFoundError as err:
        raise _unknown(model_id, "A private model needs HF_TOKEN in the environment.") from err
    except RemoteEntryNotFoundError as err:
        raise ModelDamaged(
            f"{model_id} has no config.json, so it is not a model that can be opened here.",
            f"Choose a model with config.json and {WEIGHTS} among its files.",
        ) from err
    except (OfflineModeIsEnabled, LocalEntryNotFoundError, httpx2.HTTPError, HfHubHTTPError) as err:
        raise _unreachable(model_id, err) from err
    except OSError as err:
        if err.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise StorageFull(
                "The disk became full during the download.",
                "Free some space or set HF_HOME to a larger disk; the download goes on where it stopped.",
            ) from err
        raise _unreachable(model_id, err) from err


def _unreachable(model_id: str, err: BaseException) -> CreativeError:
    if constants.is_offline_mode():
        return ModelUnreachable(
            f"{model_id} is not on this machine, and HF_HUB_OFFLINE forbids fetching it.",
            "Unset HF_HUB_OFFLINE, or choose a model that is here; the starter always is.",
        )
    cause: BaseException | None = err
    while cause is not None and not isinstance(cause, HfHubHTTPError):
        cause = cause.__cause__
    status = cause.response.status_code if cause is not None else 0
    if status in {401, 403}:
        return ModelGated(
            f"The hub does not let you have {model_id} ({status}).",
            f"Ask for access at {constants.ENDPOINT}/{model_id} and set HF_TOKEN to your access token.",
        )
    if status:
        return ModelUnreachable(
            f"The hub cannot give out {model_id} now (it answered {status}).",
            "Try again in a few minutes; what came so far is kept, and the starter goes on writing.",
        )
    return ModelUnreachable(
        f"The hub cannot be reached, so {model_id} cannot be fetched.",
        "Check the network and try again; what came so far is kept, and the starter goes on writing.",
    )


def _unknown(model_id: str, more: str) -> UnknownModel:
    err = UnknownModel(model_id, (model.id for model in load_catalogue().models))
    err.hint = f"{more} {err.hint}"
    return err
