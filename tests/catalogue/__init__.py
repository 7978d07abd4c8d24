"""Tests of the room `creative/catalogue`."""
