"""The forms of writing: one TOML each, and the code that turns a writer's answers into a prompt."""
