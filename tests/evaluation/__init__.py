"""Tests of the room `creative/evaluation`."""
