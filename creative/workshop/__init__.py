"""The hall for voices: what an owner can do about training and voices, each as one method."""

from creative.workshop.workshop import House, Workshop

__all__ = ["House", "Workshop"]
