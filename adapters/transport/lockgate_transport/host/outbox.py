"""The `Outbox` port on a directory: one file per message, named by the SHA-256 of its key."""

import hashlib
from collections.abc import Sequence
from operator import itemgetter
from pathlib import Path

from lockgate.errors import DuplicateMessage, Unavailable
from lockgate.ports import Kept, Outbox
from lockgate_keys.durable import locked, sync_directory, write_new, write_over

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
            raise _kept_already(key)

    def replace(self, key: str, old: bytes, new: bytes) -> None:
        """Store `new` in place of `old`; of several processes that do so at once, one does."""
        try:
            with locked(self._directory):
                if found := self.recall(key) == old:
                    write_over(self._path(key), new)
        except FileNotFoundError:
            found = False
        except OSError as error:
            raise Unavailable(f"the outbox {self._directory} cannot be written: {error.strerror}") from error
        if not found:
            raise _kept_already(key)

    def recall(self, key: str) -> bytes | None:
        """What is kept under `key`."""
        try:
            return self._path(key).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise Unavailable(f"the outbox {self._directory} cannot be read: {error.strerror}") from error

    def records(self) -> Sequence[Kept]:
        """Everything that is kept, by the time of its file."""
        try:
            paths = [path for path in self._directory.iterdir() if path.suffix == _SUFFIX and path.name[0] != "."]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise Unavailable(f"the outbox {self._directory} cannot be read: {error.strerror}") from error
        found = filter(None, map(_aged, paths))
        return [kept for _, kept in sorted(found, key=itemgetter(0))]

    def forget(self, key: str) -> None:
        """Remove what is kept under `key`."""
        try:
            with locked(self._directory):
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


def _aged(path: Path) -> tuple[int, Kept] | None:
    """When the file was written, and what it holds; None where it is gone."""
    try:
        written = path.stat().st_mtime_ns
        return written, Kept(str(path), path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError:
        return 0, Kept(str(path), None)


def _kept_already(key: str) -> DuplicateMessage:
    return DuplicateMessage(
        f"the outbox keeps another message under {key[:80]!a}; take another id, or replace that one"
    )
