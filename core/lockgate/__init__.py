"""The domain of an external registration authority (External RA): pure rules, standard library only."""

from lockgate.version import __version__

__all__ = ["__version__"]
