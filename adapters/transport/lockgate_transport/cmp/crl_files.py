"""CRLs in files, read again when they change. Who brings them there, and how often, is the operator's."""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import structlog

from lockgate.errors import ConfigurationError
from lockgate_formats.crls import RevocationList, UnusableRevocationList, read_revocation_list

_log = structlog.get_logger("lockgate.cmp")
Stamp = tuple[int, int]
"""Modification time in nanoseconds, and size in octets."""


class CrlFiles:
    """The CRLs in `paths`, for any number of threads.

    Args:
        issuers: DER certificates of the CAs that sign them.
        read: the DER of the CRL in a file.

    Raises:
        ConfigurationError: one of the files holds no CRL of theirs.
    """

    def __init__(self, paths: Sequence[Path], issuers: Sequence[bytes], read: Callable[[Path], bytes]) -> None:
        self._issuers = tuple(issuers)
        self._read = read
        self._lock = threading.Lock()
        self._found = {path: (_stamp(path), self._loaded(path)) for path in paths}

    def current(self) -> Sequence[RevocationList]:
        """The lists. A file that cannot be used any more leaves the list that it held before, which ends by itself."""
        with self._lock:
            for path, (stamp, _) in self._found.items():
                if (now := _stamp(path)) != stamp:
                    self._found[path] = (now, self._renewed(path))
            return tuple(found for _, found in self._found.values())

    def _renewed(self, path: Path) -> RevocationList:
        try:
            return self._loaded(path)
        except ConfigurationError as error:
            _log.warning("a CRL cannot be used; the one before it counts until it ends", detail=str(error))
            return self._found[path][1]

    def _loaded(self, path: Path) -> RevocationList:
        try:
            return read_revocation_list(self._read(path), self._issuers)
        except UnusableRevocationList as error:
            raise ConfigurationError(f"{path}: {error}") from None


def _stamp(path: Path) -> Stamp | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size
