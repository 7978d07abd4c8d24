"""The training room: from a writer's pages to a voice; the work itself runs in a process of its own (`job`)."""
