"""The enrolment servers that an RA host may run: one row each, for `lockgate init`."""

from collections.abc import Mapping
from dataclasses import dataclass
from string import Template
from types import MappingProxyType

from lockgate.enrolment.protocol import EnrolmentProtocol
from lockgate.rights.authorization import Action, action_right, alias_right
from lockgate_app.templates import CMP_CA_CONFIGURATION, CMP_CONFIGURATION, SCEP_CONFIGURATION, WEB_CONFIGURATION
from lockgate_transport.cmp.vocabulary import CMP, DEFAULT_ALIAS
from lockgate_transport.scep.vocabulary import SCEP
from lockgate_transport.web.vocabulary import WEB


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """An enrolment server of an RA host.

    Attributes:
        protocol: what it speaks. Its name, the front's key, is the switch of `lockgate init`, the table of the RA's
            settings, and the name of the server's keystore and secret; its message type is that of its requests.
        name: for people.
        request_types: what it asks the CA for; the worker accepts nothing else.
        role_rules: the rights that the RA needs for these, as rules of its role.
        names_profiles: whether these name a CA and an end entity profile, so that the role has access to both.
        max_per_hour: new requests that the worker takes from such an RA in an hour.
        has_keystore: whether it has a keystore of its own.
        has_secret: whether it has a secret for what it keeps in the message database.
        settings: what `lockgate init` adds to the RA's configuration; `$ca_name` stands for the issuing CA, `$port` for
            a port that no other front has, `$p12` for the ending of keystores' names.
        ca_settings: what it adds to the CA's configuration, likewise. Where there is any, the CA's folder gets a
            keystore of the front's name.
    """

    protocol: EnrolmentProtocol
    name: str
    request_types: tuple[str, ...]
    role_rules: frozenset[str]
    names_profiles: bool = True
    max_per_hour: int
    has_keystore: bool = True
    has_secret: bool = True
    settings: Template
    ca_settings: Template | None = None

    @property
    def key(self) -> str:
        """The name of its protocol."""
        return self.protocol.name


_OTHERS_AUTHENTICATE = frozenset(map(action_right, (Action.VIEW, Action.OWN_RENEWAL)))
"""Devices and people authenticate themselves; the RA adds and changes nothing."""
_FRONTS = (
    Front(
        protocol=SCEP,
        name="SCEP",
        request_types=("PKCS10Request", "RenewalRequest", "GetCertRequest", "GetCRLRequest", "GetNextCACertRequest"),
        role_rules=_OTHERS_AUTHENTICATE,
        max_per_hour=1000,
        settings=SCEP_CONFIGURATION,
    ),
    Front(
        protocol=CMP,
        name="CMP",
        request_types=("CMPRequest", "RenewalRequest"),
        # Clients authenticate themselves to the CA's CMP service; the RA delivers their messages for one alias, and
        # renews its own certificate, which needs no right to a CA or profile. So a thief of its key may keep these
        # rights after that certificate has ended, until they are taken away, and gets no others (rule 34).
        role_rules=frozenset({*map(action_right, (Action.DELIVER, Action.OWN_RENEWAL)), alias_right(DEFAULT_ALIAS)}),
        names_profiles=False,
        # Strangers' messages count, too, since only the CA can tell whose they are: ten times what the proxy answers to
        # one client (`hourly_requests_per_client`), so that no single address uses up the RA's hour.
        max_per_hour=10_000,
        has_keystore=False,
        has_secret=False,
        settings=CMP_CONFIGURATION,
        ca_settings=CMP_CA_CONFIGURATION,
    ),
    Front(
        protocol=WEB,
        name="web enrolment",
        request_types=("CertificateRequestRequest", "KeyStoreRetrievalRequest", "RenewalRequest"),
        role_rules=_OTHERS_AUTHENTICATE,
        max_per_hour=1000,
        has_keystore=False,
        settings=WEB_CONFIGURATION,
    ),
)
FRONTS: Mapping[str, Front] = MappingProxyType({front.key: front for front in _FRONTS})
"""Every front by its key."""
