"""PKCS#11 libraries, one object for each in a process: loaded, locked, begun anew after a fork or a failure.

python-pkcs11 calls C_Initialize without arguments. By that it promises the library that one thread at a time calls it
(PKCS#11 2.40, 5.4), but it lets other threads run during a call. So every call is made under one lock for each library.
"""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from lockgate.errors import ConfigurationError, TokenAway

if TYPE_CHECKING:  # only the extra `hsm` brings what this imports
    from pkcs11._pkcs11 import lib as Loaded  # noqa: N812  (a class with the name of a function)

BUSY = 30
"""Seconds that a thread waits for the others of its process."""

_log = logging.getLogger(__name__)


class TokenLibrary:
    """One vendor's library. Everything but `alone` is for callers inside such a block.

    Attributes:
        begun: how often it was initialised; sessions and handles from before are not valid.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = Lock()
        self._loaded: Loaded | None = None
        self._process: int | None = None
        self.begun = 0

    @contextmanager
    def alone(self) -> Iterator[None]:
        """A block that no other thread of this process is in.

        Raises:
            TokenAway: another thread is in it for too long.
        """
        lock = self._lock
        if not lock.acquire(timeout=BUSY):
            raise TokenAway(f"{self._path}: another thread waits for the token for more than {BUSY} s")
        try:
            yield
        finally:
            lock.release()

    def loaded(self) -> "Loaded":
        """The library, initialised in this process.

        Raises:
            TokenAway: it cannot be loaded.
            PKCS11Error: it cannot be initialised now.
        """
        if self._process not in (None, os.getpid()):
            self.begin_anew()
        if self._loaded is None or not self._loaded.initialized:
            self._loaded = _load(self._path)
        self._process = os.getpid()
        return self._loaded

    def begin_anew(self) -> None:
        """Initialise it again. A child of a fork must do that (PKCS#11 2.40, 6.6.1), and many libraries see a token
        that came back only then.

        Raises:
            TokenAway, PKCS11Error: as `loaded`.
        """
        from pkcs11 import PKCS11Error  # noqa: PLC0415  (an extra)

        self.begun += 1
        if self._loaded is not None:
            with suppress(PKCS11Error):  # it may say that it was not initialised
                self._loaded.finalize()
        self._process = os.getpid()
        self._loaded = _load(self._path)
        _log.info("the PKCS#11 library %s was initialised anew", self._path)

    def forget_other_threads(self) -> None:
        """In the child of a fork: the thread that holds the lock may not exist here."""
        self._lock = Lock()


def library_at(path: Path) -> TokenLibrary:
    """The library in the file `path`; the same object each time."""
    return _libraries.setdefault(path, TokenLibrary(path))


def require_package() -> None:
    """Fail where the extra is not installed.

    Raises:
        ConfigurationError: it is not.
    """
    try:
        import pkcs11  # noqa: F401, PLC0415  (an extra)
    except ImportError:
        raise ConfigurationError("what reaches tokens is missing: pip install 'lockgate[hsm]'") from None


def _load(path: Path) -> "Loaded":
    import pkcs11  # noqa: PLC0415  (an extra)

    if not path.is_file():
        raise TokenAway(f"there is no PKCS#11 library {path}: install it, or correct module-path")
    try:
        return pkcs11.lib(str(path))
    except pkcs11.PKCS11Error as error:
        if "OS exception" in str(error):
            raise TokenAway(f"{path} is no PKCS#11 library that can be loaded: {error}") from None
        raise


_libraries: dict[Path, TokenLibrary] = {}


def _in_child() -> None:
    for library in _libraries.values():
        library.forget_other_threads()


os.register_at_fork(after_in_child=_in_child)
