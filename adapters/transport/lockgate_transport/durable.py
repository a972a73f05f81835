"""Files that must not be lost, shared or half there: new, whole, mode 0600, and on the disk when the call returns."""

import os
import tempfile
from pathlib import Path


def write_new(path: Path, content: bytes) -> None:
    """Write the file `path`, readable for its owner only. After a crash it is there whole, or not at all.

    Raises:
        FileExistsError: there is one already; it is left as it is.
        OSError: the directory cannot be written.
    """
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name[:32]}.", dir=path.parent)  # mode 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.link(name, path)  # unlike a rename, refuses to replace
    finally:
        Path(name).unlink()
    sync_directory(path.parent)


def sync_directory(directory: Path) -> None:
    """Let what was added to or removed from `directory` be on the disk."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
