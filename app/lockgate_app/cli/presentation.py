"""How the administration's commands show what they found or did: a table or a line for people, JSON for programs."""

import json
from collections.abc import Iterable, Mapping, Sequence

import typer

from lockgate_app.cli.terminal import complain, out, plain
from lockgate_app.words import Facts


def show(facts: Facts, *, as_json: bool) -> None:
    """One thing, a line for each fact; facts without a value are left out of the table."""
    if as_json:
        _write(facts)
        return
    from lockgate_app.cli import tables  # noqa: PLC0415  (see `lockgate_app.cli.commands`)

    said = {title(name): cell(value) for name, value in facts.items() if value not in (None, [], {})}
    out().print(tables.of_one(said))


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
        name: of the kind of rows; the key of the list in JSON.
        after: where the next page goes on, None if there is none.
        paged: whether there are pages at all.
        more: how many come behind the page, where that is known.
    """
    found = list(rows)
    if as_json:
        _write({name: found} | ({"next": after} if paged else {}) | ({} if more is None else {"more": more}))
        return
    if found:
        from lockgate_app.cli import tables  # noqa: PLC0415  (see `lockgate_app.cli.commands`)

        out().print(tables.of_many([*map(title, found[0])], (map(cell, row.values()) for row in found)))
    else:
        out().print(f"no {name.replace('_', ' ')}")
    if after is not None:
        count = "" if more is None else f" ({more})"
        out().print(f"there are more{count}: --after {after}", soft_wrap=True)


def report(text: str, facts: Facts, *, as_json: bool) -> None:
    """Show the result of a change."""
    if as_json:
        _write(facts)
    else:
        out().print(plain(text), soft_wrap=True)


def warn(texts: Sequence[str]) -> None:
    """Show warnings, on standard error."""
    for text in texts:
        complain(f"warning: {text}")


def _write(facts: Facts) -> None:
    typer.echo(json.dumps(facts, indent=2, ensure_ascii=False))


def title(name: str) -> str:
    """The name of a fact as the title of a column."""
    return name.replace("_", " ")


def cell(value: object) -> str:
    """A value in a table; nothing that a terminal would obey."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{title(name)} {cell(item)}" for name, item in value.items())
    if isinstance(value, list | tuple):
        return "\n".join(map(cell, value))
    return "" if value is None else plain(str(value))
