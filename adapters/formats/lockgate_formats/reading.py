"""The guard around the declarative reader, asn1crypto.

It reads a field when somebody asks for it, and fails then with errors of any class: KeyError for an algorithm that it
does not know, IndexError for an empty BIT STRING. So whatever a structure of a stranger's is asked for, it is asked
for inside `reading`; what leaves that block are octets and texts.
"""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def reading() -> Iterator[None]:
    """Within the block asn1crypto is read, and nothing else is done.

    Raises:
        ValueError: the structure is not what it was read as.
    """
    try:
        yield
    except Exception as error:
        raise ValueError(f"{type(error).__name__}: {error}") from error
