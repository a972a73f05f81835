"""Files that must not be lost, readable for others or incomplete: written as a whole, with mode 0600, and on the disk
when the call returns."""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Lock `directory`: other processes that lock it wait. A lock ends with its process."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def write_new(path: Path, content: bytes) -> None:
    """Write the file `path`, readable for its owner only. After a crash it is complete, or does not exist.

    Raises:
        FileExistsError: there is one already; it is left as it is.
        OSError: the directory cannot be written.
    """
    with whole_file(path) as file:
        file.write(content)


def write_over(path: Path, content: bytes) -> None:
    """Write the file `path` as `write_new` does, over one that may be there. After a crash there is one of the two.

    Raises:
        OSError: the directory cannot be written.
    """
    with whole_file(path, replace=True) as file:
        file.write(content)


@contextmanager
def whole_file(path: Path, mode: int = 0o600, *, replace: bool = False) -> Iterator[BinaryIO]:
    """A file to write to. It becomes `path` at the end of the block; if the block fails, it is removed.

    Args:
        replace: replace a file that exists.

    Raises:
        FileExistsError: there is one already, and it is not to be replaced; it is left as it is.
        OSError: the directory cannot be written.
    """
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name[:32]}.", dir=path.parent)  # mode 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), mode)
            yield file
            file.flush()
            os.fsync(file.fileno())
        if replace:
            Path(name).replace(path)
        else:
            os.link(name, path)  # unlike a rename, refuses to replace
    finally:
        Path(name).unlink(missing_ok=True)
    sync_directory(path.parent)


def sync_directory(directory: Path) -> None:
    """Write the changes of `directory` (files added or removed) to the disk."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
