"""This host: its clock, its randomness, and the files that keep what was sent."""
