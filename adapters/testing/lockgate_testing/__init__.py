"""For the tests of those who build on Lockgate: doubles of the core's ports, and a contract suite for each port.

Needs the extra `testing`. The product imports nothing of it.
"""

from lockgate.version import __version__

__all__ = ["__version__"]
