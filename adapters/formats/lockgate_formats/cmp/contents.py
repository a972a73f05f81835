"""The dataclasses of bodies (RFC 9810, 5.3; RFC 4211): read from octets, and written to them."""

from dataclasses import dataclass, field
from datetime import datetime

from lockgate_formats import der
from lockgate_formats.cmp.messages import InfoValue, StatusInfo
from lockgate_formats.cmp.vocabulary import ControlType, PossessionKind
from lockgate_formats.fields import read_whole

_NO_KEY = der.bit_string(b"")


@dataclass(frozen=True, slots=True)
class CertificateId:
    """CertId (RFC 4211, 6.5).

    Attributes:
        issuer: DER Name.
    """

    issuer: bytes
    serial_number: int


@dataclass(frozen=True, slots=True)
class Validity:
    """OptionalValidity (RFC 4211, 5): UTC, None without."""

    not_before: datetime | None = None
    not_after: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateTemplate:
    """CertTemplate (RFC 4211, 5).

    Attributes:
        version: of the certificate, 2 means v3; None without.
        signing_algorithm: DER AlgorithmIdentifier.
        subject, issuer: DER Name.
        public_key: DER SubjectPublicKeyInfo; its key is of no octets where the CA shall make one of that algorithm.
        extensions: DER Extensions.
        unique_ids: whether issuerUID or subjectUID is present.
    """

    version: int | None = None
    serial_number: int | None = None
    signing_algorithm: bytes | None = None
    issuer: bytes | None = None
    validity: Validity | None = None
    subject: bytes | None = None
    public_key: bytes | None = None
    extensions: bytes | None = None
    unique_ids: bool = False

    @property
    def asks_for_key(self) -> bool:
        """Whether it holds no public key, so that the CA shall make the key pair (RFC 9483, 4.1.6)."""
        return self.public_key is None or self.public_key.endswith(_NO_KEY)

    @property
    def key_algorithm(self) -> bytes | None:
        """The DER AlgorithmIdentifier of the public key, or of the one that the CA shall make; None without."""
        return None if self.public_key is None else read_whole(self.public_key).element(der.SEQUENCE)


@dataclass(frozen=True, slots=True)
class Publication:
    """PKIPublicationInfo (RFC 4211, 6.3).

    Attributes:
        action: 0 for dontPublish, 1 for pleasePublish.
        methods: the pubMethod of each SinglePubInfo: 0 for dontCare, 1 for x500, 2 for web, 3 for ldap.
    """

    action: int
    methods: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Controls:
    """The controls of a CertRequest (RFC 4211, 6).

    Attributes:
        values: all of them as they stand there, each type once.
        reg_token, authenticator: secrets that the client shares with the CA.
        protocol_key: DER SubjectPublicKeyInfo of a key to encrypt the answer to.
        alternative_template: type and value of a template of another kind than X.509's (RFC 9810, appendix F).
    """

    values: tuple[InfoValue, ...] = ()
    old_certificate: CertificateId | None = None
    reg_token: str | None = field(default=None, repr=False)
    authenticator: str | None = field(default=None, repr=False)
    publication: Publication | None = None
    protocol_key: bytes | None = None
    alternative_template: InfoValue | None = None

    @property
    def others(self) -> tuple[str, ...]:
        """The types, dotted, of the controls that have no attribute here."""
        return tuple(control.oid for control in self.values if control.oid not in _TYPED)


_TYPED = frozenset(
    {
        ControlType.REG_TOKEN,
        ControlType.AUTHENTICATOR,
        ControlType.PKI_PUBLICATION_INFO,
        ControlType.OLD_CERT_ID,
        ControlType.PROTOCOL_ENCR_KEY,
        ControlType.ALT_CERT_TEMPLATE,
    }
)


@dataclass(frozen=True, slots=True)
class ProofOfPossession:
    """ProofOfPossession (RFC 4211, 4).

    Attributes:
        value: the DER of the whole choice; empty where there is none.
        for_agreement: whether it is one of a key agreement key (keyAgreement).
    """

    kind: PossessionKind = PossessionKind.ABSENT
    value: bytes = field(default=b"", repr=False)
    for_agreement: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateRequestMessage:
    """CertReqMsg (RFC 4211, 3).

    Attributes:
        request: the DER CertRequest, which a proof of possession may be over.
        reg_info: as it stands there.
        utf8_pairs: name and value of each pair in regInfo (RFC 4211, 7.1), escapes decoded.
    """

    cert_req_id: int
    request: bytes = field(repr=False)
    template: CertificateTemplate
    controls: Controls = Controls()
    possession: ProofOfPossession = ProofOfPossession()
    reg_info: tuple[InfoValue, ...] = ()
    utf8_pairs: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class CertificateConfirmation:
    """CertStatus (RFC 9810, 5.3.18).

    Attributes:
        hash_algorithm: DER AlgorithmIdentifier; None without.
    """

    certificate_hash: bytes
    cert_req_id: int
    status: StatusInfo | None = None
    hash_algorithm: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationRequest:
    """RevDetails (RFC 9810, 5.3.9).

    Attributes:
        reason: the CRLReason in crlEntryDetails (RFC 5280, 5.3.1); None without.
        entry_extensions: the other extensions in crlEntryDetails: their types, dotted, and their values' DER.
    """

    template: CertificateTemplate
    reason: int | None = None
    entry_extensions: tuple[InfoValue, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateResponse:
    """CertResponse (RFC 9810, 5.3.4).

    Attributes:
        certificate: DER; None without.
        encrypted_certificate: DER EnvelopedData around the certificate; None without.
        private_key: DER EnvelopedData around a private key that the CA made; None without.
        response_info: rspInfo, octets.
    """

    cert_req_id: int
    status: StatusInfo
    certificate: bytes | None = field(default=None, repr=False)
    encrypted_certificate: bytes | None = field(default=None, repr=False)
    private_key: bytes | None = field(default=None, repr=False)
    response_info: bytes | None = None


@dataclass(frozen=True, slots=True)
class CertificateReply:
    """CertRepMessage (RFC 9810, 5.3.4).

    Attributes:
        ca_certificates: caPubs, DER.
    """

    responses: tuple[CertificateResponse, ...]
    ca_certificates: tuple[bytes, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class RevocationReply:
    """RevRepContent (RFC 9810, 5.3.10).

    Attributes:
        statuses: one for each request, in their order.
        certificates: revCerts, in the same order; may be empty.
        crls: DER.
    """

    statuses: tuple[StatusInfo, ...]
    certificates: tuple[CertificateId, ...] = ()
    crls: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class PollResponse:
    """A member of PollRepContent (RFC 9810, 5.3.22).

    Attributes:
        check_after: seconds.
        reasons: for people.
    """

    cert_req_id: int
    check_after: int
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ErrorContent:
    """ErrorMsgContent (RFC 9810, 5.3.21).

    Attributes:
        details: for people.
    """

    status: StatusInfo
    code: int | None = None
    details: tuple[str, ...] = ()
