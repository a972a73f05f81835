"""End entities, and what the CA is asked to do for them."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum, StrEnum

from lockgate.certification.revocation import RevocationReason
from lockgate.names.altname import GeneralName
from lockgate.names.dn import DistinguishedName
from lockgate.names.keyspec import KeyKind, KeySpecification
from lockgate.reasons import Rejected
from lockgate.rights.signer import CertificateStanding


class EndEntityStatus(IntEnum):
    """The numbers are the historic ones."""

    NEW = 10
    FAILED = 11
    INITIALIZED = 20
    IN_PROCESS = 30
    GENERATED = 40
    REVOKED = 50
    HISTORICAL = 60
    KEY_RECOVERY = 70


class TokenType(StrEnum):
    """The token that an end entity gets: a certificate for its own key, or a keystore in that format, made by the
    CA."""

    USER_GENERATED = "USERGENERATED"
    P12 = "P12"
    JKS = "JKS"
    PEM = "PEM"


@dataclass(frozen=True, slots=True)
class Recovery:
    """The kept key that an end entity in the status KEYRECOVERY may fetch.

    Attributes:
        fingerprint: SHA-256 of the certificate that the key is kept with, lower-case hexadecimal.
        quorum: how many administrators have approved it.
    """

    fingerprint: str
    quorum: int = 0


class Possession(StrEnum):
    """How possession of the private key was shown when its public key was certified.

    A key that an old certificate alone vouches for has shown none.
    """

    PROVEN = "proven"
    MADE = "made"
    AWAITED = "awaited"
    """The certificate goes to its holder encrypted; that it could be decrypted shows possession later (RFC 9810,
    5.2.8.3.2). Until then nobody has shown it."""
    NONE = "none"

    @property
    def shown(self) -> bool:
        """Whether it was shown already."""
        return self in SHOWN


SHOWN = frozenset({Possession.PROVEN, Possession.MADE})
"""How possession is shown, where it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndEntity:
    """Someone or something that certificates are issued to. Its password is known to the CA adapter only.

    Attributes:
        token: what the answer to a later KeyStoreRetrievalRequest of the end entity contains.
        recovery: which key may be handed out to it; None unless its status is KEYRECOVERY.
    """

    username: str
    subject_dn: DistinguishedName
    subject_alt_name: tuple[GeneralName, ...]
    email: str | None
    end_entity_profile: str
    certificate_profile: str
    ca_name: str
    status: EndEntityStatus
    token: TokenType = TokenType.USER_GENERATED
    recovery: Recovery | None = None

    @property
    def description(self) -> "EndEntity":
        """A copy without the status and the recovery key; for comparisons."""
        return self.in_status(EndEntityStatus.NEW)

    def in_status(self, status: EndEntityStatus) -> "EndEntity":
        """A copy with that status; no key may be handed out to it."""
        return replace(self, status=status, recovery=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateFacts:
    """A certificate that the CA issued and keeps.

    Attributes:
        fingerprint: SHA-256 over the DER certificate, lower-case hexadecimal.
        end_entity_profile: under which its end entity was registered when it was issued.
        certificate_profile: under which it was issued.
        key: the identity of its public key, lower-case hexadecimal: equal for two certificates of one key.
        possession: how possession of the private key was shown when it was issued.
        not_before, not_after: UTC, both ends included (RFC 5280, 4.1.2.5).
        reason: why it is revoked or on hold; None where it is neither.
    """

    fingerprint: str
    ca_name: str
    serial_number: int
    username: str
    end_entity_profile: str
    certificate_profile: str
    key: str
    possession: Possession
    not_before: datetime
    not_after: datetime
    standing: CertificateStanding
    reason: RevocationReason | None = None


@dataclass(frozen=True, slots=True)
class NameClaim:
    """The name that a device asks for with a certificate that it holds.

    Attributes:
        asked: as the device wrote it.
        certified: the certificate's subject.
    """

    asked: DistinguishedName
    certified: DistinguishedName


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificationRequest:
    """A public key to certify.

    Attributes:
        public_key: DER SubjectPublicKeyInfo (RFC 5280, 4.1).
        possession: how possession of its private key was shown; only `CertificateRequests` says that it was proven.
        challenge_password: from the request's attributes, None without one. A secret.
        claim: the requested name, if it identifies the end entity that the request is for; None if something else
            identifies it.
        alternative_names: those that the request itself asks for, as it writes them, not judged yet; or why they cannot
            be asked for.
        pkcs10: the request itself, DER, where it is a PKCS#10 that proves possession and holds no challenge password;
            otherwise None.
    """

    public_key: bytes
    possession: Possession = Possession.NONE
    challenge_password: str | None = None
    claim: NameClaim | None = None
    alternative_names: tuple[GeneralName, ...] | Rejected = ()
    pkcs10: bytes | None = None

    def __repr__(self) -> str:
        return "CertificationRequest(…)"


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedKey:
    """A key that a request asks the CA to make.

    Attributes:
        kind: None for the certificate profile's default.
        claim, alternative_names: as in `CertificationRequest`.
    """

    kind: KeyKind | None = None
    claim: NameClaim | None = None
    alternative_names: tuple[GeneralName, ...] | Rejected = ()


@dataclass(frozen=True, slots=True)
class IssuedCertificate:
    """A certificate just issued.

    Attributes:
        certificate: DER.
        chain: DER certificates of its CAs, the issuer's first, the root last.
        fingerprint: SHA-256 over `certificate`, lower-case hexadecimal.
        serial_number: a positive integer of at most 20 octets.
    """

    certificate: bytes
    chain: tuple[bytes, ...]
    fingerprint: str
    serial_number: int


@dataclass(frozen=True, slots=True)
class KeystoreRules:
    """A certificate profile's rules for keystores.

    Attributes:
        made: the keys that the CA may make for such certificates, the first of them where a request names none.
        legacy: whether PKCS#12 keystores are encrypted as old readers need it.
        keeps_keys: whether the CA keeps keys that it makes for such certificates.
    """

    made: tuple[KeySpecification, ...]
    legacy: bool = False
    keeps_keys: bool = False
