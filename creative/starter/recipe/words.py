"""Word lists and small language rules for the pairs: names, kinds of things, key words, verbs in the present."""

from __future__ import annotations

import random
import re
from collections import Counter

WOMEN = """Ada Agnes Aisha Alice Alma Amara Amelia Amina Ana Anika Anna Asha Astrid Aurora Ava Beatrice Bella Bess Bianca
Brenda Bridget Camila Carla Carmen Celia Chloe Clara Claire Cora Daisy Dana Daphne Della Diana Dora Edith Elena Elin Ella
Ellen Elsa Emily Emma Esme Esther Eva Eve Faye Fern Fiona Flora Freya Gemma Gita Grace Greta Hana Hannah Hazel Heidi Helen
Hilda Holly Ida Imani Ines Ingrid Irene Iris Isla Ivy Jane Jasmine Jean Joan Josie Joy Judith Julia June Kate Keiko Kira
Lara Laura Layla Leah Lena Leila Lila Lily Linda Lola Lotta Louise Lucia Lucy Luna Lydia Mabel Maeve Maggie Maja Mara Margo
Maria Marta Martha Mary Matilda May Maya Mei Mia Mila Mina Mira Molly Mona Nadia Nancy Naomi Nell Nina Nora Odette Olga
Olive Olivia Opal Pam Paula Pearl Penny Petra Phoebe Poppy Priya Rania Rhea Rita Rosa Rose Rosie Ruby Ruth Sadie Sally Sara
Sana Selma Signe Sofia Sonia Stella Sue Sunita Susan Sylvia Tara Tess Thea Tilda Tina Una Uma Vera Vida Viola Wanda Wendy
Willa Winnie Yara Yuki Zadie Zara Zoe Zora""".split()
MEN = """Aaron Abel Adam Ahmed Alan Albert Alec Alex Amir Andre Anton Archie Arlo Arthur Asher Axel Barney Basil Ben Bertie
Bill Bo Bob Bram Bruno Caleb Carl Carlos Cedric Charlie Chen Clem Cole Colin Conrad Cyrus Dan Daniel Dario David Dean Dev
Diego Dominic Dougal Duncan Ed Edgar Eli Elias Emil Enzo Eric Ernest Ethan Evan Ezra Felix Fergus Finn Frank Fred Gabriel
Gareth George Gil Gordon Graham Gus Hal Hamid Hank Harold Harry Hassan Hector Henry Herb Hugo Ian Idris Igor Ivan Ivor Jack
Jacob Jake James Jamal Jasper Jay Jed Jerome Jim Joe Joel Jonas Jonah Jude Jules Kai Karim Karl Ken Kenji Kofi Kurt Lars
Leo Leon Lewis Liam Linus Lloyd Lorenzo Louis Luca Lucas Luke Magnus Malik Marco Mark Martin Matteo Max Mike Miles Milo Nate
Ned Neil Nico Noah Nolan Olaf Oliver Omar Orson Oscar Otis Otto Owen Pablo Patrick Paul Pedro Percy Pete Peter Philip Pierre
Quentin Rafael Raj Ralph Ravi Ray Reuben Rex Rob Robin Roger Rohan Roland Rory Roy Rufus Ryan Sam Samir Saul Sean Seth Sid
Silas Simon Spike Stan Stefan Sven Tariq Ted Theo Thomas Tim Timmy Toby Todd Tom Tommy Tony Travis Uri Victor Vince Viktor
Walt Walter Wes Will Xavier Yusuf Zack""".split()
SURNAMES = """Abbott Acosta Adeyemi Ahmed Alder Ames Archer Bailey Baker Banks Barlow Bell Bishop Blake Bloom Booth Brandt
Briggs Brook Burke Calder Carver Castro Chan Chavez Clarke Cole Costa Cross Dahl Dalton Das Dean Diaz Doyle Drake Duarte
Dunn Ellis Eriksen Estrada Farrow Fenn Fischer Flint Flores Ford Fox Frost Garner Ghosh Gibbs Grant Gray Greene Gupta Hale
Hall Harper Hart Haas Hayes Herrera Hill Holt Hoang Hughes Hunt Ibarra Irving Jansen Jensen Jha Joshi Kane Kaur Keller Kent
Khan Kim Klein Knox Kumar Lane Larsen Lee Lim Lind Lowe Lund Marsh Mason Mendez Meyer Miller Mills Moreau Moss Munro Nair
Nash Nguyen Noble Novak Ochoa Okafor Olsen Ortiz Osei Page Park Parr Patel Pena Perry Petrov Pike Pope Price Quinn Ramos
Rao Reed Reyes Rice Rivera Rossi Rowe Ruiz Sato Shah Shaw Silva Singh Snow Soto Stone Sutton Tan Thorne Torres Tran Vance
Vargas Vega Voss Wade Walsh Ward Webb Wells West Wood Wu Yang Yates Young Zhang""".split()

CLASSES: dict[str, list[str]] = {
    "animal": """dog cat rabbit fox bear mouse squirrel frog duck horse pig cow goat sheep owl parrot turtle hen goose
    donkey pony hedgehog badger otter deer monkey wolf crow swan""".split(),
    "thing": """ball doll kite drum bell lamp map key coin ring hat scarf book box basket bottle mirror clock lantern ribbon
    whistle puzzle letter camera guitar bicycle robot wagon boat ladder telescope violin umbrella blanket bucket""".split(),
    "place": """park garden forest beach farm market village meadow lake library harbour island station bakery orchard
    mountain river castle valley museum school lighthouse theatre desert""".split(),
    "person": """farmer baker sailor doctor teacher painter tailor soldier fisherman miller king queen prince princess nurse
    pilot carpenter gardener singer clockmaker hunter shepherd""".split(),
    "food": """cake pie bread soup apple pear cookie pancake sandwich pizza cheese honey jam carrot potato plum cherry
    pumpkin muffin""".split(),
    "colour": "red blue green yellow purple orange pink white black silver golden brown".split(),
    "weather": "rain snow wind storm fog sunshine thunder".split(),
}
"""Things of one kind may stand for one another; the same word is put in the brief and in the text."""

STOP = frozenset(
    """a about above after again all also always am an and another any anything are around as asked at away back be because
    been before began being best better big both boy but by called came can can't child children come could couldn't day days
    did didn't do does doesn't doing don't done down each else even ever every everyone everything excited far feel felt few
    find first for forever found friend friends from fun gave get gets getting girl give go goes going gone good got great
    had hand happy hard has have having he hear heard help helped her here herself high him himself his home how i i'm if in
    inside into is isn't it it's its itself just keep kept kind knew know last later laughed learned let let's like liked
    little live lived long look looked lot loved made make man many may me mom mommy dad daddy mum more morning most mother
    father much must my named near need never new next nice night no not nothing now of off oh ok old on once one only open
    or other others our out outside over own people place play played playing put quickly ran replied right run sad said same
    saw say see seemed she should show showed side small smiled so some someone something soon started stay still stop story
    such sure take than thank thanks that that's the their them themselves then there these they thing things think this
    those thought through time to today together told too took tree tried try two until up upon us use used very walk walked
    want wanted wants was wasn't way we well went were what when where which while who why will with woman wonderful won't
    work would yes yet you you're young your yourself proud scared surprised suddenly smile sister brother family house room
    door eyes world left moral mama papa half three four five six seven eight nine ten sir miss mr mrs dear shall upon unto
    thou thee thy o ye though whose whom like till oft ere nor might every ah""".split()
)
"""Words too common to be key words."""

IRREGULAR = dict(
    pair.split(":")
    for pair in """was:is were:are had:has did:does went:goes saw:sees found:finds took:takes made:makes came:comes got:gets
    gave:gives told:tells said:says thought:thinks knew:knows felt:feels lost:loses bought:buys brought:brings built:builds
    caught:catches chose:chooses drew:draws drove:drives ate:eats fell:falls flew:flies forgot:forgets grew:grows heard:hears
    hid:hides held:holds kept:keeps led:leads left:leaves met:meets paid:pays put:puts ran:runs rode:rides rose:rises sat:sits
    sang:sings slept:sleeps spoke:speaks spent:spends stood:stands stole:steals swam:swims taught:teaches threw:throws
    woke:wakes won:wins wore:wears wrote:writes broke:breaks began:begins became:becomes sold:sells sent:sends hurt:hurts
    dug:digs let:lets cut:cuts fed:feeds understood:understands drank:drinks hit:hits shook:shakes lay:lies stuck:sticks
    swung:swings hung:hangs set:sets read:reads lent:lends meant:means dreamt:dreams could:can would:will""".split()
)
"""Past to present, he or she."""

_NOUN = re.compile(
    r"\b(?:an?|the|his|her|my|your|their|our|some|this|that|of|with|two|three|many)\s(?:[a-z]+\s){0,2}?([a-z]{3,})(?="
    r"[.,;:!?\"\n—]|\s(?:and|or|was|were|is|in|on|at|to|with|that|from|for|of|who|which|by|had|has|into|named|called|but)\b)"
)
_WORD = re.compile(r"[A-Za-z][a-z']+")
_DROPPED_E = frozenset(
    """chang manag troubl doubl lik smil decid shar nam hop us invit explor chas promis surpris agre bak ador admir advis amaz argu tast cloth confus
    ador excit ignor imagin injur inspir joke lin mov notic pil pos prepar produc provid quot rais rac refus replac rid
    rescu rul sav scar skat slic slid snor star stor stumbl tam tim tir trad tun tripl typ war wast whin wip wad bor car cur
    danc dar dat din examin fil fir handl hid joked judg retir rop escap shap skid strok suppos tap tickl tim urg vot wav
    poke pok smok brok joke chok lik strik wak shad fad guid divid hat not unit complet reced behav plac fram blam nam tam com
    consol whistl wrestl settl gigl giggl wiggl juggl struggl snuggl cuddl paddl handl puzzl sizzl bubbl gobbl mumbl tumbl
    trembl rumbl grumbl sparkl twinkl sprinkl chuckl tackl tickl pickl circl crumbl scrambl rippl tippl toppl assembl
    disagre eras clos los pleas teas increas releas purchas ceas nurs curs rehears collaps express advertis exercis pras prais
    paus caus ros nos compos propos expos dispos amus accus excus bak mak tak shak wak stak fak rak hik lik bik determin
    combin defin shin min outlin phon ston ton zon postpon admir hir wir requir inquir desir acquir measur treasur pictur
    captur adventur wir stap pip wip hop cop slop grop scrap tap scal sal whal smil pil fil whil compil""".split()
)
"""Stems of regular verbs that end in -e."""
_DROPPED_E_END = re.compile(r"(?:v|c|[^z]z|u|[dr]g|(?<!lo)(?<!ha)(?<!ba)ng|[^aeo]at)$")


def key_words(text: str, count: int) -> list[str]:
    """The things that say most what the text is about: frequent nouns by their place, lower case; earliest first."""
    seen: Counter[str] = Counter()
    for word in _NOUN.findall(text):
        if len(word) > 2 and word not in STOP and not word.endswith(("ly", "ing", "est")):
            seen[word] += 1
    best = {w for w, _ in seen.most_common(count)}
    return [w for w in seen if w in best]


def find_names(text: str) -> list[str]:
    """First names of the text that the lists know, most frequent first."""
    seen = Counter(w for w in re.findall(r"\b[A-Z][a-z]+\b", text) if w in _KNOWN)
    return [name for name, _ in seen.most_common()]


def pick_name(rng: random.Random, like: str = "", taken: frozenset[str] = frozenset()) -> str:
    """A random first name, of the same list as `like` where it is known, and not one of `taken`."""
    pool = WOMEN if like in _WOMEN else MEN if like in _KNOWN else rng.choice((WOMEN, MEN))
    while (name := rng.choice(pool)) in taken:
        pass
    return name


def swap_words(texts: list[str], swaps: dict[str, str]) -> list[str]:
    """Put new words for old in all the texts at once: capitals and plural -s are kept, a/an is put right."""
    if not swaps:
        return texts
    lower = {old.lower(): new for old, new in swaps.items()}
    words = "|".join(sorted(map(re.escape, lower), key=len, reverse=True))
    pattern = re.compile(rf"\b(?:(an?) )?({words})(s?)\b", re.IGNORECASE)
    return [pattern.sub(lambda m: _swapped(m, lower), text) for text in texts]


def _swapped(match: re.Match[str], swaps: dict[str, str]) -> str:
    article, old, plural = match.groups()
    new = swaps[old.lower()]
    if old.isupper():
        new = new.upper()
    elif old[0].isupper():
        new = new[0].upper() + new[1:]
    if not article:
        return new + plural
    fitting = "an" if new[0].lower() in "aeiou" else "a"
    return f"{fitting.capitalize() if article[0].isupper() else fitting} {new}{plural}"


def random_swaps(text: str, rng: random.Random, share: float = 0.6) -> dict[str, str]:
    """New names for most names of the text, and other things of the same kind for some of its things."""
    names = find_names(text)
    swaps: dict[str, str] = {}
    for name in names:
        if rng.random() < 0.85:
            swaps[name] = pick_name(rng, name, frozenset(names) | frozenset(swaps.values()))
    present = set(_WORD.findall(text.lower()))
    for words in CLASSES.values():
        for old in words:
            if old in present and rng.random() < share * 0.6:
                new = rng.choice(words)
                if new not in present and new not in swaps.values():
                    swaps[old] = new
    return swaps


def to_present(verb: str) -> str:
    """The present tense, he or she, of a past verb; the verb itself when no rule fits."""
    if verb in IRREGULAR:
        return IRREGULAR[verb]
    if not verb.endswith("ed") or len(verb) < 5:
        return verb
    stem = verb[:-2]
    if stem.endswith("i"):
        return stem[:-1] + "ies"
    if len(stem) > 3 and stem[-1] == stem[-2] and stem[-1] not in "lsfz":
        return stem[:-1] + "s"
    if stem in _DROPPED_E or _DROPPED_E_END.search(stem):
        return stem + "es"
    return stem + ("es" if stem.endswith(("s", "sh", "ch", "x", "z")) else "s")


_WOMEN = frozenset(WOMEN)
_KNOWN = frozenset(WOMEN) | frozenset(MEN) - {"Will", "Mark", "Dean", "Rose", "Bill", "Bo"}
