"""Opening the model a person named: found or fetched, measured, and loaded in what fits."""

from __future__ import annotations

import logging

from creative.adapters import Shelf
from creative.catalogue import hub, models
from creative.catalogue.fit import choose
from creative.catalogue.weights import measure
from creative.engines.contract import Engine
from creative.engines.pool import OpenModel, Progress

log = logging.getLogger(__name__)


def opener(shelf: Shelf, catalogue: models.Catalogue) -> OpenModel:
    """Give the function that opens models here, with this shelf of voices."""

    def open_model(model: str, precision: str, progress: Progress) -> Engine:
        source = hub.find_model(model)
        folder = source.folder or hub.download(source.id, progress)
        # Loading torch takes seconds; a download must not wait for it, nor a mistyped name.
        from creative.engines.local import open_engine
        from creative.engines.machine import measure_machine

        known = catalogue.find(source.id)
        fit = choose(measure(folder).shape, measure_machine(), precision)
        log.info("opening %s: %s", source.id, fit.why)
        title = known.title if known else source.id
        return open_engine(folder, fit.precision, fit.why, title, shelf, source.id)

    return open_model
