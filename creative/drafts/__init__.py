"""The drafts: the only SQLite, one tree of versions per draft."""
