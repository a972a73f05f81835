"""Certificates in files and folders, one at a time: a CA may have issued very many."""

import binascii
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from lockgate.errors import ConfigurationError
from lockgate.requests.submessages.base import MAX_DER_LENGTH

_BEGIN, _END = b"-----BEGIN ", b"-----END "
_LABELS = frozenset({b"-----BEGIN CERTIFICATE-----", b"-----BEGIN X509 CERTIFICATE-----"})
_MOST = 2 * MAX_DER_LENGTH
"""Octets of one certificate as PEM, or of one line, at most."""


def certificates_in(paths: Iterable[Path]) -> Iterator[tuple[str, bytes]]:
    """Every certificate in `paths`: PEM files with any number, DER files with one, folders of both.

    Gives where each was found, and its DER; no octets for what is no certificate, or larger than 256 KiB.

    Raises:
        ConfigurationError: a file or folder cannot be read.
    """
    for path in paths:
        try:
            files = sorted(file for file in path.iterdir() if file.is_file()) if path.is_dir() else [path]
            for file in files:
                yield from _in_file(file)
        except OSError as error:
            raise ConfigurationError(f"{error.filename or path}: cannot be read: {error.strerror}") from None


def _in_file(path: Path) -> Iterator[tuple[str, bytes]]:
    with path.open("rb") as file:
        start = file.read(_MOST + 1)
        if _BEGIN not in start:
            yield str(path), start if len(start) <= MAX_DER_LENGTH else b""
            return
        file.seek(0)
        for line, der in _blocks(file):
            yield f"{path}, line {line}", der


def _blocks(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """The line on which each PEM block begins, and what it holds."""
    begun, number, block = 0, 0, bytearray()
    while line := file.readline(_MOST):
        number += 1
        if line.startswith(_BEGIN):
            if begun:
                yield begun, b""  # it has no end
            begun, block = number, bytearray(line)
        elif begun and line.startswith(_END):
            yield begun, _decoded(bytes(block))
            begun, block = 0, bytearray()
        elif begun and len(block) <= _MOST:
            block += line
    if begun:
        yield begun, b""


def _decoded(block: bytes) -> bytes:
    label, _, content = block.partition(b"\n")
    if label.strip() not in _LABELS or len(block) > _MOST:
        return b""
    try:
        return binascii.a2b_base64(content)
    except binascii.Error:
        return b""
