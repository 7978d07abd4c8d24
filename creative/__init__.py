"""The creative-writing playground: rooms reached through `studio`."""

import logging

# bitsandbytes logs one line for every int8 matmul, and as it is imported one for a package it could fetch code with.
logging.getLogger("bitsandbytes").setLevel(logging.ERROR)
