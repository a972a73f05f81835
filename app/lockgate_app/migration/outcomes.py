"""What became of each key."""

from dataclasses import dataclass
from enum import StrEnum

DEFAULT_PASSWORDS = frozenset({"foo123", "ejbca", "password", "changeit", "changeme", "secret", "mysecret"})
"""Those of the original's samples and manuals, and of Java's tools: everybody knows them."""


class Fate(StrEnum):
    """What became of a key."""

    TAKEN = "taken over"
    UNNEEDED = "not needed"
    TO_DO = "to do"
    """A person has to act."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a key.

    Attributes:
        detail: what the table of rules does not say; may be empty.
    """

    fate: Fate
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a key, for whoever reads the report. It holds no secret.

    Attributes:
        place: file and line; empty where no file has the key.
        key: that of the file, or the setting that no file has.
    """

    place: str
    key: str
    fate: Fate
    text: str


def taken(detail: str = "") -> Verdict:
    """It was taken over."""
    return Verdict(Fate.TAKEN, detail)


def unneeded(detail: str = "") -> Verdict:
    """Nothing takes its place."""
    return Verdict(Fate.UNNEEDED, detail)


def to_do(detail: str) -> Verdict:
    """A person has to act."""
    return Verdict(Fate.TO_DO, detail)


def refused_default(password: str) -> Verdict | None:
    """The verdict on a password that everybody knows, or on none at all; None for any other."""
    if password in DEFAULT_PASSWORDS:
        return to_do(f"{password} is a default password, which everybody knows, and is refused: choose a new one")
    return None if password else to_do("the password is empty: choose one")
