"""Options that take one of an enumeration's members by its name, as operators write it: `key-recovery`."""

from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any, TypeVar

import typer

Member = TypeVar("Member", bound=Enum)


def member_of(kind: type[Member]) -> Callable[[str], Member]:
    """A reader of one of `kind`'s members by its name: `key-recovery` or `on-hold`, capital letters or not."""
    by_name = {_name(member): member for member in kind}

    def read(text: str) -> Member:
        try:
            return by_name[text.lower().replace("_", "-").replace(" ", "-")]
        except KeyError:
            raise typer.BadParameter(f"{text!a} is none of {', '.join(by_name)}") from None

    return read


def choice(kind: type[Enum], *left_out: Enum, metavar: str, help: str = "One of: {}.", **more: Any) -> Any:  # noqa: A002
    """An option with such a reader. A shell completes the names; Typer alone would offer the members' values.

    Args:
        left_out: members that are neither told nor offered.
        help: `{}` stands for the names.
        more: of `typer.Option`; another `parser`, for example.
    """
    names = [_name(member) for member in kind if member not in left_out]
    options = {"parser": member_of(kind), "autocompletion": _offering(names), "metavar": metavar}
    return typer.Option(**{**options, "help": help.format(", ".join(names)), **more})


def _offering(names: Sequence[str]) -> Callable[[str], list[str]]:
    return lambda incomplete: [name for name in names if name.startswith(incomplete)]


def _name(member: Enum) -> str:
    return member.name.lower().replace("_", "-")
