"""The catalogue: one TOML per model, what fits this machine and why, and the way to a model's files."""
