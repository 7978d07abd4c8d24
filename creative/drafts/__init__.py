"""The writers' drafts: the only SQLite, revisions as a tree, safe from many threads."""

from creative.drafts.archive import plain
from creative.drafts.drafts import Drafts
from creative.drafts.recording import Recording
from creative.drafts.records import GROWING, INTERRUPTED, Draft, NewNode, Node, Summary, count_words

__all__ = [
    "GROWING",
    "INTERRUPTED",
    "Draft",
    "Drafts",
    "NewNode",
    "Node",
    "Recording",
    "Summary",
    "count_words",
    "plain",
]
