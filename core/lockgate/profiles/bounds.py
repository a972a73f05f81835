"""Bounds on the fields of profiles, as data: a field that breaks one is named, with the place in it."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lockgate.errors import ConfigurationError


class InvalidProfile(ConfigurationError, ValueError):
    """A profile breaks a rule.

    Attributes:
        path: the field, then the entry's index or key in it; empty where the whole profile is meant.
        text: what is wrong there.
    """

    def __init__(self, text: str, *path: str) -> None:
        super().__init__(": ".join(filter(None, ("profile", ".".join(path), text))))
        self.path = path
        self.text = text


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something wrong with a value.

    Attributes:
        path: the index or key of the entry in the value; empty where the whole value is meant.
    """

    text: str
    path: tuple[str, ...] = ()


Bound = Callable[[Any], Flaw | None]
"""From a field's value, which is not None, to the first thing that is wrong with it."""
Bounds = Mapping[str, Bound]
"""The bound of each field, by the field's name. A field that is None is not bounded."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule about several fields of a profile.

    Attributes:
        field: the one that is named where the rule is broken.
        holds: whether a profile keeps the rule.
        text: what is wrong where it does not.
    """

    field: str
    holds: Callable[[Any], bool]
    text: str


def check(profile: object, bounds: Bounds, rules: Iterable[Rule] = ()) -> None:
    """Accept a profile that keeps every bound, and then every rule.

    Raises:
        InvalidProfile: it breaks one.
    """
    for field, bound in bounds.items():
        value = getattr(profile, field)
        if value is not None and (flaw := bound(value)):
            raise InvalidProfile(flaw.text, field, *flaw.path)
    for rule in rules:
        if not rule.holds(profile):
            raise InvalidProfile(rule.text, rule.field)


def between(low: int, high: int) -> Bound:
    """Whole numbers, both ends included."""

    def flaw(number: int) -> Flaw | None:
        if number < low:
            return Flaw(f"expected int >= {low}")
        return Flaw(f"expected int <= {high}") if number > high else None

    return flaw


def one_of(known: Collection[str]) -> Bound:
    """One of these texts."""
    return lambda text: None if text in known else Flaw(f"invalid enum value {text!a}")


def some_of(known: Collection[str]) -> Bound:
    """A collection of none but these texts."""

    def flaw(texts: Iterable[str]) -> Flaw | None:
        unknown = sorted(set(texts).difference(known))
        return Flaw(f"unknown: {', '.join(unknown)}") if unknown else None

    return flaw


def counts(known: Collection[str], most: int) -> Bound:
    """Numbers from 0 to `most` by some of these texts."""
    keys, numbers = some_of(known), between(0, most)

    def flaw(counted: Mapping[str, int]) -> Flaw | None:
        found = ((key, numbers(number)) for key, number in counted.items())
        return keys(counted) or next((Flaw(flaw.text, (str(key),)) for key, flaw in found if flaw), None)

    return flaw


def matching(pattern: str, meaning: str) -> Bound:
    """Texts that `pattern` matches as a whole; `meaning` is its meaning in words."""
    compiled = re.compile(pattern, re.DOTALL)
    return lambda text: None if compiled.fullmatch(text) else Flaw(f"expected str: {meaning}")


def each(bound: Bound) -> Bound:
    """Every entry of a collection; an entry of a tuple is named by its index."""

    def flaw(entries: Iterable[Any]) -> Flaw | None:
        places = (((str(index),) if isinstance(entries, tuple) else (), entry) for index, entry in enumerate(entries))
        found = ((place, bound(entry)) for place, entry in places)
        return next((Flaw(flaw.text, place) for place, flaw in found if flaw), None)

    return flaw
