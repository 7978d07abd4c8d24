"""The creativity slider: five stops, smooth between them, and no way past its ends."""

from __future__ import annotations

from dataclasses import fields

import pytest

from creative.actions.tomlfile import SamplingValues
from creative.engines.contract import Sampling
from creative.errors import BadValue
from creative.forms import STOPS, load_forms, sampling_for, stop_at

FORMS, _ = load_forms()


def test_the_names_of_the_values_are_those_the_engines_know():
    assert {field.name for field in fields(SamplingValues)} == {field.name for field in fields(Sampling)}


def test_the_stops_are_named_in_both_languages():
    assert [stop.title.en for stop in STOPS] == ["Careful", "Steady", "Balanced", "Bold", "Wild"]
    assert [stop.title.zh for stop in STOPS] == ["稳妥", "平稳", "均衡", "大胆", "奔放"]
    assert all(stop.effect.en and stop.effect.zh for stop in STOPS)
    assert stop_at(0.6).title.en == "Balanced"


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_the_middle_is_the_forms_own_and_heat_grows_along_the_slider(form):
    middle = sampling_for(form, 0.5)
    assert form.sampling.given().items() <= middle.items()
    steps = [sampling_for(form, step / 20) for step in range(21)]
    heats = [step["temperature"] for step in steps]
    assert heats == sorted(heats)
    assert heats[0] < heats[10] < heats[20] <= 2
    assert [s["min_p"] for s in steps] == sorted((s["min_p"] for s in steps), reverse=True)
    assert all(0 < step["top_p"] <= 1 for step in steps)
    Sampling.of(middle)


@pytest.mark.parametrize("creativity", [float("nan"), float("inf"), -0.01, 1.01, "0.5", None, True, [0.5]])
def test_anything_else_is_refused_with_the_stops(creativity: object):
    with pytest.raises(BadValue) as caught:
        sampling_for(FORMS["story"], creativity)  # type: ignore[arg-type]
    assert "0 Careful" in caught.value.hint
    assert "1 Wild" in caught.value.hint
