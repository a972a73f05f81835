"""Values as the commands show and take them, for people and for programs."""

from collections.abc import Mapping
from enum import IntEnum

Facts = Mapping[str, object]
"""The values that are shown of an object, each under its name."""


def word(member: IntEnum) -> str:
    """A member of an enumeration as operators write it: `key-recovery`."""
    return member.name.lower().replace("_", "-")
