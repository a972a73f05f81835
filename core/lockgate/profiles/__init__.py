"""Certificate profiles and end entity profiles: their fields, the bounds on these, and the rules that they set for end
entities and keys."""
