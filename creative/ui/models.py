"""The models as the page tells them: the one in use and why, the ones to choose from, the one on its way."""

from __future__ import annotations

from typing import Any

from creative.engines.contract import EngineInfo
from creative.engines.pool import Arrival
from creative.studio import Studio
from creative.trust import Visitor
from creative.ui.messages import tell, tell_reason

Plain = dict[str, Any]
_GB = 1e9


def describe_model(studio: Studio, visitor: Visitor, page: str) -> Plain:
    """Give the model in use and the one on its way; `page` is the page's language."""
    state = studio.model_state()
    failed = state.arrival.problem if state.arrival else None
    info = state.in_use
    return {
        "owner": visitor.owner,
        "current": _current(info, page) if info and not info.away else None,
        "watched": bool(info and info.remote),
        "coming": _coming(state.arrival) if state.arrival and not failed else None,
        "error": tell(failed, page) if failed else None,
    }


def describe_models(studio: Studio, visitor: Visitor, page: str) -> Plain:
    """Give what the page shows where the model is chosen: all there are, and how each fits."""
    told = describe_model(studio, visitor, page)
    return {**told, "models": _offers(studio, told["current"], page)}


def _offers(studio: Studio, current: Plain | None, page: str) -> list[Plain]:
    """The catalogue, with the one in use first when it is not in it."""
    offers = [
        {
            "id": offer.model.id,
            "title": offer.model.title,
            "good_for": dict(offer.model.good_for),
            "why": tell_reason(offer.why, page),
            "fits": offer.fits,
        }
        for offer in studio.models()
    ]
    if current and all(offer["id"] != current["id"] for offer in offers):
        offers.insert(0, {**current, "good_for": {}, "fits": True})
    return offers


def _current(info: EngineInfo, page: str) -> Plain:
    return {
        "id": info.model,
        "title": info.title,
        "why": tell_reason(info.why, page),
    }


def _coming(arrival: Arrival) -> Plain:
    total = arrival.total_bytes
    return {
        "id": arrival.model,
        "stage": arrival.stage,
        "percent": 100 * arrival.done_bytes / total if total else 0,
        "size": _size(total) if total else "",
    }


def _size(total: int) -> str:
    return f"{total / 1e9:.1f} GB" if total >= _GB else f"{total / 1e6:.0f} MB"
