"""Values as the commands show and take them, for people and for programs."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import IntEnum

from lockgate.errors import CallerError

_HEXADECIMAL = re.compile("[0-9a-f]+")
Facts = Mapping[str, object]
"""The values that are shown of an object, each under its name."""


def word(member: IntEnum) -> str:
    """A member of an enumeration as operators write it: `key-recovery`."""
    return member.name.lower().replace("_", "-")


def moment(at: datetime | None) -> str | None:
    """`at` as text."""
    return None if at is None else f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def hexadecimal(text: str) -> str:
    """Lower-case hexadecimal digits, also if they were written with capitals, colons or spaces.

    Raises:
        CallerError: it is no hexadecimal number.
    """
    digits = re.sub(r"[:\s]", "", text.lower().removeprefix("0x"))
    if not _HEXADECIMAL.fullmatch(digits):
        raise CallerError(f"{text!a} is no hexadecimal number")
    return digits


def fingerprint(text: str) -> str:
    """A SHA-256 fingerprint as it is stored.

    Raises:
        CallerError: it is none.
    """
    digits = hexadecimal(text)
    if len(digits) != 64:
        raise CallerError("a SHA-256 fingerprint has 64 hexadecimal digits")
    return digits


def serial_number(text: str) -> int:
    """A certificate's serial number, hexadecimal (RFC 5280, 4.1.2.2: at most 20 octets).

    Raises:
        CallerError: it is none.
    """
    digits = hexadecimal(text).lstrip("0")
    if not 1 <= len(digits) <= 40:
        raise CallerError("a serial number has 1 to 40 hexadecimal digits and is not zero")
    return int(digits, 16)
