"""Tables for people."""

from collections.abc import Iterable, Mapping, Sequence

from rich.table import Table


def of_one(cells: Mapping[str, str]) -> Table:
    """A line for each fact of one thing."""
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for title, cell in cells.items():
        table.add_row(title, cell)
    return table


def of_many(titles: Sequence[str], rows: Iterable[Iterable[str]]) -> Table:
    """A line for each thing."""
    table = Table(*titles, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*row)
    return table
