"""Every fifth of what takes long, another one each day: in five days, all of it."""

from collections.abc import Sequence
from typing import TypeVar

FIFTHS = 5
One = TypeVar("One")


def fifth_of(everything: Sequence[One], number: int | None) -> Sequence[One]:
    """Every fifth, from the one at `number` on (any number); everything without a number."""
    return everything if number is None else everything[number % FIFTHS :: FIFTHS]
