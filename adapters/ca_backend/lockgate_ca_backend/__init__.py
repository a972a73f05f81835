"""The in-process certification authority and its own database."""
