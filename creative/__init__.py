"""The creative-writing playground: rooms reached through `studio`."""
