"""The `Outbox` port on a directory: one file per message, named by the SHA-256 of its key."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from lockgate.errors import DuplicateMessage, Unavailable
from lockgate.ports import Outbox
from lockgate_transport.durable import sync_directory, write_new

DIRECTORY_MODE = 0o700
_SUFFIX = ".message"


class FileOutbox(Outbox):
    """Records in `directory`, which is made if it is missing; on the disk when a call returns."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def keep(self, key: str, record: bytes) -> None:
        """Store `record` under `key`; the same record again is a no-op."""
        path = self._path(key)
        try:
            self._directory.mkdir(DIRECTORY_MODE, parents=True, exist_ok=True)
            new = self._write(path, record)
        except OSError as error:
            raise Unavailable(f"the outbox {self._directory} cannot be written: {error.strerror}") from error
        if not new and self.recall(key) != record:
            raise DuplicateMessage(f"the outbox keeps another message under {key[:80]!a}")

    def recall(self, key: str) -> bytes | None:
        """What is kept under `key`."""
        try:
            return self._path(key).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise Unavailable(f"the outbox {self._directory} cannot be read: {error.strerror}") from error

    def records(self) -> Sequence[bytes]:
        """Everything that is kept, by the time of its file. One that is removed meanwhile is left out."""
        try:
            paths = sorted(self._directory.glob(f"*{_SUFFIX}"), key=lambda path: path.stat().st_mtime_ns)
            return [path.read_bytes() for path in paths]
        except FileNotFoundError:
            return self.records()
        except OSError as error:
            raise Unavailable(f"the outbox {self._directory} cannot be read: {error.strerror}") from error

    def forget(self, key: str) -> None:
        """Remove what is kept under `key`."""
        try:
            self._path(key).unlink()
            sync_directory(self._directory)
        except FileNotFoundError:
            return
        except OSError as error:
            raise Unavailable(f"the outbox {self._directory} cannot be written: {error.strerror}") from error

    def _write(self, path: Path, record: bytes) -> bool:
        """Whether `record` was written; not if `path` is there already."""
        try:
            write_new(path, record)
        except FileExistsError:
            return False
        return True

    def _path(self, key: str) -> Path:
        return self._directory / f"{hashlib.sha256(key.encode()).hexdigest()}{_SUFFIX}"
