"""Turns warnings of the library of certificates (serial numbers of zero, names of odd length) into errors."""

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

CERTIFICATE_ERRORS = (
    ValueError,
    TypeError,
    Warning,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)
"""Everything that reading a hostile certificate may raise inside `warnings_as_errors`."""


_FILTERS = threading.RLock()


@contextmanager
def warnings_as_errors() -> Iterator[None]:
    """Raise warnings inside the block: for parsing bounded octets, never for work with a key."""
    with _filtered("error"):
        yield


@contextmanager
def warnings_ignored() -> Iterator[None]:
    """For parsing bounded octets that are not trusted: their names may be ones that no certificate may have."""
    with _filtered("ignore"):
        yield


@contextmanager
def _filtered(action: Literal["error", "ignore"]) -> Iterator[None]:
    """One thread at a time, because the process has one list of filters: two threads at once would restore each other's
    filters."""
    with _FILTERS, warnings.catch_warnings():
        warnings.simplefilter(action)
        yield
