"""The kinds of remote issuer: those of the house, and those that packages add as entry points."""

from collections.abc import Callable, Mapping
from functools import partial
from importlib.metadata import entry_points

from lockgate.errors import CallerError, ConfigurationError, KeystoreError
from lockgate.ports import RemoteIssuer
from lockgate_app.container.cmp_issuer import cmp_issuer
from lockgate_app.container.command_issuer import command_issuer
from lockgate_app.settings import CaZone
from lockgate_app.settings.issuer_by_cmp import CmpIssuerTable
from lockgate_app.settings.issuers import BUILT_IN, PackagedIssuerTable

GROUP = "lockgate.issuers"
IssuerFactory = Callable[[str, Mapping[str, object]], RemoteIssuer]
"""Makes an issuer of its name and the options in the configuration. It raises `ConfigurationError` for options that it
cannot use."""


def remote_issuer(zone: CaZone, name: str) -> RemoteIssuer:
    """The issuer of that name. The code of a package that is installed here runs in the process.

    Raises:
        ConfigurationError: no package has its kind, or its options cannot be used.
    """
    match zone.ca.issuers[name]:
        case PackagedIssuerTable() as table:
            return _packaged(name, table)
        case CmpIssuerTable() as table:
            return _made(name, partial(cmp_issuer, table.options))
        case table:
            return _made(name, partial(command_issuer, name, table.options))


def configured_issuer(zone: CaZone, name: str) -> RemoteIssuer:
    """The same for a name that somebody has given.

    Raises:
        ConfigurationError: there is none of that name, or as for `remote_issuer`.
    """
    if name not in zone.ca.issuers:
        there = ", ".join(zone.ca.issuers) or "none"
        raise ConfigurationError(f"there is no [ca.issuers.{name}]; there are: {there}")
    return remote_issuer(zone, name)


def _made(name: str, make: Callable[[], RemoteIssuer]) -> RemoteIssuer:
    try:
        return make()
    except (CallerError, KeystoreError) as error:
        raise ConfigurationError(f"ca.issuers.{name}.options: {error}") from None


def _packaged(name: str, table: PackagedIssuerTable) -> RemoteIssuer:
    kinds = {entry.name: entry for entry in entry_points(group=GROUP)}
    if table.kind not in kinds:
        there = ", ".join(sorted({*kinds, *BUILT_IN}))
        raise ConfigurationError(f"ca.issuers.{name}.kind: there is no kind {table.kind}; there are: {there}")
    entry = kinds[table.kind]
    try:
        factory: IssuerFactory = entry.load()
    except Exception as error:
        raise ConfigurationError(f"entry point {entry.value}: cannot be loaded: {type(error).__name__}") from error
    return factory(name, table.options)
