"""The pairs: what is taken from a text stands in its brief, and both go through the forms' own prompts."""

import random
import re
import tomllib
from itertools import combinations
from pathlib import Path

import pytest

from creative import checks
from creative.checks._rhymes import compare
from creative.checks.rhyme_scheme import count_rhymes
from creative.starter.recipe import (
    pairs_actions,
    pairs_ads,
    pairs_lines,
    pairs_lyrics,
    pairs_news,
    pairs_screenplay,
    pairs_story,
)
from creative.starter.recipe.clean import find_listed
from creative.starter.recipe.corpus import KINDS, Split, _clean
from creative.starter.recipe.measures import cut_choruses, keeps_format, share_used
from creative.starter.recipe.pairs import Pair, read_pairs, write_pairs
from creative.starter.recipe.present import tell_in_present
from creative.starter.recipe.render import END_OF_TURN, render_pair
from creative.starter.recipe.words import (
    MEN,
    ONE_PERSON,
    SEVERAL_PEOPLE,
    WOMEN,
    build_name,
    key_words,
    swap_things,
    swap_words,
    to_present,
    unname,
)

STORY = """Once upon a time, there was a small girl named Nora. Nora lived near the harbour with her dog.

One day, Nora found an old key in the sand. She wanted to know what it opened, so she took it to the farmer.

"What does it open?" asked Nora. "I do not know," said the farmer. "Maybe the shed by the river."

Nora ran to the shed and put the key in the door. The door opened. Inside there was a kite with a long tail.

"May I keep it?" Nora asked. "It has waited for you," the farmer said. Nora flew the kite until it was dark."""
SONG = """The Mill

The wheel goes round beside the mill,
The water runs below,
And I am waiting on the hill
For one who had to go.

The lamp is lit, the door is wide,
The kettle sings for two,
The boat came in upon the tide
And brought no word of you.

The wheel goes round, the days go by,
The reeds are bent with snow,
And still I watch the empty sky
For one who had to go."""
AD = """Canvas Tool Roll

Keep every chisel where you need it. This roll offers a row of twelve pockets, with ties made of soft leather.
Perfect for wood workers. It features a strong waxed canvas."""

TURNS = "Who is it?|Only me.|At this hour?|The boat was late.|You might have sent word.|I sent two letters.|None came."
PLAY = "\n\n".join(
    f"{('ANNA', 'MR. HOLM')[i % 2]}\n{t}" for i, t in enumerate(2 * TURNS.split("|") + ["Well."])
)


@pytest.fixture
def splits() -> dict[str, Split]:
    docs = {
        "simple": [STORY],
        "fairy": [STORY],
        "novels": [STORY],
        "fiction": [STORY],
        "lyrics": [SONG],
        "poems": [SONG],
    }
    docs |= {"ads": [AD], "plays": [PLAY], "news": []}
    assert set(docs) == set(KINDS)
    return {kind: Split(d, d) for kind, d in docs.items()}


def test_a_story_gets_a_premise_in_the_present_and_new_names_in_both() -> None:
    pairs = [p for seed in range(30) if (p := pairs_story.make_pair(STORY, "simple", random.Random(seed)))]
    assert len(pairs) > 20
    assert any(
        p.brief["premise"].startswith("A small girl named ") and " finds " in p.brief["premise"]
        for p in pairs
    )
    assert sum("Nora" not in p.text for p in pairs) > 10
    assert all(share_used(p.wanted, p.text) == 1 for p in pairs if p.wanted)


def test_names_that_no_list_has_are_built_and_asked_for() -> None:
    rng = random.Random(1)
    names = [build_name(rng) for _ in range(20_000)]
    assert len(set(names[:500])) > 480
    assert not [name for name in names if find_listed(name)]
    assert all(re.fullmatch("[A-Z][a-z]{2,8}", name) for name in names)
    pairs = [p for seed in range(60) if (p := pairs_story.make_pair(STORY, "simple", random.Random(seed)))]
    known = set(WOMEN) | set(MEN)
    unknown = [w for p in pairs for w in p.wanted if w[0].isupper() and w not in known]
    assert len(unknown) > 10


def test_a_premise_may_leave_names_to_the_characters() -> None:
    rng = random.Random(0)
    assert unname("A girl named Nora finds a key.", ["Nora"], rng) == "A girl finds a key."
    assert unname("Nora and Max find a key.", ["Max", "Nora"], rng).split(" find")[0] in {
        who.capitalize() for who in SEVERAL_PEOPLE
    }
    assert unname("Nora finds a key.", ["Nora"], rng).split(" finds")[0] in {
        who.capitalize() for who in ONE_PERSON
    }
    assert unname("Nora and the dog find a key.", ["Nora"], rng) == "Nora and the dog find a key."


def test_what_two_people_do_is_told_of_two() -> None:
    story = "It was late.\nMax and Julia wanted to climb and carried a ladder.\nThe ladder was tall."
    assert pairs_story.find_event(story) == "Max and Julia want to climb and carry a ladder."


def test_a_lyric_has_the_sections_its_brief_asks_for() -> None:
    title, _, body = SONG.partition("\n\n")
    for seed in range(20):
        pair = pairs_lyrics.make_pair(title, body.split("\n\n"), random.Random(seed))
        assert keeps_format("lyrics", pair.text, pair.brief) is not False
        if pair.brief["hook"]:
            assert pair.brief["hook"] in pair.text


def test_written_lines_carry_the_theme_rhyme_and_keep_the_structure() -> None:
    for seed in range(60):
        pair = pairs_lines.make_pair(random.Random(seed))
        assert keeps_format("lyrics", pair.text, pair.brief) is not False, pair.text
        assert share_used(pair.wanted, pair.text) == 1
        assert "{" not in pair.text
        verse = pair.text.split("[Verse 1]\n")[1].split("\n\n")[0].split("\n")
        if pair.brief["rhyme_scheme"] == "AABB":
            ends = [line.split()[-1] for line in verse]
            assert ends[0] != ends[1]
            for pair_of_ends in (set(ends[:2]), set(ends[2:])):
                blocks = [{line.split()[-1] for line in block.lines} for block in pairs_lines.BLOCKS]
                assert any(pair_of_ends <= block for block in blocks), verse


def test_a_written_song_keeps_to_one_mood_and_seldom_names_its_theme() -> None:
    told, lines = 0, 0
    for seed in range(60):
        pair = pairs_lines.make_pair(random.Random(seed))
        sung = [line for line in pair.text.split("\n") if line and not line.startswith("[")]
        named = [line for line in sung if any(thing in line for thing in pair.wanted[:3])]
        told, lines = told + len(named), lines + len(sung)
        verses = [s.split("\n")[1:] for s in pair.text.split("\n\n") if s.startswith("[Verse")]
        flat = [line for verse in verses for line in verse]
        assert len(flat) == len(set(flat)), pair.text
    assert told / lines < 0.4


def test_every_block_has_moods_that_a_brief_may_name_and_lines_about_the_theme() -> None:
    for block in pairs_lines.BLOCKS:
        assert set(block.moods) <= set(pairs_lines.MOODS)
        assert 2 <= sum("{a}" in line for line in block.lines) < len(block.lines), block
        ends = {line.split()[-1] for line in block.lines}
        assert len(ends) > 3, block
        assert all(compare(a, b) != "none" for a, b in combinations(sorted(ends), 2)), block


def test_key_words_are_nouns() -> None:
    text = "The kid saw a fierce animal nearby. The Duke would prefer to be called a kid."
    assert key_words(text, 6) == ["kid"]


def test_any_thing_may_take_the_place_of_what_a_story_is_about() -> None:
    swaps = [swap_things(STORY, random.Random(seed), wild=1.0) for seed in range(20)]
    about = {"key", "shed", "harbour", "door", "kite", "sand", "tail", "river", "dog", "farmer"}
    assert all(set(s) & about for s in swaps), swaps


def test_two_stories_glued_together_are_parted() -> None:
    parts = _clean(
        [f"{STORY}\nOnce upon a time there was an old fisherman. {'He mended his net. ' * 6}"], "simple"
    )
    assert [p.split(",")[0][:16] for p in parts] == ["Once upon a time", "Once upon a time"]
    assert "fisherman" not in parts[0]


def test_whoever_speaks_in_a_scene_keeps_their_speeches_under_a_new_name() -> None:
    scenes = [p for seed in range(40) if (p := pairs_screenplay.from_story(STORY, random.Random(seed)))]
    cues = {tuple(re.findall(r"^([A-Z]+)$", p.text, re.MULTILINE)) for p in scenes}
    assert len(cues) > 5
    # One by one they are the same turns, whatever the names.
    assert len({tuple(map(turns.index, turns)) for turns in cues}) == 1


def test_people_out_of_plays_may_have_a_title_or_only_a_trade() -> None:
    speeches = pairs_screenplay.find_speeches(PLAY)
    scenes = [p for seed in range(80) if (p := pairs_screenplay.from_play(speeches, random.Random(seed)))]
    titled = [p for p in scenes if re.search(r"\n\nM(?:R|RS|S) [A-Z]+\n", p.text)]
    by_trade = [p for p in scenes if re.search(r"\n\nTHE [A-Z ]+\n", p.text)]
    assert len(titled) > 8 < len(by_trade)
    for pair in scenes:
        # Whoever speaks stands in the brief, and every sentence has its capital.
        cues = re.findall(r"^([A-Z][A-Z ]+)$", pair.text, re.MULTILINE)
        assert all(cue.lower() in pair.answers.lower() for cue in cues if pair.brief["characters"]), pair
        assert not re.search(
            r"(?:^|[.!?] |\n)the ", pair.text + pair.brief["logline"] + pair.brief["purpose"]
        )
        assert share_used(pair.wanted, pair.text) == 1


def test_nobody_in_a_scene_speaks_to_themselves() -> None:
    wrong = STORY.replace("It has waited for you,", "It has waited for you, farmer,").replace("Nora", "Ada")
    assert not [p for seed in range(12) if (p := pairs_screenplay.from_story(wrong, random.Random(seed)))]


def test_everybody_who_speaks_in_a_scene_may_stand_in_the_brief() -> None:
    pairs = [p for seed in range(40) if (p := pairs_screenplay.from_story(STORY, random.Random(seed)))]
    told = [p for p in pairs if p.brief["characters"]]
    assert told
    for pair in told:
        cues = re.findall(r"\n\n([A-Z]+)\n", pair.text)
        assert cues
        assert all(cue in pair.brief["characters"].upper() for cue in cues)


def test_a_word_in_quotes_is_no_speech_and_a_name_no_manner() -> None:
    told = "\n".join(
        (
            'The sign had the word "yield" on it.',
            '"I see it," said Molly.',
            '"So do I," Ben said.',
            '"Come," she said softly.',
        )
    )
    blocks = pairs_screenplay._tell(told)
    assert [(cue, manner) for cue, manner, _ in blocks if cue] == [
        ("Molly", ""),
        ("Ben", ""),
        ("Molly", "softly"),
    ]


def test_no_small_word_speaks_in_a_scene() -> None:
    wrong = STORY.replace("said the farmer", "said his old voice")
    assert not [p for seed in range(12) if (p := pairs_screenplay.from_story(wrong, random.Random(seed)))]


def test_the_rhyme_scheme_is_read_from_the_line_ends() -> None:
    assert pairs_lyrics.scheme_of(SONG.split("\n\n")[1]) == "ABAB"
    assert pairs_lyrics.scheme_of("one\ntwo\nthree") == ""


def test_of_two_schemes_as_frequent_a_song_always_has_the_same() -> None:
    # It hung on the order of a set, which is another in every run.
    crossed, paired = SONG.split("\n\n")[1], "A hill\nA mill\nA day\nA ray"
    second, free = "The sea is wide\nA stone\nThe bread is warm\nAlone", "A tide\nA loaf\nA lamp\nA street"

    def schemes(*stanzas: str) -> set[str]:
        assert len({pairs_lyrics.scheme_of(stanza) for stanza in stanzas}) == 3
        pairs = (pairs_lyrics.make_pair("The Sea", list(stanzas), random.Random(seed)) for seed in range(40))
        return {pair.brief["rhyme_scheme"] for pair in pairs}

    assert schemes(crossed, second, paired) == schemes(paired, second, crossed) == {"", "AABB"}
    assert schemes(crossed, paired, free) == schemes(free, paired, crossed) == {""}


def test_a_story_becomes_a_scene_in_fountain() -> None:
    pairs = [p for seed in range(12) if (p := pairs_screenplay.from_story(STORY, random.Random(seed)))]
    assert pairs
    for pair in pairs:
        assert pair.text.startswith(("INT. ", "EXT. "))
        assert "\n\nFARMER\n" in pair.text or "FARMER" not in pair.text
        assert keeps_format("screenplay", pair.text, pair.brief) is not False


def test_a_report_takes_its_facts_from_its_notes(splits: dict[str, Split]) -> None:
    made = pairs_news.make_pairs(splits, "train", random.Random(3))
    for pair in (next(made) for _ in range(40)):
        for number in [w for w in pair.text.replace(",", "").split() if w.isdigit()]:
            assert number in "".join(pair.brief.values()).replace(",", "")
        assert keeps_format("news", pair.text, pair.brief) is not False


def test_ads_stay_inside_the_limits_of_their_channel(splits: dict[str, Split]) -> None:
    made = pairs_ads.make_pairs(splits, "train", random.Random(4))
    for pair in (next(made) for _ in range(60)):
        assert keeps_format("ad_copy", pair.text, pair.brief) is not False, pair.text


def test_every_made_up_report_is_filled_and_no_number_of_it_means_two_things() -> None:
    subjects = tomllib.loads(pairs_news.SEEDS.read_text(encoding="utf-8"))["subject"]
    for subject in subjects:
        for note, headline in subject["events"]:
            filled = pairs_news.fill(f"{headline}\n{note}", pairs_news.make_slots(random.Random(1), "train"))
            assert "{" not in filled
            facts = pairs_news._sample_facts(note, subject["facts"], random.Random(2))
            assert len(facts) > 1, note
            slots = [
                s for text in (note, *facts) for s in set(re.findall(r"{(\w+)}", text)) - pairs_news._NAMES
            ]
            assert len(slots) == len(set(slots)), slots


def test_no_variant_of_an_ad_says_a_benefit_twice_and_each_post_opens_in_its_own_way(
    splits: dict[str, Split],
) -> None:
    made = pairs_ads.make_pairs(splits, "train", random.Random(6))
    posts = 0
    for pair in (next(made) for _ in range(120)):
        variants = re.split(r"\n\n", re.sub(r"Variant \d\n", "", pair.text))
        for variant in variants:
            for benefit in filter(None, pair.brief["benefits"].split("\n")):
                assert variant.lower().count(benefit.lower()) <= 1
        if pair.brief["channel"] == "social_post" and len(variants) > 1:
            posts += 1
            assert len({v.split(". ")[0] for v in variants}) == len(variants), pair.text
    assert posts > 3


@pytest.mark.parametrize("action", ["polish", "shorten", "expand", "brainstorm_titles"])
def test_an_action_is_rendered_with_its_passage(splits: dict[str, Split], action: str) -> None:
    made = pairs_actions.make_pairs(splits, "train", random.Random(5))
    pair = next(p for p in made if p.action == action)
    prompt, answer = render_pair(pair)
    assert pair.selection in prompt
    assert answer.endswith(END_OF_TURN)


@pytest.mark.parametrize("form", ["story", "screenplay", "lyrics", "news", "ad_copy"])
def test_a_brief_is_rendered_by_the_forms_own_code(splits: dict[str, Split], form: str) -> None:
    answers = {
        "story": {"premise": "Nora finds a key."},
        "screenplay": {"logline": "Nora finds a key."},
        "lyrics": {"theme": "Nora finds a key."},
        "news": {"notes": "Nora finds a key."},
        "ad_copy": {"product": "Nora finds a key."},
    }[form]
    prompt, answer = render_pair(Pair(form, answers, "Text."))
    assert "Nora finds a key." in prompt
    assert prompt.endswith("<|im_start|>assistant\n")
    assert answer == "Text." + END_OF_TURN


def test_of_a_cut_text_the_end_is_not_taught() -> None:
    assert render_pair(Pair("story", {"premise": "A key."}, "And then", whole=False))[1] == "And then"


def test_pairs_come_back_from_their_file(tmp_path: Path) -> None:
    pair = Pair("story", {"premise": "A key."}, "Text.", ("key",), action="polish", draft="d", selection="s")
    write_pairs([pair], tmp_path / "pairs.jsonl")
    assert list(read_pairs(tmp_path / "pairs.jsonl")) == [pair]


def test_words_are_swapped_with_their_capitals_and_article() -> None:
    assert swap_words(["An owl, owls and OWL."], {"owl": "fox"}) == ["A fox, foxs and FOX."]


def test_verbs_are_turned_to_the_present() -> None:
    verbs = "found wanted cried decided opened hugged chased wished"
    assert [to_present(v) for v in verbs.split()] == [
        "finds",
        "wants",
        "cries",
        "decides",
        "opens",
        "hugs",
        "chases",
        "wishes",
    ]


def test_the_format_checks_of_the_report_exist() -> None:
    assert checks.names()


def test_narration_is_told_in_the_present_of_one_or_of_many() -> None:
    told = {
        "They ate the food and became good friends.": "They eat the food and become good friends.",
        "Otis and his mom went to the ship.": "Otis and his mom go to the ship.",
        "Anna took the kite and ran home.": "Anna takes the kite and runs home.",
        "They saw Anna, and she ran home.": "They see Anna, and she runs home.",
        "They also made a new friend.": "They also make a new friend.",
        "After it they always played and took turns.": "After it they always play and take turns.",
        "The two girls got to work.": "The two girls get to work.",
        "Emily chose the sky, and Lydia chose the grass.": "Emily chooses the sky, and Lydia chooses the grass.",
        "Freya was sad, and Kenji felt bad.": "Freya is sad, and Kenji feels bad.",
        "She had a big toy drum filled with toys.": "She has a big toy drum filled with toys.",
        "He saw colourful lines curved across the sky.": "He sees colourful lines curved across the sky.",
        "Some people agreed with Kobole.": "Some people agree with Kobole.",
        "Others thought that Neno was right.": "Others think that Neno is right.",
        "The two groups argued.": "The two groups argue.",
        "The girls chose a bird and put it into the world.": "The girls choose a bird and put it into the world.",
        "The boy with the balls played.": "The boy with the balls plays.",
        "One of the boys went home.": "One of the boys goes home.",
        "She opened the box and the bird flew away.": "She opens the box and the bird flies away.",
        "Tom and the little dog ran.": "Tom and the little dog run.",
        "They played catch and then kicked the ball.": "They play catch and then kick the ball.",
        "After a long time, they found it.": "After a long time, they find it.",
        "His friends were sad when they didn't find it.": "His friends are sad when they don't find it.",
        "Mark and his friends were sad.": "Mark and his friends are sad.",
        "She was scared, but her friends were not.": "She is scared, but her friends are not.",
        "He wanted to put it there.": "He wants to put it there.",
        "Then James went home.": "Then James goes home.",
        "When Tim came home, Mom smiled and hugged him.": "When Tim comes home, Mom smiles and hugs him.",
        "The boys who played outside were happy.": "The boys who play outside are happy.",
        "They met a boy who liked ships.": "They meet a boy who likes ships.",
        "I was sad and went home.": "I am sad and go home.",
        "Her mom and dad came in and saw the mess.": "Her mom and dad come in and see the mess.",
        "The big crow agreed.": "The big crow agrees.",
        "Lily, Tom and Ben found a map.": "Lily, Tom and Ben find a map.",
        "The bus was late.": "The bus is late.",
        "His glasses broke.": "His glasses break.",
        "They were tired, so they went home.": "They are tired, so they go home.",
    }
    assert {past: tell_in_present(past) for past in told} == told


def test_a_written_song_parts_no_couplet() -> None:
    partners = {frozenset(couplet) for block in pairs_lines.BLOCKS for couplet in block.couplets}
    verses = 0
    for seed in range(200):
        pair = pairs_lines.make_pair(random.Random(seed))
        kept, asked = count_rhymes(cut_choruses(pair.text), pair.brief)
        assert kept == asked, pair.text
        if pair.brief["rhyme_scheme"] != "ABAB":
            continue
        lines = pair.text.split("[Verse 1]\n")[1].split("\n\n")[0].split("\n")
        for one, other in ((lines[0], lines[2]), (lines[1], lines[3])):
            verses += 1
            assert any(
                all(any(_says(line, told) for told in (one, other)) for line in couplet)
                for couplet in partners
            ), lines
    assert verses > 20


def _says(seed: str, line: str) -> bool:
    before, _, after = seed.partition("{a}")
    return line.startswith(before) and line.endswith(after)
