"""Text in the encodings that writers' files come in."""

from __future__ import annotations

import pytest

from creative.errors import UnreadableFile
from creative.training.readers._encoding import decode

ENGLISH = "“It’s late,” she said — café closed; naïve Zoë paid £3.\n" * 40
GERMAN = "Der Fährmann grüßte die Mädchen über den Fluß, während draußen ein Gewitter aufzog.\n" * 40
FRENCH = "Le garçon était déjà parti à l’école, où l’hiver gelait les fenêtres.\n" * 40
RUSSIAN = "Старик вышел к реке и долго смотрел на тёмную воду.\n" * 40
POLISH = "Łódź płynęła powoli, a chłopiec źle spał i śnił o świętach.\n" * 40
CHINESE = "老郝把胶片放进机器，回头看了看门口。小满没有来，他也没有走。外面下着雨。\n" * 40
TRADITIONAL = "老郝把膠片放進機器，回頭看了看門口。小滿沒有來，他也沒有走。這時外面下著雨。\n" * 40
JAPANESE = "老人は窓のそばに座って、雨の音を聞いていた。誰も来なかった。\n" * 40
KOREAN = "그는 창가에 앉아 비 소리를 듣고 있었다. 아무도 오지 않았다.\n" * 40


@pytest.mark.parametrize("text", [ENGLISH, GERMAN, RUSSIAN, CHINESE, JAPANESE, "Plain words.\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_unicode_is_read_with_and_without_a_mark(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_told_by_its_zeros(encoding: str) -> None:
    assert decode(ENGLISH.encode(encoding)) == ENGLISH


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (ENGLISH, "cp1252"),
        (GERMAN, "cp1252"),
        (GERMAN, "latin-1"),
        (FRENCH, "cp1252"),
        (FRENCH, "mac_roman"),
        (RUSSIAN, "cp1251"),
        (POLISH, "cp1250"),
        (CHINESE, "gb18030"),
        (CHINESE, "gbk"),
        (TRADITIONAL, "big5"),
        (JAPANESE, "shift_jis"),
        (KOREAN, "euc_kr"),
    ],
)
def test_older_encodings_are_told_by_their_letters(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


def test_a_file_cut_in_the_middle_of_a_character_is_still_read() -> None:
    assert decode(CHINESE.encode("gb18030")[:-2]).startswith(CHINESE[:500])


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9, "a picture"),
        (b"PK\x03\x04" + bytes(200), "a zip archive"),
        (b"\x80\x04\x95\x10\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix", "never opened"),
        (bytes(range(256)) * 50, "no writing"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old Word"),
    ],
)
def test_what_is_no_text_is_refused_by_what_it_is(body: bytes, kind: str) -> None:
    with pytest.raises(UnreadableFile, match=kind):
        decode(body)
