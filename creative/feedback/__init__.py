"""The feedback room: what people preferred, kept as pairs that a model can be tuned on."""

from creative.feedback.pairs import Offer, Pair, Pairs

__all__ = ["Offer", "Pair", "Pairs"]
