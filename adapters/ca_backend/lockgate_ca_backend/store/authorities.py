"""The CAs: read once per transaction in outline, loaded and unlocked once per process."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from threading import Lock

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import Connection, insert, select, update

from lockgate.dn import DistinguishedName
from lockgate_ca_backend.certificates import Validity
from lockgate_ca_backend.key_sealing import KeySealer
from lockgate_ca_backend.names import read_name
from lockgate_ca_backend.revocation import authority_key_identifier
from lockgate_ca_backend.signing import Signer
from lockgate_ca_backend.store import tables

_table = tables.certification_authority
_OUTLINES = select(_table.c.name, _table.c.status, _table.c.fingerprint, _table.c.keydigest).order_by(_table.c.name)


class CaStatus(StrEnum):
    """Whether a CA signs."""

    ACTIVE = "active"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class CaOutline:
    """What every transaction looks up anew. Digests are lower-case hexadecimal."""

    name: str
    status: CaStatus
    fingerprint: str
    key_digest: str


@dataclass(frozen=True, slots=True)
class Issuer:
    """A CA that can sign.

    Attributes:
        subject: DER Name, exactly as in its certificate.
        chain: DER certificates from its issuer up to the root; empty for a root.
        certificates: its own DER certificate, then `chain`.
        key_identifier: what certificates signed by it name as Authority Key Identifier.
    """

    name: str
    subject: bytes
    certificate: x509.Certificate
    chain: tuple[bytes, ...]
    certificates: tuple[bytes, ...]
    validity: Validity
    key_identifier: bytes
    signer: Signer


class IssuerCache:
    """Unlocked CAs by the fingerprint of their certificates; shared by all transactions of a process."""

    def __init__(self, sealer: KeySealer) -> None:
        self._sealer = sealer
        self._issuers: dict[tuple[str, str], Issuer] = {}
        self._lock = Lock()

    def get(self, connection: Connection, outline: CaOutline) -> Issuer:
        """The CA, read and unlocked on first use.

        Raises:
            KeystoreError: the secret does not open the CA's key.
        """
        key = (outline.name, outline.fingerprint)
        with self._lock:
            if key not in self._issuers:
                self._issuers[key] = self._load(connection, outline.name)
            return self._issuers[key]

    def _load(self, connection: Connection, name: str) -> Issuer:
        row = connection.execute(select(_table).where(_table.c.name == name)).one()
        certificate = x509.load_der_x509_certificate(bytes(row.certificate))
        signer = Signer(self._sealer.open(bytes(row.sealedkey), name, spki_of(certificate)))
        chain = msgspec.json.decode(bytes(row.chain), type=list[bytes])
        return Issuer(
            name=name,
            subject=certificate.subject.public_bytes(),
            certificate=certificate,
            chain=tuple(chain),
            certificates=(bytes(row.certificate), *chain),
            validity=Validity(certificate.not_valid_before_utc, certificate.not_valid_after_utc),
            key_identifier=authority_key_identifier(certificate).key_identifier or b"",
            signer=signer,
        )


@dataclass(frozen=True, slots=True)
class NewCa:
    """A CA to be stored.

    Attributes:
        chain: DER certificates from its issuer up to the root.
    """

    name: str
    fingerprint: str
    key_digest: str
    certificate: bytes
    chain: Sequence[bytes]
    sealed_key: bytes


class Authorities:
    """The CAs in one transaction."""

    def __init__(self, connection: Connection, cache: IssuerCache) -> None:
        self._connection = connection
        self._cache = cache
        self._outlines: Mapping[str, CaOutline] | None = None

    def outlines(self) -> Mapping[str, CaOutline]:
        """Every CA by name."""
        if self._outlines is None:
            rows = self._connection.execute(_OUTLINES)
            self._outlines = {row[0]: CaOutline(row[0], CaStatus(row[1]), row[2], row[3]) for row in rows}
        return self._outlines

    def holds_key(self, digest: str) -> bool:
        """Whether the key is a CA's own."""
        return any(outline.key_digest == digest for outline in self.outlines().values())

    def issuer(self, name: str) -> Issuer:
        """The CA of that name, which must exist, unlocked.

        Raises:
            KeystoreError: the secret does not open its key.
        """
        return self._cache.get(self._connection, self.outlines()[name])

    def named(self, subject: DistinguishedName) -> Sequence[str]:
        """The names of the CAs whose certificates have that subject."""
        return [name for name in self.outlines() if read_name(self.issuer(name).certificate.subject) == subject]

    def add(self, ca: NewCa, now: int) -> None:
        """Store a CA."""
        self._connection.execute(
            insert(_table).values(
                name=ca.name,
                status=CaStatus.ACTIVE,
                fingerprint=ca.fingerprint,
                keydigest=ca.key_digest,
                certificate=ca.certificate,
                chain=msgspec.json.encode(list(ca.chain)),
                sealedkey=ca.sealed_key,
                crlnumber=0,
                created=now,
            )
        )
        self._outlines = None

    def set_status(self, name: str, status: CaStatus) -> None:
        """Let the CA sign, or not."""
        self._connection.execute(update(_table).where(_table.c.name == name).values(status=status))
        self._outlines = None

    def next_crl_number(self, name: str) -> int:
        """Count the CA's CRL number up; the row stays locked until the transaction ends."""
        self._connection.execute(update(_table).where(_table.c.name == name).values(crlnumber=_table.c.crlnumber + 1))
        return int(self._connection.execute(select(_table.c.crlnumber).where(_table.c.name == name)).scalar_one())


def spki_of(certificate: x509.Certificate) -> bytes:
    """DER SubjectPublicKeyInfo of the certificate's key."""
    public_key = certificate.public_key()
    return public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
