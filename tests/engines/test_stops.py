"""Whole characters only, and no part of a stop string, wherever the tokens are cut."""

from __future__ import annotations

import pytest

from creative.engines.stops import Assembler


def byte_decode(tokens: list[int]) -> str:
    """A tokenizer of single bytes, the hardest case."""
    return bytes(tokens).decode("utf-8", errors="replace")


def feed(text: str, stop: tuple[str, ...] = (), size: int = 1) -> tuple[list[str], Assembler]:
    data = text.encode()
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    assembler = Assembler(
        lambda tokens: b"".join(pieces[t] for t in tokens).decode("utf-8", errors="replace"), stop
    )
    return [assembler.push(token) for token in range(len(pieces))], assembler


@pytest.mark.parametrize("text", ["狐狸走进了森林。", "🦊👩‍👩‍👧‍👦 fox 🇫🇷", "naïve café — “ok”", "العربية"])
@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_no_broken_character_is_ever_given_out(text: str, size: int) -> None:
    shown, assembler = feed(text, size=size)
    assert all("\ufffd" not in piece for piece in shown)
    assert "".join(shown) + assembler.finish(complete=True) == text


def test_a_character_cut_off_by_the_end_is_left_out() -> None:
    assembler = Assembler(byte_decode)
    shown = "".join(assembler.push(byte) for byte in "ab狐".encode()[:-1])
    assert shown + assembler.finish(complete=False) == "ab"


def test_bytes_that_are_no_character_do_not_hold_up_the_text() -> None:
    assembler = Assembler(byte_decode)
    shown = "".join(assembler.push(byte) for byte in b"ab\xff\xfe\xfd\xfccd ef")
    assert shown + assembler.finish(complete=True) == "abcd ef"


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_a_stop_string_across_tokens_never_leaks(size: int) -> None:
    shown, assembler = feed("One day.\n\n### Next\nmore", ("\n\n###",), size)
    assert "".join(shown) == "One day."
    assert assembler.stopped
    assert assembler.finish(complete=True) == ""


def test_the_first_of_several_stop_strings_counts() -> None:
    shown, _ = feed("abc END def STOP", ("STOP", "END"), 16)
    assert "".join(shown) == "abc "


def test_what_only_looked_like_a_stop_string_is_given_out_late_but_whole() -> None:
    shown, assembler = feed("a ## b ### c", ("####",))
    assert "".join(shown) + assembler.finish(complete=True) == "a ## b ### c"


def test_half_a_stop_string_is_dropped_when_the_writing_was_cut_short() -> None:
    shown, assembler = feed("The end##", ("###",))
    assert "".join(shown) + assembler.finish(complete=False) == "The end"
    shown, assembler = feed("The end##", ("###",))
    assert "".join(shown) + assembler.finish(complete=True) == "The end##"


def test_a_chinese_stop_string_is_seen_through_its_bytes() -> None:
    shown, assembler = feed("从前有一只狐狸。完了吗", ("。完",), 2)
    assert "".join(shown) == "从前有一只狐狸"
    assert assembler.stopped


def test_an_empty_stop_string_stops_nothing() -> None:
    shown, assembler = feed("hello", ("",))
    assert "".join(shown) == "hello"
    assert not assembler.stopped
