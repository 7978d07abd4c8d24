"""The shelf of adapters, which writers know as voices."""
