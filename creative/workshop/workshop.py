"""Everything an owner does about training and voices; nobody else gets past the first line of any of it."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO, get_args

from creative.adapters import Shelf, Voice
from creative.adapters.collection import Collection
from creative.adapters.passport import read_passport
from creative.adapters.push import push_voice as publish
from creative.catalogue.hub import EXAMPLE_VOICES
from creative.drafts import Drafts
from creative.engines.pool import Pool
from creative.errors import JobFailed, NotOffered, UnknownForm
from creative.feedback import Pair, Pairs
from creative.forms import Form
from creative.settings import Settings
from creative.training.dataset import make_dataset
from creative.training.dataset import preview as show_pages
from creative.training.folder import JobOrder, create_job, new_id, read_order
from creative.training.launcher import Launcher, Pace
from creative.training.manuscript import read_manuscript
from creative.training.readers import MOST_MB, readers
from creative.training.recipe import describe, describe_presets
from creative.training.records import JobState, Preview, Rights, Style, TrainingOrder, Upload
from creative.trust import Visitor, require_owner
from creative.workshop.blind import BlindPair, write_both
from creative.workshop.ground import EngineRoom, Grounds
from creative.workshop.preparing import check_consent, choose_prompts, hash_template, prepare

TRAIN = "train voices"


@dataclass(frozen=True)
class House:
    """The rooms of the studio that the workshop works with."""

    settings: Settings
    forms: Mapping[str, Form]
    shelf: Shelf
    pool: Pool
    drafts: Drafts


class Workshop:
    """What the owner can do about voices. Safe from many threads; raises CreativeError for what a person did."""

    def __init__(self, house: House, pace: Pace | None = None) -> None:
        """Look after the trainings of this home, those of an earlier start too."""
        self._house = house
        self._jobs = house.settings.home / "jobs"
        self._voices = house.settings.home / "voices"
        self._collection = Collection(house.shelf, self._voices)
        self._grounds = Grounds(house.pool)
        self._pairs = Pairs(house.drafts)
        self._launcher = Launcher(self._jobs, EngineRoom(house.pool), pace)
        self._launcher.open()

    def close(self) -> None:
        """Look after the trainings no more; one under way goes on by itself."""
        self._launcher.close()

    # --- training --------------------------------------------------------------------

    def describe(self, visitor: Visitor) -> dict[str, Any]:
        """Give what can be chosen for a training, and why none is offered here where that is so."""
        require_owner(visitor, TRAIN)
        told: dict[str, Any] = {
            "offered": False,
            "why_not": "",
            "model": "",
            "presets": {},
            "settings": describe(),
            "forms": list(self._house.forms),
            "styles": list(get_args(Style)),
            "rights": list(get_args(Rights)),
            "formats": sorted(readers()),
            "file_mb": MOST_MB,
        }
        try:
            ground = self._grounds.find()
        except NotOffered as err:
            return {**told, "why_not": str(err)}
        presets = describe_presets(ground.parameters_b)
        return {**told, "offered": True, "model": ground.base.title, "presets": presets}

    def preview(self, visitor: Visitor, uploads: Sequence[Upload], order: TrainingOrder) -> Preview:
        """Give what would be trained on, what was left out and why, and what the model would read."""
        require_owner(visitor, TRAIN)
        prepared = prepare(order, self._form(order.form), self._grounds.find())
        return show_pages(read_manuscript(uploads), prepared.posing)

    def train(self, visitor: Visitor, uploads: Sequence[Upload], order: TrainingOrder) -> str:
        """Put a training in the line and give its id; it begins when those before it are done."""
        require_owner(visitor, TRAIN)
        form = self._form(order.form)
        prepared = prepare(order, form, self._grounds.find())
        order, base = prepared.order, prepared.ground.base
        rights = check_consent(order)
        manuscript = read_manuscript(uploads)
        dataset = make_dataset(manuscript, prepared.posing)
        job = JobOrder(
            id=new_id(),
            title=order.title,
            form=form.name,
            style=order.style,
            language=order.language,
            rights=rights,
            created=time.time(),
            preset=order.preset,
            base=base,
            shelf=str(self._voices),
            template_hash=hash_template(form, order.language, base.chat) if order.style == "form" else "",
            data_fingerprint=dataset.fingerprint,
            files=tuple(upload.name for upload in uploads),
            prompts=choose_prompts(dataset, prepared),
        )
        create_job(self._jobs, job, prepared.recipe, dataset, manuscript.left_out)
        self._launcher.queue(job.id)
        return job.id

    def jobs(self, visitor: Visitor) -> tuple[JobState, ...]:
        """Give every training, the latest first."""
        require_owner(visitor, "see the trainings")
        return self._launcher.states()

    def job(self, visitor: Visitor, job: str) -> JobState:
        """Give how a training stands. Raises UnknownJob."""
        require_owner(visitor, "see the trainings")
        return self._launcher.state(job)

    def stop_job(self, visitor: Visitor, job: str) -> JobState:
        """End a training after its next step, keeping what it learned; one that waits leaves the line."""
        require_owner(visitor, TRAIN)
        self._launcher.stop(job)
        return self._launcher.state(job)

    def resume_job(self, visitor: Visitor, job: str) -> JobState:
        """Let a training that stopped, failed or was cut off go on from its last checkpoint."""
        require_owner(visitor, TRAIN)
        self._launcher.resume(job)
        return self._launcher.state(job)

    def use_step(self, visitor: Visitor, job: str, step: int) -> JobState:
        """Make the checkpoint of another step the voice of a training that has ended."""
        require_owner(visitor, TRAIN)
        self._launcher.use_step(job, step)
        return self._launcher.state(job)

    def delete_job(self, visitor: Visitor, job: str) -> None:
        """Remove a training that is not under way; its voice stays on the shelf."""
        require_owner(visitor, TRAIN)
        self._launcher.delete(job)

    # --- hearing the difference ------------------------------------------------------

    def blind_pair(self, visitor: Visitor, job: str) -> BlindPair:
        """Give one brief written by the plain model and by the voice of a finished training, sides shuffled."""
        require_owner(visitor, TRAIN)
        state = self._launcher.state(job)
        if not state.voice:
            raise JobFailed("This training has no voice yet.", "Wait until it has ended.")
        order = read_order(self._launcher.folder(job))
        self._grounds.find()
        prompt = secrets.choice(order.prompts)
        with self._house.pool.lend() as engine:
            base, voice = write_both(engine, self._form(order.form), prompt, state.voice)
        offer = self._pairs.offer(Pair(job, order.base.model, prompt.prompt, base, voice))
        return BlindPair(prompt.title, offer.left, offer.right, offer.token)

    def pick(self, visitor: Visitor, job: str, token: str, side: str) -> dict[str, int]:
        """Keep which text was liked better, left, right or neither, and give the counts so far."""
        require_owner(visitor, TRAIN)
        self._launcher.folder(job)
        return self._pairs.pick(job, token, side)

    # --- voices ----------------------------------------------------------------------

    def voices(self, visitor: Visitor, examples: bool = False) -> list[dict[str, Any]]:
        """Give every voice on the shelf, and to the owner its passport; with those that come with the playground."""
        return [
            self._tell_voice(visitor, voice)
            for voice in self._house.shelf.list()
            if examples or voice.folder.parent != EXAMPLE_VOICES
        ]

    def import_voice(self, visitor: Visitor, files: Mapping[str, BinaryIO]) -> dict[str, Any]:
        """Put a voice made elsewhere on the shelf: one zip, or the files of its folder by their names.

        Raises `ModelDamaged`, `AdapterMismatch` when it belongs to another model than the one in use, `StorageFull`.
        """
        require_owner(visitor, "bring voices")
        base = self._grounds.find().base
        folder = Path(base.folder)
        if len(files) == 1:
            name, stream = next(iter(files.items()))
            voice = self._collection.import_zip(stream, name, base, folder)
        else:
            bodies = {name: stream.read() for name, stream in files.items()}
            voice = self._collection.import_files(bodies, "voice", base, folder)
        return self._tell_voice(visitor, voice)

    def voice_zip(self, visitor: Visitor, name: str) -> tuple[str, bytes]:
        """Give a voice as a zip of its plain PEFT folder: file name and bytes. Raises UnknownVoice."""
        require_owner(visitor, "download voices")
        return self._collection.export(name)

    def delete_voice(self, visitor: Visitor, name: str) -> str:
        """Take a voice off the shelf and give the key that brings it back until the next start."""
        require_owner(visitor, "delete voices")
        return self._collection.delete(name)

    def restore_voice(self, visitor: Visitor, key: str) -> dict[str, Any]:
        """Bring a deleted voice back and give it."""
        require_owner(visitor, "bring voices back")
        return self._tell_voice(visitor, self._collection.restore(key))

    def push_voice(self, visitor: Visitor, name: str, repo: str, private: bool = True) -> str:
        """Upload a voice to a new repository on the hub, private unless told otherwise; gives its address."""
        require_owner(visitor, "publish voices")
        return publish(self._house.shelf.find(name), repo, private)

    # --- inside ----------------------------------------------------------------------

    def _form(self, name: str) -> Form:
        if not isinstance(name, str) or name not in self._house.forms:
            raise UnknownForm(name, self._house.forms)
        return self._house.forms[name]

    def _tell_voice(self, visitor: Visitor, voice: Voice) -> dict[str, Any]:
        # Where it lies on the server is nobody's business, and what it was made of only the owner's.
        told = {name: value for name, value in asdict(voice).items() if name != "folder"}
        return {**told, "passport": read_passport(voice.folder)} if visitor.owner else told
