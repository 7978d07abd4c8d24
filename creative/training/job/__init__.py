"""The training job: a process of its own that turns a job's folder into a voice (`python -m creative.training.job`)."""
