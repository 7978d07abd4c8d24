"""The writers' drafts: the only SQLite, revisions as a tree, safe from many threads."""
