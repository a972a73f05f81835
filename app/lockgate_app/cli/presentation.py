"""How the administration's commands show what they found or did: a table or a line for people, JSON for programs."""

import json
from collections.abc import Iterable, Mapping, Sequence

import typer
from rich.markup import escape
from rich.table import Table

from lockgate_app.cli.console import complain, out, plain
from lockgate_app.words import Facts


def show(facts: Facts, *, as_json: bool) -> None:
    """One thing, a line for each fact; facts without a value are left out of the table."""
    if as_json:
        _write(facts)
        return
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in facts.items():
        if value not in (None, [], {}):
            table.add_row(_title(name), _cell(value))
    out.print(table)


def show_all(
    name: str,
    rows: Iterable[Facts],
    *,
    as_json: bool,
    after: str | None = None,
    paged: bool = False,
    more: int | None = None,
) -> None:
    """A list.

    Args:
        name: what the rows are; the key of the list in JSON.
        after: where the next page goes on, None if there is none.
        paged: whether there are pages at all.
        more: how many come behind the page, where that is known.
    """
    found = list(rows)
    if as_json:
        _write({name: found} | ({"next": after} if paged else {}) | ({} if more is None else {"more": more}))
        return
    if found:
        table = Table(*map(_title, found[0]), box=None, pad_edge=False)
        for row in found:
            table.add_row(*map(_cell, row.values()))
        out.print(table)
    else:
        out.print(f"no {name.replace('_', ' ')}")
    if after is not None:
        count = "" if more is None else f" ({more})"
        out.print(f"there are more{count}: --after {after}", markup=False, soft_wrap=True)


def report(text: str, facts: Facts, *, as_json: bool) -> None:
    """What was done."""
    if as_json:
        _write(facts)
    else:
        out.print(plain(text), markup=False, soft_wrap=True)


def warn(texts: Sequence[str]) -> None:
    """What should be thought over; on standard error."""
    for text in texts:
        complain(f"warning: {text}")


def _write(facts: Facts) -> None:
    typer.echo(json.dumps(facts, indent=2, ensure_ascii=False))


def _title(name: str) -> str:
    return name.replace("_", " ")


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{_title(name)} {_cell(its)}" for name, its in value.items())
    if isinstance(value, list | tuple):
        return "\n".join(map(_cell, value))
    return "" if value is None else escape(plain(str(value)))
