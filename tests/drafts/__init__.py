"""Tests of the room `creative/drafts`."""
