"""The recipe of the starter: from the corpus to the weights, one command a step."""
