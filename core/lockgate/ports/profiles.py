"""The rules of profiles, inside one unit of work."""

from abc import abstractmethod
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from lockgate.certification.endentity import KeystoreRules
from lockgate.profiles.certificate_profile import CertificateProfile
from lockgate.profiles.end_entity_profile import EndEntityProfile
from lockgate.reasons import Rejected


@dataclass(frozen=True, slots=True)
class RenewalTerms:
    """The terms on which a certificate profile allows renewals.

    Attributes:
        window: how long before its end a certificate can be renewed; None for all the time.
        same_key: whether it can be renewed for the key that it has.
    """

    window: timedelta | None
    same_key: bool = False


@dataclass(frozen=True, slots=True)
class Rules:
    """The two profiles that an end entity names."""

    end_entity: EndEntityProfile
    certificate: CertificateProfile


class Profiles(Protocol):
    """The terms of certificate profiles, and the profiles themselves."""

    @abstractmethod
    def keystore_rules(self, certificate_profile: str) -> KeystoreRules | Rejected:
        """How keystores with certificates of that profile are made. The rejection is `unknown_profile`."""

    @abstractmethod
    def renewal_terms(self, certificate_profile: str) -> RenewalTerms | Rejected:
        """When and for which keys certificates of that profile can be renewed. The rejection is `unknown_profile`."""

    @abstractmethod
    def rules(self, end_entity_profile: str, certificate_profile: str) -> Rules | Rejected:
        """Both profiles. The rejection is `unknown_profile`."""
