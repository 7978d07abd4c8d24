"""The creativity slider: its five named stops, and what each does to the sampling of a form."""

from __future__ import annotations

import math
from dataclasses import dataclass

from creative.actions import Action
from creative.actions.tomlfile import Words
from creative.errors import BadValue, shorten
from creative.forms.form import Form

BASE = {"temperature": 0.8, "top_p": 1.0, "min_p": 0.05}
"""Where a form says nothing."""
HOTTEST = 2.0
"""Above this temperature every model writes noise, whatever the filters."""


@dataclass(frozen=True)
class Stop:
    """One named place on the slider, and its effect around a form's default."""

    at: float
    title: Words
    effect: Words
    """One line that says what it does."""
    heat: float
    """Factor on the temperature."""
    floor: float
    """Factor on min-p: a high floor cuts the unlikely words away."""
    nucleus: float
    """Largest top-p: how much of the likely words stays in play."""


STOPS = (
    Stop(
        0.0, Words("Careful", "稳妥"), Words("Keeps close to the brief", "紧扣提要，不旁逸"), 0.5, 2.0, 0.85
    ),
    Stop(0.25, Words("Steady", "平稳"), Words("Few surprises", "少有意外"), 0.75, 1.5, 0.93),
    Stop(
        0.5,
        Words("Balanced", "均衡"),
        Words("Follows the brief, with room for surprise", "依着提要，留一点意外"),
        1.0,
        1.0,
        1.0,
    ),
    Stop(
        0.75,
        Words("Bold", "大胆"),
        Words("Takes chances with image and turn", "意象和转折都敢冒险"),
        1.2,
        0.8,
        1.0,
    ),
    Stop(1.0, Words("Wild", "奔放"), Words("Expect the unexpected", "什么都可能发生"), 1.45, 0.6, 1.0),
)


def stop_at(creativity: float) -> Stop:
    """Give the named stop nearest to a place on the slider."""
    return min(STOPS, key=lambda stop: abs(stop.at - check_creativity(creativity)))


def check_creativity(creativity: object) -> float:
    """Give a place on the slider, 0 to 1; raises BadValue for anything else, NaN included."""
    if isinstance(creativity, bool) or not isinstance(creativity, int | float):
        raise _refuse(creativity)
    if math.isnan(creativity) or not 0 <= creativity <= 1:
        raise _refuse(creativity)
    return float(creativity)


def sampling_for(form: Form, creativity: float, action: Action | None = None) -> dict[str, float]:
    """Give the sampling values, by the engines' names, of a form (or an action in it) at this creativity."""
    place = check_creativity(creativity)
    values = BASE | form.sampling.given() | (action.sampling.given() if action else {})
    low = max((stop for stop in STOPS if stop.at <= place), key=lambda stop: stop.at)
    high = min((stop for stop in STOPS if stop.at >= place), key=lambda stop: stop.at)
    share = (place - low.at) / (high.at - low.at) if high.at > low.at else 0.0

    def between(a: float, b: float) -> float:
        return a + share * (b - a)

    return values | {
        "temperature": round(min(HOTTEST, values["temperature"] * between(low.heat, high.heat)), 3),
        "min_p": round(min(1.0, values["min_p"] * between(low.floor, high.floor)), 4),
        "top_p": round(min(values["top_p"], between(low.nucleus, high.nucleus)), 3),
    }


def _refuse(creativity: object) -> BadValue:
    stops = ", ".join(f"{stop.at:g} {stop.title.en}" for stop in STOPS)
    return BadValue(f"Creativity cannot be {shorten(creativity)}.", f"It is a number from 0 to 1: {stops}.")
