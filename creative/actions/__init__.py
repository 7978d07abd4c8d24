"""The revision actions: one TOML each, and the code that reads them."""
