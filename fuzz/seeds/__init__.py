"""Octets to start from; `python -m fuzz.seeds` makes them anew."""
