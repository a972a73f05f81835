"""YAML 1.2, by ruamel.yaml: no key twice, plain values only, no aliases.

Aliases are refused: with them, a small file could describe an enormous document, and profiles need none.
"""

from collections.abc import Iterable, Iterator, Mapping
from io import StringIO
from typing import Any

from lockgate_app.profile_files.documents import Document, DocumentFormat, UnreadableDocument

MAX_DEPTH = 16
"""Levels; profiles need six. The parser takes time in the square of the depth."""


def _yaml() -> Any:
    from ruamel.yaml import YAML  # noqa: PLC0415  (only this command needs it; the worker's start does not)

    yaml: Any = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.sort_base_mapping_type_on_output = False
    yaml.width = 1000
    return yaml


def _parse(text: str) -> Document:
    from ruamel.yaml.error import MarkedYAMLError, YAMLError  # noqa: PLC0415

    try:
        _bound(_yaml().parse(text))
        return Document(_yaml().load(text), dict(_positions(_yaml().compose(text), ())))
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise UnreadableDocument(f"is no valid YAML: {error.problem or error.context}", line) from None
    except YAMLError as error:
        raise UnreadableDocument(f"is no valid YAML: {str(error).splitlines()[0]}") from None


def _bound(events: Iterable[Any]) -> None:
    """Stop at the first alias or too deep a nesting, before anything is built."""
    depth = 0
    for event in events:
        kind = type(event).__name__
        depth += kind.endswith("StartEvent")
        depth -= kind.endswith("EndEvent")
        if kind == "AliasEvent" or depth > MAX_DEPTH:
            text = "is nested too deeply" if depth > MAX_DEPTH else "aliases are not supported"
            raise UnreadableDocument(text, event.start_mark.line + 1)


def _positions(node: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], int]]:
    """The line of every key, and of every entry in a list."""
    for name, key, value in _children(node):
        yield (*path, name), key.start_mark.line + 1
        yield from _positions(value, (*path, name))


def _children(node: Any) -> list[tuple[str, Any, Any]]:
    """Each child's name, the node that stands where it begins, and its value."""
    if node is None or node.id == "scalar":
        return []
    if node.id == "sequence":
        return [(str(index), value, value) for index, value in enumerate(node.value)]
    return [(str(key.value), key, value) for key, value in node.value]


def _write(content: Mapping[str, Any]) -> str:
    stream = StringIO()
    _yaml().dump(content, stream)
    return stream.getvalue()


FORMAT = DocumentFormat("yaml", _parse, _write)
