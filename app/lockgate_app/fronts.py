"""The enrolment servers that an RA host may run: one row each, for `lockgate init`."""

from collections.abc import Mapping
from dataclasses import dataclass
from string import Template
from types import MappingProxyType

from lockgate.enrolment.protocol import EnrolmentProtocol
from lockgate.rights.authorization import Action, action_right
from lockgate_app.templates import SCEP_CONFIGURATION
from lockgate_transport.scep.vocabulary import SCEP


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """An enrolment server of an RA host.

    Attributes:
        protocol: what it speaks. Its name, the front's key, is the switch of `lockgate init`, the table of the RA's
            settings, and the name of the server's keystore and secret; its message type is that of its requests.
        name: for people.
        request_types: what it asks the CA for; the worker accepts nothing else.
        role_rules: the actions that the RA needs for these, as rules of its role.
        max_per_hour: new requests that the worker takes from such an RA in an hour.
        settings: what `lockgate init` adds to the RA's configuration; `$ca_name` stands for the issuing CA.
    """

    protocol: EnrolmentProtocol
    name: str
    request_types: tuple[str, ...]
    role_rules: frozenset[str]
    max_per_hour: int
    settings: Template

    @property
    def key(self) -> str:
        """The name of its protocol."""
        return self.protocol.name


_FRONTS = (
    Front(
        protocol=SCEP,
        name="SCEP",
        request_types=("PKCS10Request", "RenewalRequest", "GetCertRequest", "GetCRLRequest", "GetNextCACertRequest"),
        # Devices authenticate themselves; the RA adds and changes nothing.
        role_rules=frozenset(map(action_right, (Action.VIEW, Action.OWN_RENEWAL))),
        max_per_hour=1000,
        settings=SCEP_CONFIGURATION,
    ),
)
FRONTS: Mapping[str, Front] = MappingProxyType({front.key: front for front in _FRONTS})
"""Every front by its key."""
