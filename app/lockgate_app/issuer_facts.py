"""What operators are shown of the issuers that sign for CAs: their kind, and what their CA promises."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lockgate.administration.authorities import PROGRAM
from lockgate.errors import ConfigurationError
from lockgate.ports import ReachableIssuer, RemoteIssuer
from lockgate_app.issuers import remote_issuer
from lockgate_app.settings import CaZone
from lockgate_app.words import Facts

IN_PROCESS = "in-process"
"""The kind of issuer of a CA whose key is in the registry."""
MISSING = "missing"
"""The kind of an issuer that a CA names and the configuration does not have."""
ABILITIES: Mapping[str, Callable[[RemoteIssuer], bool]] = {
    "repeat": lambda issuer: issuer.traits.idempotent,
    "look up": lambda issuer: issuer.traits.looks_up,
    "answer later": lambda issuer: issuer.traits.looks_up or issuer.traits.polls,
    "confirm": lambda issuer: issuer.traits.confirms,
    "be tested": lambda issuer: isinstance(issuer, ReachableIssuer),
}
"""What issuers can, each with how to tell (docs/issuers.md)."""


@dataclass(frozen=True, slots=True)
class IssuerOutline:
    """An issuer as the configuration has it.

    Attributes:
        can: words of `ABILITIES`; None for the CA in this process, and where the issuer cannot be made.
    """

    kind: str
    can: tuple[str, ...] | None = None

    @property
    def words(self) -> str:
        """What it can, as text."""
        return ", ".join(self.can or ()) or "nothing"

    @property
    def facts(self) -> Facts:
        """For a list of CAs or issuers."""
        return {"issuer_kind": self.kind, "issuer_can": None if self.can is None else self.words}


def kind_of(zone: CaZone, name: str) -> str:
    """The kind of the issuer of that name, empty for the CA in this process; no key is opened for it."""
    if not name:
        return IN_PROCESS
    if name == PROGRAM:
        return "program"
    return zone.ca.issuers[name].kind if name in zone.ca.issuers else MISSING


def outline_of(zone: CaZone, name: str) -> IssuerOutline:
    """The same with what it can. It is made for that, keys and all, and not called."""
    kind = kind_of(zone, name)
    if name not in zone.ca.issuers:
        return IssuerOutline(kind)
    try:
        issuer = remote_issuer(zone, name)
    except ConfigurationError:
        return IssuerOutline(kind)
    return IssuerOutline(kind, tuple(word for word, has in ABILITIES.items() if has(issuer)))
