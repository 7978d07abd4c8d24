"""The shelf of adapters, which writers know as voices."""

from creative.adapters.shelf import Shelf
from creative.adapters.voice import Voice

__all__ = ["Shelf", "Voice"]
