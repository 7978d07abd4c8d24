"""Lines and words that give way: which, to which, and that all else is as the engine alone writes it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from creative import checks
from creative.checks import find_guide
from creative.checks.rhyme_scheme import count_rhymes, guide
from creative.checks.same_name import find_namesakes
from creative.engines.contract import Piece, Sampling, WriteRequest
from creative.engines.local import LocalEngine, open_engine
from creative.engines.scripted import ScriptedEngine
from creative.errors import BadValue
from creative.forms import clean_brief, load_forms
from creative.redrawing import write_guided
from creative.starter.recipe.data import STARTER
from creative.starter.recipe.pairs import Pair
from creative.starter.recipe.report import make_request
from creative.studio import Studio
from tests.hall import OWNER, order, run, scripted, text_of

VERSE = "[Verse 1]\nI sat beside the sea\n"
SONG = VERSE + "The boats are painted red\nThe gulls went home to bed\n\n[Chorus]\nStay\nGo away"
GUIDE = guide({"rhyme_scheme": "AABB"}, "English")
ASKED = WriteRequest(({"role": "user", "content": "Write."},), 400, seed=3)


class Poet(ScriptedEngine):
    """Writes a song; asked for several lines it gives those handed to it, asked to go on what is handed for that."""

    def __init__(
        self, song: str, lines: str = "", rest: str = "", chat: bool = True, waits: bool = False
    ) -> None:
        super().__init__(self._choose, chat=chat)
        self._song, self._lines, self._rest, self._waits = song, lines, rest, waits
        self.asked: list[WriteRequest] = []

    def stream(self, request: WriteRequest, cancel: threading.Event | None = None) -> Iterator[Piece]:
        self.asked.append(request)
        pieces = super().stream(request, cancel)
        return (p for p in (Piece("", ahead=1), *pieces)) if self._waits and request.n > 1 else pieces

    def _choose(self, request: WriteRequest) -> str:
        if request.n > 1:
            return self._lines
        return self._song if len(self.asked) == 1 else self._rest

    @property
    def tries(self) -> int:
        """How often other lines were asked for."""
        return sum(request.n > 1 for request in self.asked)


def write(engine: ScriptedEngine, before: str = "", asked: WriteRequest = ASKED) -> str:
    return "".join(piece.text for piece in write_guided(engine, asked, GUIDE, before))


def test_a_line_that_does_not_rhyme_gives_way_to_one_that_does() -> None:
    poet = Poet(SONG, "And nobody walks with me\nSo", "The gulls went home to bed\nLong after all was said")
    text = write(poet)
    assert text == f"{VERSE}And nobody walks with me\nThe gulls went home to bed\nLong after all was said"
    done = [request.prompt[-1] for request in poet.asked[1:] if not isinstance(request.prompt, str)]
    assert done == [
        {"role": "assistant", "content": VERSE},
        {"role": "assistant", "content": VERSE + "And nobody walks with me\n"},
    ]
    assert len({request.seed for request in poet.asked}) == 3


def test_what_rhymes_is_passed_on_as_it_comes() -> None:
    song = (
        VERSE
        + "And nobody walks with me\n\n[Chorus]\nStay\nGo away\n\n[Bridge]\nstone\nlight\n\n[Verse 2]\nAlone"
    )
    poet = Poet(song)
    pieces = list(write_guided(poet, ASKED, GUIDE))
    assert "".join(piece.text for piece in pieces) == song
    assert poet.asked == [ASKED]
    assert pieces[-1] == replace(list(ScriptedEngine(song).stream(ASKED))[-1], text="")
    shown = [piece.text for piece in pieces]
    assert "I" in shown, "a line that is free comes letter by letter"
    assert "And nobody walks with me\n\n" in shown, "one that has to rhyme comes when it stands"


def test_where_nothing_rhymes_the_line_stays() -> None:
    poet = Poet(VERSE + "The boats are painted red", "The boats are gone\nAnd")
    assert write(poet) == VERSE + "The boats are painted red"
    assert poet.tries == 2


def test_a_slant_rhyme_is_taken_where_no_full_one_comes() -> None:
    poet = Poet("I lost the time\nThe boats are painted red\nHe said", "I know the light\nAnd", "It was")
    assert write(poet) == "I lost the time\nI know the light\nIt was"
    assert poet.tries == 2


def test_a_line_said_before_is_no_answer_and_a_chorus_comes_again_as_it_was() -> None:
    poet = Poet(VERSE + "The boats are painted red\n", "I sat beside the sea\nSo")
    assert write(poet) == VERSE + "The boats are painted red\n"
    again = "[Chorus]\nI sat beside the sea\nThe boats are painted red\n\n"
    poet = Poet(again * 2, "no answer\nat all")
    assert write(poet) == again * 2
    assert poet.tries == 2, "for the first chorus, not for the second"


def test_the_last_line_gives_way_too_and_the_song_ends_with_the_line_that_ended() -> None:
    poet = Poet(VERSE + "The boats are painted red", "And nobody walks with me")
    pieces = list(write_guided(poet, ASKED, GUIDE))
    assert "".join(piece.text for piece in pieces) == VERSE + "And nobody walks with me"
    assert pieces[-1].finish_reason == "stop"
    assert pieces[-1].counts
    assert pieces[-1].counts.new_tokens == len(VERSE + "And nobody walks with me")
    assert pieces[-1].counts.seed == 3


def test_blank_lines_after_a_line_come_with_it() -> None:
    poet = Poet(
        VERSE + "The boats are painted red\nEnd", "And nobody walks with me\n\n[Chorus]", "[Chorus]\nStay"
    )
    assert write(poet) == VERSE + "And nobody walks with me\n\n[Chorus]\nStay"


def test_a_line_longer_than_the_room_left_ends_the_song_by_length() -> None:
    short = replace(ASKED, max_new_tokens=len(VERSE) + 30)
    poet = Poet(
        VERSE + "The boats are painted red\nEnd", "And nobody walks with me\nSo", "The gulls went home to bed"
    )
    pieces = list(write_guided(poet, short, GUIDE))
    text = "".join(piece.text for piece in pieces)
    assert text == f"{VERSE}And nobody walks with me\nThe g"
    assert (len(text), pieces[-1].finish_reason) == (short.max_new_tokens, "length")


def test_lines_that_would_have_to_wait_for_a_place_are_not_tried() -> None:
    poet = Poet(SONG, "And nobody walks with me\nSo", waits=True)
    assert write(poet) == SONG
    assert poet.tries == 1


def test_plain_prompts_are_gone_on_with_where_they_end() -> None:
    poet = Poet(SONG, "And nobody walks with me\nSo", "Gone", chat=False)
    assert write(poet, asked=replace(ASKED, prompt="Lyric:\n")) == VERSE + "And nobody walks with me\nGone"
    assert [request.prompt for request in poet.asked[1:]] == [
        "Lyric:\n" + VERSE,
        "Lyric:\n" + VERSE + "And nobody walks with me\n",
    ]


def test_what_is_gone_on_with_is_answered_too() -> None:
    begun = ({"role": "user", "content": "Write."}, {"role": "assistant", "content": "I sat beside the sea"})
    poet = Poet("\nThe boats are painted red\n", "And nobody walks with me\nSo", "Gone")
    text = write(poet, before="I sat beside the sea", asked=replace(ASKED, prompt=begun))
    assert text == "\nAnd nobody walks with me\nGone"
    assert poet.asked[1].prompt == (begun[0], {"role": "assistant", "content": "I sat beside the sea\n"})


def test_stopping_ends_it_and_a_bad_request_is_refused_at_once() -> None:
    cancel = threading.Event()
    song = write_guided(Poet(SONG, "The end\nSo"), ASKED, GUIDE, cancel=cancel)
    text = ""
    for piece in song:
        text += piece.text
        if text.endswith("sea\n"):
            cancel.set()
    assert (text, piece.finish_reason) == (VERSE, "cancelled")
    with pytest.raises(BadValue):
        write_guided(Poet(SONG), replace(ASKED, sampling=Sampling(temperature=9)), GUIDE)


def test_where_no_scheme_is_named_a_fourth_line_still_rhymes(tmp_path: Path) -> None:
    verse = "[Verse 1]\nI sat beside the sea\nThe boats were long ago\nThe gulls went home to bed\n"
    poet = Poet(verse + "The lamp is out\nSo", "And nobody walks with me\nSo", "Gone")
    studio = scripted(tmp_path, poet)
    steps = run(studio, order("lyrics", {"theme": "The sea"}, max_tokens=400))
    assert text_of(steps) == f"{verse}And nobody walks with me\nGone"
    studio.close()


SCENE = "INT. HALL - DAY\n\nPru looks for the door.\n\nPRU\nThis is the wrong cake.\n\n"


@pytest.mark.parametrize("cue", ["PRU", "PILEN"])
def test_in_a_scene_a_cue_that_cannot_stand_gives_way(tmp_path: Path, cue: str) -> None:
    poet = Poet(f"{SCENE}{cue}\nHello.", "ADEYEMI\nMay I", "I would like a slice.")
    studio = scripted(tmp_path, poet)
    brief = {"logline": "A baker cannot leave a funeral.", "characters": "Pru. Mr Adeyemi."}
    steps = run(studio, order("screenplay", brief, max_tokens=400))
    assert text_of(steps) == f"{SCENE}ADEYEMI\nI would like a slice."
    assert "\n\nPRU" in [step.text for step in steps], "a cue comes when it stands"
    assert "h" in [step.text for step in steps], "speech comes letter by letter"
    studio.close()


STORY = "Iris lived by the sea. Iris"


def tell(poet: Poet, before: str = "") -> list[str]:
    names = find_guide(("same_name",), {}, "English")
    return [piece.text for piece in write_guided(poet, ASKED, names, before)]


def test_a_name_for_two_people_gives_way_in_the_middle_of_a_line() -> None:
    poet = Poet(f"{STORY} and Iris went out.", " Iris. She", " rowed.")
    assert "".join(tell(poet)) == f"{STORY} and Iris went out.", "nobody knows better"
    assert poet.tries == 2
    poet = Poet(f"{STORY} and Iris went out.", " Odile, who", " rowed.")
    shown = tell(poet)
    assert "".join(shown) == f"{STORY} and Odile, rowed."
    assert " Odile," in shown, "a name comes when it stands"
    assert "y" in shown, "all else comes letter by letter"
    assert not isinstance(poet.asked[1].prompt, str)
    assert poet.asked[1].prompt[-1] == {"role": "assistant", "content": f"{STORY} and"}


def test_several_stories_at_once_are_written_as_the_engine_writes_them() -> None:
    poet = Poet(f"{STORY} and Iris went out.", " Odile, who", " rowed.")
    asked = replace(ASKED, n=3)
    names = find_guide(("same_name",), {}, "English")
    assert list(write_guided(poet, asked, names)) == list(ScriptedEngine(lambda _: poet._lines).stream(asked))
    assert poet.asked == [asked]


def test_the_last_word_gives_way_too_and_what_is_gone_on_with_is_read() -> None:
    poet = Poet(" and Iris", " Odile")
    assert "".join(tell(poet, before="Iris")) == " and Odile"
    poet = Poet("\n\nIris left. \n ")
    assert "".join(tell(poet, before="Iris and")) == "\n\nIris left. \n "
    assert poet.tries == 0


@pytest.fixture(scope="module")
def starter() -> Iterator[LocalEngine]:
    """The real starter, with places for every try."""
    engine = open_engine(STARTER, "fp32", rows=32)
    yield engine
    engine.close()


def test_songs_of_the_starter_rhyme(starter: LocalEngine) -> None:
    heard = {"alone": [0, 0], "rhymed": [0, 0]}
    for seed, theme in enumerate(
        ("A song about the sea", "Leaving home", "The last train", "My grandmother's garden")
    ):
        brief = {
            "theme": theme,
            "structure": "Verse, Chorus, Verse",
            "rhyme_scheme": "AABB",
            "length": "short",
        }
        request = make_request(starter, Pair("lyrics", brief, ""), seed)
        songs = {"alone": starter.stream(request), "rhymed": write_guided(starter, request, GUIDE)}
        for name, pieces in songs.items():
            kept, asked = count_rhymes("".join(piece.text for piece in pieces), brief)
            heard[name][0] += kept
            heard[name][1] += asked
    alone, rhymed = (kept / asked for kept, asked in heard.values())
    assert rhymed > 2 * alone
    assert rhymed >= 0.5


def test_speakers_of_the_starter_are_those_of_the_brief(starter: LocalEngine) -> None:
    brief = {
        "logline": "Maren wants the kite of Odile.",
        "characters": "Maren, 34. Odile, 61.",
        "length": "short",
    }
    request = make_request(starter, Pair("screenplay", brief, ""), 0)
    made = find_guide(("who_speaks",), brief, "English")
    assert made
    told = {"alone": 0, "guided": 0}
    for seed in range(4):
        asked = replace(request, seed=seed)
        for name, pieces in {
            "alone": starter.stream(asked),
            "guided": write_guided(starter, asked, made),
        }.items():
            text = "".join(piece.text for piece in pieces)
            told[name] += sum(f.level != "pass" for f in checks.run(("who_speaks",), text, brief, "English"))
    assert told["guided"] * 2 < told["alone"]


def test_two_people_of_a_story_of_the_starter_have_two_names(starter: LocalEngine) -> None:
    form = load_forms()[0]["story"]
    names = find_guide(form.checks, {}, "English")
    told = {"alone": 0, "guided": 0}
    for example in form.examples:
        if example.language != "English":
            continue
        for seed in range(8):
            asked = make_request(starter, Pair("story", clean_brief(form, example.brief), ""), seed)
            for name, pieces in {
                "alone": starter.stream(asked),
                "guided": write_guided(starter, asked, names),
            }.items():
                told[name] += len(find_namesakes("".join(piece.text for piece in pieces)))
    assert told["guided"] * 4 < told["alone"]


def test_ads_of_the_starter_keep_their_limits(starter: LocalEngine) -> None:
    form = load_forms()[0]["ad_copy"]
    told = {"alone": 0, "guided": 0}
    for example in form.examples:
        brief = clean_brief(form, example.brief)
        made = find_guide(form.checks, brief, example.language)
        if example.language != "English" or not made:
            continue
        for seed in range(6):
            asked = make_request(starter, Pair("ad_copy", brief, ""), seed)
            for name, pieces in {
                "alone": starter.stream(asked),
                "guided": write_guided(starter, asked, made),
            }.items():
                text = "".join(piece.text for piece in pieces)
                found = checks.run(("channel_limits",), text, brief, "English")
                told[name] += sum(f.level != "pass" for f in found)
    assert told["guided"] * 3 < told["alone"]


def test_the_same_seed_gives_the_same_song_and_variants_differ(starter: LocalEngine) -> None:
    request = WriteRequest("Theme: The sea\n\n[Verse 1]\n", 60, seed=5, n=3)
    songs = []
    for _ in range(2):
        texts = [""] * 3
        for piece in write_guided(starter, request, GUIDE):
            texts[piece.index] += piece.text
        songs.append(texts)
    assert songs[0] == songs[1]
    assert len(set(songs[0])) == 3


def test_a_song_is_the_same_in_company_and_without_a_thread_of_the_engines_own(
    starter: LocalEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests = [
        WriteRequest(f"Theme: {theme}\n\n[Verse 1]\n", 60, seed=5) for theme in ("The sea", "Trains", "Rain")
    ]

    def song(engine: LocalEngine, request: WriteRequest) -> str:
        return "".join(piece.text for piece in write_guided(engine, request, GUIDE))

    alone = [song(starter, request) for request in requests]
    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(lambda request: song(starter, request), requests)) == alone
    monkeypatch.setenv("SPACES_ZERO_GPU", "1")
    inline = open_engine(STARTER, "fp32", rows=32)
    assert [song(inline, request) for request in requests] == alone
    inline.close()


def lyric(studio: Studio, **wishes: object) -> str:
    brief = {"theme": "The sea", "rhyme_scheme": "AABB"}
    return text_of(run(studio, order("lyrics", brief, max_tokens=400, **wishes)))


def test_the_studio_writes_lyrics_so_and_keeps_what_it_shows(tmp_path: Path) -> None:
    poet = Poet(SONG, "And nobody walks with me\nSo", "Gone")
    studio = scripted(tmp_path, poet)
    brief = {"theme": "The sea", "rhyme_scheme": "AABB"}
    steps = list(studio.stream(order("lyrics", brief, max_tokens=400, writer="w"), OWNER))
    assert text_of(steps) == VERSE + "And nobody walks with me\nGone"
    assert studio.drafts.open("w", steps[-1].draft).text == text_of(steps)
    assert [step.finish for step in steps if step.finish] == ["stop"]
    studio.close()


def test_revisions_and_songs_that_need_not_rhyme_are_written_as_they_come(tmp_path: Path) -> None:
    studio = scripted(tmp_path, Poet(SONG, "And nobody walks with me\nSo"))
    steps = run(studio, order("lyrics", {"theme": "The sea", "rhyme_scheme": "none"}, max_tokens=400))
    assert text_of(steps) == SONG
    studio.close()
    studio = scripted(tmp_path / "two", Poet(SONG, "And nobody walks with me\nSo"))
    page = {"action": "rewrite", "text": VERSE, "selection": "I sat beside the sea"}
    assert lyric(studio, **page) == SONG
    studio.close()
