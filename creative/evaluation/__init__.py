"""The evaluation room: what a training changed, measured on pages and samples, told in plain numbers."""
