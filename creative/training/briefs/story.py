"""A story's brief from a passage of prose."""

from __future__ import annotations

from creative.training.briefs import _traits as traits
from creative.training.keywords import find_place
from creative.training.names import find_names


def draw(text: str) -> dict[str, str]:
    """Give premise, and by turns characters, setting, point of view and tense."""
    place, people = find_place(text), find_names(text)
    answers = {
        "premise": traits.draw_subject(text, people),
        "characters": traits.draw_characters(text, people),
        "setting": f"{place[:1].upper()}{place[1:]}",
        "point_of_view": traits.draw_point_of_view(text),
        "tense": traits.draw_tense(text),
    }
    return {
        name: said
        for name, said in answers.items()
        if name == "premise" or traits.say_or_not(text, name, 0.6)
    }
