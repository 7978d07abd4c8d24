"""Bytes to text: the encodings that pages come in, told apart by what they say when read."""

from __future__ import annotations

import codecs
import re

from creative.errors import UnreadableFile

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_KINDS = (
    (b"PK\x03\x04", "a zip archive"),
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"\x1f\x8b", "a compressed file"),
    (b"SQLite format 3", "a database"),
    (b"\xd0\xcf\x11\xe0", "an old Word file (.doc)"),
    (b"{\\rtf", "a rich text file (.rtf)"),
)
_PICKLE = re.compile(rb"\x80[\x02-\x05]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f]")
_UNMARKED_BYTES = 400_000
"""Bytes that are looked at to choose an encoding; ten thousand would do, were the rest of the file like them."""

# Letters that carry each language; read in a wrong encoding, almost none of a text's letters are among them.
_LETTERS = {
    "cp1252": "àâäáãåçéèêëíìîïñóòôöõøúùûüßæœÀÂÄÁÅÇÉÈÊÖØÜÑ“”‘’–—…«»°£€§·¿¡",
    "mac_roman": "àâäáãåçéèêëíìîïñóòôöõøúùûüßæœ“”‘’–—…«»£§¿¡",
    "cp1251": "абвгдежзийклмнопрстуфхцчшщъыьэюяёіїє«»—–…“”№",
    "cp1250": "ąćęłńóśźżáčďéěíňřšťúůýžäöüßőű„”“’–—…»«",
    "gb18030": "的一是不了人我在有他这为之大来以个中上们到说国和地也子时道出而要于就下得可你年生自会那后能对着事其里所"
    "去行过家十用发天如然作方成者多日都三小军二无同么经法当起与好看学进种将还分此心前面又定见只主没公从"
    "，。、！？：；“”《》（）…—",
    "cp932": "あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめもやゆよらりるれろわをんがぎぐげござ"
    "じずぜぞだでどばびぶべぼぱっゃゅょアイウエオカキクケコサシスセソタチツテトナニネノハフマミムメモラリルレロンー"
    "、。「」『』！？一人",
    "big5": "的一是不了人我在有他這為之大來以個中上們到說國和地也子時道出而要於就下得可你年生自會那後能對著事其裡所"
    "去行過家十用發天如然作方成者多日都三小軍二無同麼經法當起與好看學進種將還分此心前面又定見只主沒公從"
    "，。、！？：；「」《》（）…—",
    "euc_kr": "이다는을의에가고지한기사로하서를리도은아자그나어라인시대수정만있보것해들니면없일생부전여게거상안내",
}


def decode(body: bytes) -> str:
    """Give the text of a file in Unicode; raises UnreadableFile where it holds none."""
    for mark, name in _MARKS:
        if body.startswith(mark):
            return _checked(body.decode(name, errors="replace"))
    kind = next((kind for magic, kind in _KINDS if body.startswith(magic)), "")
    if kind or _PICKLE.match(body):
        raise _refuse(kind or "a file of a program (a pickle), which is never opened")
    try:
        return _checked(body.decode("utf-8"))
    except UnicodeDecodeError:
        return _checked(body.decode(_choose(body), errors="replace"))


def _choose(body: bytes) -> str:
    head = body[:_UNMARKED_BYTES]
    if b"\0" in head:
        # Latin letters in UTF-16 have a zero at every other byte.
        even, odd = head[::2].count(0), head[1::2].count(0)
        if max(even, odd) > 8 * min(even, odd):
            return "utf-16-be" if even > odd else "utf-16-le"
    return max(_LETTERS, key=lambda name: _likeness(head, name))


def _likeness(head: bytes, encoding: str) -> float:
    """Give the share of the foreign letters that are common in the encoding's language; a broken one counts five."""
    text = head.decode(encoding, errors="replace")
    foreign = [ch for ch in text if ch > "\x7f"]
    if not foreign:
        return 0.0
    known = frozenset(_LETTERS[encoding])
    broken = text.count("\ufffd")
    return (sum(ch in known for ch in foreign) - 5 * max(0, broken - 1)) / len(foreign)


def _checked(text: str) -> str:
    head = text[:_UNMARKED_BYTES]
    if len(_CONTROL.findall(head)) > len(head) // 200 or head.count("\ufffd") > len(head) // 20:
        raise _refuse("made of bytes that no writing has")
    return text


def _refuse(kind: str) -> UnreadableFile:
    return UnreadableFile(
        f"The file holds no plain text: it is {kind}.", "Save the pages as text and send them again."
    )
