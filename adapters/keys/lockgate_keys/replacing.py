"""Keystore files that take another one's place."""

from collections.abc import Callable
from pathlib import Path

from lockgate.errors import KeystoreError
from lockgate_keys.durable import sync_directory, write_new


def previous_of(path: Path) -> Path:
    """Where `replace_keystore` leaves the keystore that it has replaced."""
    return path.with_name(f"{path.name}.previous")


def replace_keystore(path: Path, write: Callable[[Path], None]) -> None:
    """Replace the keystore at `path` by a new one, and move the old one to `previous_of`. At every moment a complete
    one of the two is at `path`; other programs may read it meanwhile.

    Args:
        write: writes the new one to a path where nothing is, and opens it.

    Raises:
        KeystoreError: a file cannot be written; the keystore at `path` stays as it is.
    """
    new, previous = (path.with_name(f".{path.name}.{word}") for word in ("new", "previous"))
    try:
        for leftover in (new, previous):
            leftover.unlink(missing_ok=True)
        write(new)
        write_new(previous, path.read_bytes())
        previous.replace(previous_of(path))
        new.replace(path)
        sync_directory(path.parent)
    except OSError as error:
        raise KeystoreError(f"{path}: {error.strerror}") from None
