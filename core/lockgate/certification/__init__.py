"""End entities, their certificates and their keys: what they may become, and what follows for the others."""
