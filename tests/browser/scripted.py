"""A model that writes what the test says: the brief asks for its pace, its length and its mishaps."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator

from creative.engines.contract import Counts, EngineInfo, Piece, Prompt, WriteRequest
from creative.errors import EngineFailed

STORY = (
    "The Ferry at Low Water\n\nThe ferry had not run since Tuesday, and by Friday the island had started to "
    "talk to itself. Doors were left open. Radios argued through kitchen walls. Maren walked the length of the "
    "harbour with her hands in her father's coat and counted, out of habit, the boats that were no longer "
    "there.\n\nHer heart skipped a beat that morning. It had come in a brown envelope with the council's crest "
    "on it, and she had put it behind the clock, where her mother used to put things she meant to forget.\n\n"
    "“You'll have to open it sometime,” Ines said. She was mending a net that nobody would use.\n\n“Time "
    "stood still, Ines.”\n\n“Then you won't mind reading it.”\n\nThe tide was going out. It went out the way it "
    "always went out, slowly and then all at once, until the mud lay shining and the old posts stood up in "
    "their rows."
)
MORE = (
    "\n\nMaren took the envelope down. The paper was soft with damp, and it opened without a sound, as though "
    "it had been waiting for her thumb.\n\nThere were four lines. She read the third one twice. Then she folded "
    "the page along its crease and set it on the net, between the two of them, where the light from the window "
    "could get at it."
)
SCRIPT = (
    "INT. HARBOUR OFFICE - DAWN\n\nA single strip light. Charts curl on the walls. MAREN (34), salt-stiff coat, "
    "stands at the counter with an unopened letter.\n\nINES (61) does not look up from the ledger.\n\nINES\nYou "
    "could have knocked.\n\nMAREN\nThe door was off.\n\nINES\n(turning a page)\nIt's been off since the storm. "
    "People still knock.\n\nMaren slides the letter across. Ines reads the crest, not the contents.\n\nINES\nWhen "
    "did this come?\n\nMAREN\nTuesday. With the last boat.\n\nEXT. HARBOUR - CONTINUOUS\n\nLow water. Mud, posts, "
    "silence. The ferry lies on its side like something asleep.\n\nCUT TO:"
)
CHINESE = (
    "低潮时的渡轮\n\n渡轮从星期二起就没再开过，到了星期五，岛上的人开始自言自语。门都敞着，收音机隔着厨房的墙吵架。"
    "玛仁把手揣在父亲的大衣里，沿着码头一路走，习惯地数着那些已经不在的船。\n\n那封信来的时候装在一个牛皮纸信封里，"
    "印着镇公所的章。她把它塞到钟后面，母亲从前就把想忘掉的东西放在那里。\n\n“你总得打开的。”伊内斯说。"
)
TAKES = (
    "Maren took the envelope down. The paper was soft with damp and it opened without a sound.\n\nFour lines. She "
    "read the third one twice, and then a third time, moving her lips, as her mother had over bills.",
    "Ines reached past her and took the letter from behind the clock.\n\n“If you won't,” she said, and slit it "
    "with the netting needle.\n\nShe read quickly. She had always read quickly, and it had never once helped.",
    "By evening everyone on the island had a letter, and nobody had opened one.\n\nThey stood on dressers and "
    "under plates. In the Aldous house it was used to level a table, and stayed there until spring.",
)

LYRICS = (
    "[Verse 1]\nThere's a light on in the hallway and it isn't mine to see,\n"
    "There's a bicycle the colour that my father's used to be,\n"
    "I take my foot up off the pedal, let the engine idle low,\n"
    "And I count the upstairs windows, and I tell myself to go.\n\n"
    "[Chorus]\nI kept the key to a door that's gone,\nI kept the porch light burning on,\n"
    "Drive slow, drive slow, keep driving on."
)
NEWS = (
    "Council closes Harrow Bridge to lorries\n\n"
    "Harrow Bridge will close to lorries from 1 March after the town council voted 7 to 4 on Tuesday night.\n\n"
    "Engineers found cracks in two of the five piers in November. Repairs are put at £2.3 million and will "
    "take 14 months.\n\nPell Quarry sends 60 lorries a day over the bridge. “We were not asked,” said Joan "
    "Pell, the quarry's manager. The other road is 19 miles longer.\n\n“A bridge does not negotiate,” said "
    "Councillor Amir Shah. Work begins in 3 weeks."
)
ADS = (
    "Headline: Notes that outlast the rain\n"
    "Description: A stone-paper notebook that takes pencil wet. Order a sample page.\nPath: lowtide/sample\n\n"
    "Headline: Pencil, paper, weather, and all of the sea\n"
    "Description: Lies flat on deck. No trees, no smudge. £14.\nPath: lowtide/wet-notes"
)
STOCK = "It was a dark and stormy night. Her heart skipped a beat. The ferry left."


class ScriptedEngine:
    """Writes known text at a known pace. `[pieces N]`, `[pause MS]`, `[ahead N]`, `[fail]`, `[stock]`, `[say ...]]`."""

    def __init__(self, pause_ms: int = 6) -> None:
        self._pause_ms = pause_ms
        self.info = EngineInfo("scripted", "Scripted", "fp32", 32_000, True, "It is a test.", 0.0, "scripted")

    def count(self, text: Prompt) -> int:
        """Count words as tokens."""
        return len(self.render(text).split())

    def render(self, prompt: Prompt) -> str:
        """Give the messages one below the other."""
        if isinstance(prompt, str):
            return prompt
        return "\n\n".join(f"{message['role']}: {message['content']}" for message in prompt)

    def stream(self, request: WriteRequest, cancel: threading.Event | None = None) -> Iterator[Piece]:
        """Write what the prompt asks for, with its mishaps."""
        asked = self.render(request.prompt)
        pause_s = _number(asked, "pause", self._pause_ms) / 1000
        for ahead in range(_number(asked, "ahead", 0), 0, -1):
            yield Piece("", ahead=ahead)
            time.sleep(0.3)
        texts = [list(_pieces(_text(asked, request, i))) for i in range(request.n)]
        for at in range(max(len(pieces) for pieces in texts)):
            if cancel and cancel.is_set():
                break
            if "[fail]" in asked and at == 5:
                raise EngineFailed("The model ran out of room. Your text is safe.", "Try a shorter brief.")
            for index, pieces in enumerate(texts):
                if at < len(pieces):
                    yield Piece(pieces[at], index)
            time.sleep(pause_s)
        how = "cancelled" if cancel and cancel.is_set() else "stop"
        for index in range(request.n):
            yield Piece("", index, how, Counts(10, 10, request.seed or 7))

    def close(self) -> None:
        """Nothing is held."""


def _number(asked: str, name: str, otherwise: int) -> int:
    found = re.findall(rf"\[{name} (\d+)\]", asked)
    return int(found[-1]) if found else otherwise


def _text(asked: str, request: WriteRequest, index: int) -> str:
    said = re.findall(r"\[say (.*?)\]\]", asked, re.DOTALL)
    if said:
        return str(said[-1])
    if "[stock]" in asked:
        # Not in the brief itself: a check lets pass what the brief asks for.
        return STOCK
    pieces = _number(asked, "pieces", 0)
    if pieces:
        return " ".join(f"w{i}" for i in range(pieces))
    if request.n > 1:
        return "\n\n" + TAKES[index % len(TAKES)]
    passage = re.search(r"Passage: (.*?)\n\n[A-Z]", _last(request.prompt), re.DOTALL)
    if passage:
        return _tightened(passage.group(1))
    if "envelope with the council" in asked:
        return MORE
    known = (("each section named", LYRICS), ("house you grew", LYRICS), ("Harrow", NEWS), ("Lowtide", ADS))
    for sign, text in known:
        if sign in asked:
            return text
    if re.search(r"screenplay|Fountain", asked):
        return SCRIPT
    return CHINESE if re.search(r"字左右", asked) else STORY


def _tightened(passage: str) -> str:
    words = passage.split()
    return " ".join(word for at, word in enumerate(words) if at % 4 != 2)


def _last(prompt: Prompt) -> str:
    return prompt if isinstance(prompt, str) else str(prompt[-1]["content"])


def _pieces(text: str) -> Iterator[str]:
    yield from re.findall(r"\S+\s*|\s+", text)
