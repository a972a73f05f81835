"""The request types that are installed: the built-in ones, and those that packages add as entry points."""

from collections.abc import Sequence
from functools import cache
from importlib.metadata import EntryPoint, entry_points

from lockgate.errors import ConfigurationError
from lockgate.requests.request_types import RequestType, RequestTypes, extended
from lockgate_formats.submessages.schema import schema

GROUP = "lockgate.request_types"


@cache
def installed_entry_points() -> Sequence[EntryPoint]:
    """The entry points of request types, looked for once, by name: the metadata of every package is read for that. None
    of them is loaded."""
    return sorted(entry_points(group=GROUP), key=lambda entry: entry.name)


@cache
def installed_request_types() -> RequestTypes:
    """Every request type of this installation. The code of its packages runs in this process.

    Raises:
        ConfigurationError: an entry point cannot be loaded, or names no request type that can be used.
    """
    found = [_loaded(entry) for entry in installed_entry_points()]
    types = extended(found)
    for request_type in found:
        _require_schema(request_type)
    return types


def _loaded(entry: EntryPoint) -> RequestType:
    try:
        found = entry.load()
    except Exception as error:
        raise ConfigurationError(f"entry point {entry.value}: cannot be loaded: {type(error).__name__}") from error
    if not isinstance(found, RequestType):
        raise ConfigurationError(f"entry point {entry.value}: is no lockgate.requests.request_types.RequestType")
    return found


def _require_schema(request_type: RequestType) -> None:
    """Fields of types that JSON has no form for are found at the start, not in the first request."""
    try:
        schema({request_type.name: request_type})
    except (TypeError, ValueError, NameError, KeyError) as error:
        raise ConfigurationError(f"request type {request_type.name}: its fields have no JSON form: {error}") from error
