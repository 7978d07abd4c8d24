"""Opening the model a person named: found or fetched, measured, and loaded in what fits."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from creative.adapters import Shelf
from creative.catalogue import hub, models
from creative.catalogue.fit import choose
from creative.catalogue.weights import measure
from creative.engines.contract import Engine
from creative.engines.pool import OpenModel, Progress

log = logging.getLogger(__name__)


def opener(shelf: Shelf, catalogue: models.Catalogue) -> OpenModel:
    """Give the function that opens models here, with this shelf of voices."""

    loading = threading.Lock()

    def open_model(model: str, precision: str, progress: Progress) -> Engine:
        source = hub.find_model(model)
        folder = source.folder or hub.download(source.id, progress)
        # Loading torch takes seconds; a download must not wait for it, nor a mistyped name.
        from creative.engines.local import open_engine
        from creative.engines.machine import measure_machine

        known = catalogue.find(source.id)
        title = known.title if known else source.id
        # One at a time: what is free is measured for each, and transformers mixes up the weights of two at once.
        with loading:
            fit = choose(measure(folder).shape, measure_machine(), precision)
            log.info("opening %s: %s", source.id, fit.why)
            return open_engine(folder, fit.precision, fit.why, title, shelf, source.id)

    return open_model


def reacher(url: str, key: str, shelf: Shelf, catalogue: models.Catalogue) -> OpenModel:
    """Give the function that opens models on a server, by the names it serves; precision is the server's affair."""

    def open_model(model: str, precision: str, progress: Progress) -> Engine:
        # Reading the client takes a second; it is read by the thread that opens.
        from creative.engines.remote import Address, open_remote

        def known_context(served: str) -> int:
            if listed := catalogue.find(served):
                return listed.context
            # Only the host's own word is looked up as a folder, never the server's.
            is_ours = bool(model) and served == model and Path(model).is_dir()
            return measure(Path(model)).context if is_ours else 0

        known = catalogue.find(model)
        return open_remote(Address(url, key), model, shelf, known_context, known.title if known else "")

    return open_model
