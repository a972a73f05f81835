"""Files that must not be lost, shared or half there: whole, mode 0600, and on the disk when the call returns."""

import fcntl
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Keep other processes that do the same waiting; a lock ends with its process."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def write_new(path: Path, content: bytes) -> None:
    """Write the file `path`, readable for its owner only. After a crash it is there whole, or not at all.

    Raises:
        FileExistsError: there is one already; it is left as it is.
        OSError: the directory cannot be written.
    """
    _write(path, content, os.link)  # unlike a rename, refuses to replace


def write_over(path: Path, content: bytes) -> None:
    """Write the file `path` as `write_new` does, over one that may be there. After a crash there is one of the two.

    Raises:
        OSError: the directory cannot be written.
    """
    _write(path, content, os.rename)


def _write(path: Path, content: bytes, place: Callable[[str, Path], None]) -> None:
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name[:32]}.", dir=path.parent)  # mode 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        place(name, path)
    finally:
        Path(name).unlink(missing_ok=True)
    sync_directory(path.parent)


def sync_directory(directory: Path) -> None:
    """Let what was added to or removed from `directory` be on the disk."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
