"""Tests of the room `creative/adapters`."""
