"""Values as the console's pages show them."""

from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import quote

from markupsafe import Markup, escape

from lockgate.administration.console import Facts
from lockgate_transport.pages.text import visible

_BREAK = Markup("<br>")
_LINK = Markup('<a href="{}">{}</a>')


def shown(value: object, base: str = "") -> Markup:
    """A value, escaped and visible, a line for each item of a list.

    Args:
        base: where the value leads, before the value itself; empty where it leads nowhere.
    """
    return _BREAK.join(_line(line, base) for line in _lines(value))


def cells(facts: Facts, links: Mapping[str, str]) -> Sequence[Markup]:
    """The values of facts, those in `links` leading somewhere."""
    return [shown(value, links.get(name, "")) for name, value in facts.items()]


def told(facts: Facts, links: Mapping[str, str]) -> Mapping[str, Markup]:
    """Facts that have a value, by their titles."""
    known = {name: value for name, value in facts.items() if value not in (None, "", [], {})}
    return dict(zip(map(title, known), cells(known, links), strict=True))


def title(name: str) -> str:
    """The name of a fact for people."""
    return name.replace("_", " ")


def _line(text: str, base: str) -> Markup:
    said = escape(visible(text))
    return _LINK.format(base + quote(text, safe=""), said) if base and text else said


def _lines(value: object) -> Iterable[str]:
    if isinstance(value, bool):
        return ["yes" if value else "no"]
    if isinstance(value, Mapping):
        return [", ".join(f"{title(str(name))} {', '.join(_lines(item))}" for name, item in value.items())]
    if isinstance(value, list | tuple):
        return [line for item in value for line in _lines(item)]
    return [] if value is None else [str(value)]
