"""The guard around the declarative reader, asn1crypto.

It reads a field at the first access, and may then fail with an error of any class: KeyError for an algorithm that it
does not know, IndexError for an empty BIT STRING. So every access to a structure from outside is inside `reading`; only
octets and texts leave that block.
"""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def reading() -> Iterator[None]:
    """The block reads asn1crypto structures and does nothing else.

    Raises:
        ValueError: the structure is not of the expected type.
    """
    try:
        yield
    except Exception as error:
        raise ValueError(f"{type(error).__name__}: {error}") from error
