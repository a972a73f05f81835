"""End entities, their certificates and their keys: which changes are allowed, and the effect of one change on other
objects."""
