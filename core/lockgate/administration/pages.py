"""Pages: part of what a search found, and where the next part begins."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from lockgate.errors import CallerError

MAX_PAGE = 1000
Item = TypeVar("Item")
Item_co = TypeVar("Item_co", covariant=True)


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


class Paged(Protocol[Item_co]):
    """A page of any kind."""

    @property
    def items(self) -> Sequence[Item_co]:
        """What it holds."""

    @property
    def next(self) -> str | None:
        """Where the next page goes on; None after the last one."""


def every(search: Callable[[Page], Paged[Item]]) -> Iterator[Item]:
    """All that a search finds, page by page."""
    page: Page | None = Page(MAX_PAGE)
    while page is not None:
        found = search(page)
        yield from found.items
        page = None if found.next is None else Page(MAX_PAGE, found.next)
