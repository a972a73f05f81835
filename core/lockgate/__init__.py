"""The domain of an external registration authority (External RA): pure rules, standard library only."""
