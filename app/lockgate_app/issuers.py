"""The kinds of remote issuer that are installed: packages add them as entry points."""

from collections.abc import Callable, Mapping
from importlib.metadata import entry_points

from lockgate.errors import ConfigurationError
from lockgate.ports import RemoteIssuer
from lockgate_app.settings import CaZone

GROUP = "lockgate.issuers"
IssuerFactory = Callable[[str, Mapping[str, object]], RemoteIssuer]
"""Makes an issuer of its name and the options in the configuration. It raises `ConfigurationError` for options that it
cannot use."""


def remote_issuer(zone: CaZone, name: str) -> RemoteIssuer:
    """The issuer of that name. The code of a package that is installed here runs in the process.

    Raises:
        ConfigurationError: no package has its kind, or its options cannot be used.
    """
    settings = zone.ca.issuers[name]
    kinds = {entry.name: entry for entry in entry_points(group=GROUP)}
    if settings.kind not in kinds:
        there = ", ".join(sorted(kinds)) or "none"
        raise ConfigurationError(f"ca.issuers.{name}.kind: no package has the kind {settings.kind}; there are: {there}")
    entry = kinds[settings.kind]
    try:
        factory: IssuerFactory = entry.load()
    except Exception as error:
        raise ConfigurationError(f"entry point {entry.value}: cannot be loaded: {type(error).__name__}") from error
    return factory(name, settings.options)
