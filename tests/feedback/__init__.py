"""Tests of the room `creative/feedback`."""
