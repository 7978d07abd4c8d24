"""The catalogue: one TOML per model, and what fits this machine in which precision."""
