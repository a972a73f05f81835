"""Pages: part of what a search found, and where the next part begins."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from lockgate.errors import CallerError

MAX_PAGE = 1000
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of what was found.

    Attributes:
        limit: items at most, 1 to `MAX_PAGE`.
        after: `Found.next` of the page before; None for the first one.
    """

    limit: int = 50
    after: str | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.limit <= MAX_PAGE:
            raise CallerError(f"a page has 1 to {MAX_PAGE} entries")


@dataclass(frozen=True, slots=True)
class Found(Generic[Item]):
    """A page.

    Attributes:
        next: where the next page goes on; None after the last one.
    """

    items: Sequence[Item]
    next: str | None
