"""The engines that write: the contract they share (`contract.py`) and one file per kind."""
