"""The CAs: read once per transaction in outline, loaded and unlocked once per process.

A CA has generations, numbered from 1: each a key and its certificate under the CA's one subject. The current one signs
certificates; those before it sign CRLs only; at most one comes after it, and signs nothing yet.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Lock

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from sqlalchemy import ColumnElement, Connection, Delete, Update, delete, insert, select, update

from lockgate.administration.authorities import PROGRAM, CaStatus
from lockgate.errors import Conflict, KeystoreError
from lockgate.names.dn import DistinguishedName
from lockgate_ca_backend.certificates import Validity
from lockgate_ca_backend.key_sealing import KeySealer
from lockgate_ca_backend.revocation import authority_key_identifier
from lockgate_ca_backend.signing import CaKey
from lockgate_ca_backend.store import tables
from lockgate_ca_backend.store.ca_certificates import has_signed
from lockgate_formats.names import read_name
from lockgate_formats.public_keys import encoded

_ca, _generation = tables.certification_authority, tables.ca_generation
_OUTLINES = (
    select(
        _ca.c.name,
        _ca.c.status,
        _ca.c.generation,
        _ca.c.issuer,
        _generation.c.number,
        _generation.c.fingerprint,
        _generation.c.keydigest,
    )
    .join_from(_ca, _generation, _generation.c.caname == _ca.c.name)
    .order_by(_ca.c.name, _generation.c.number)
)


@dataclass(frozen=True, slots=True)
class GenerationOutline:
    """One generation of a CA. Digests are lower-case hexadecimal."""

    ca_name: str
    number: int
    fingerprint: str
    key_digest: str


@dataclass(frozen=True, slots=True)
class CaOutline:
    """A CA's data that every transaction reads again.

    Attributes:
        generation: the number of the current one.
        generations: every one by its number, the oldest first.
        issuer: the name of the remote issuer that signs, or `PROGRAM`; empty where the CA's own key does.
    """

    name: str
    status: CaStatus
    generation: int
    generations: Mapping[int, GenerationOutline]
    issuer: str = ""

    @property
    def remote(self) -> str:
        """The name of the remote issuer; empty for one inside the transaction, whoever has the key."""
        return "" if self.issuer == PROGRAM else self.issuer

    @property
    def fingerprint(self) -> str:
        """The fingerprint of the current certificate."""
        return self.generations[self.generation].fingerprint

    @property
    def next(self) -> GenerationOutline | None:
        """The generation that is to take over."""
        return self.generations.get(self.generation + 1)


@dataclass(frozen=True, slots=True)
class IssuingCa:
    """A CA, with the key of one of its generations.

    Attributes:
        subject: DER Name, exactly as in its certificate.
        public_key: the library's, of its certificate; read once.
        chain: DER certificates from its issuer up to the root; empty for a root.
        certificates: its own DER certificate, then `chain`.
        fingerprint: SHA-256 of its own certificate, lower-case hexadecimal.
        key_identifier: the Authority Key Identifier in certificates that it signs.
        key: None where it is not in the registry.
    """

    name: str
    generation: int
    subject: bytes
    certificate: x509.Certificate
    public_key: PublicKeyTypes
    chain: tuple[bytes, ...]
    certificates: tuple[bytes, ...]
    fingerprint: str
    validity: Validity
    key_identifier: bytes
    key: CaKey | None

    @property
    def signer(self) -> CaKey:
        """The key.

        Raises:
            KeystoreError: it is not in the registry.
        """
        if self.key is None:
            raise KeystoreError(f"the key of the CA {self.name} is not in the registry: its issuer has it")
        return self.key


class IssuerCache:
    """Unlocked CAs by the fingerprint of their certificates; shared by all transactions of a process."""

    def __init__(self, sealer: KeySealer) -> None:
        self._sealer = sealer
        self._issuers: dict[tuple[str, str], IssuingCa] = {}
        self._lock = Lock()

    def get(self, connection: Connection, outline: GenerationOutline) -> IssuingCa:
        """The generation of a CA, read and unlocked on first use.

        Raises:
            KeystoreError: the secret does not open the CA's key.
        """
        key = (outline.ca_name, outline.fingerprint)
        with self._lock:
            if key not in self._issuers:
                self._issuers[key] = self._load(connection, outline)
            return self._issuers[key]

    def unlocked(self, ca_name: str, fingerprint: str) -> IssuingCa:
        """One that `get` has given before: the CA of that name with the certificate of that fingerprint.

        Raises:
            KeystoreError: its key was not unlocked here.
        """
        with self._lock:
            found = self._issuers.get((ca_name, fingerprint))
        if found is None:
            raise KeystoreError(f"no key is unlocked for the CA {ca_name} with the certificate {fingerprint}")
        return found

    def _load(self, connection: Connection, outline: GenerationOutline) -> IssuingCa:
        query = select(_generation).where(
            _generation.c.caname == outline.ca_name, _generation.c.number == outline.number
        )
        row = connection.execute(query).one()
        certificate = x509.load_der_x509_certificate(bytes(row.certificate))
        sealed, public_key = bytes(row.sealedkey), certificate.public_key()
        key = CaKey(self._sealer.open(sealed, outline.ca_name, encoded(public_key))) if sealed else None
        chain = msgspec.json.decode(bytes(row.chain), type=list[bytes])
        return IssuingCa(
            name=outline.ca_name,
            generation=outline.number,
            subject=certificate.subject.public_bytes(),
            certificate=certificate,
            public_key=public_key,
            chain=tuple(chain),
            certificates=(bytes(row.certificate), *chain),
            fingerprint=outline.fingerprint,
            validity=Validity(certificate.not_valid_before_utc, certificate.not_valid_after_utc),
            key_identifier=authority_key_identifier(certificate).key_identifier or b"",
            key=key,
        )


@dataclass(frozen=True, slots=True)
class NewGeneration:
    """A key and certificate to be stored.

    Attributes:
        number: 1 for a new CA.
        chain: DER certificates from its issuer up to the root.
        sealed_key: empty where the key is not in the registry.
    """

    ca_name: str
    number: int
    fingerprint: str
    key_digest: str
    certificate: bytes
    chain: Sequence[bytes]
    sealed_key: bytes


@dataclass(frozen=True, slots=True)
class CrossCertificates:
    """The cross certificates of two generations of a root, DER (RFC 9810, 4.4)."""

    old_with_new: bytes
    new_with_old: bytes


class AuthorityTable:
    """The CAs in one transaction."""

    def __init__(self, connection: Connection, cache: IssuerCache) -> None:
        self._connection = connection
        self._cache = cache
        self._outlines: Mapping[str, CaOutline] | None = None

    def outlines(self) -> Mapping[str, CaOutline]:
        """Every CA by name."""
        if self._outlines is None:
            found: dict[str, CaOutline] = {}
            generations: dict[str, dict[int, GenerationOutline]] = {}
            for name, status, current, issuer, number, fingerprint, key_digest in self._connection.execute(_OUTLINES):
                own = generations.setdefault(name, {})
                own[number] = GenerationOutline(name, number, fingerprint, key_digest)
                found[name] = CaOutline(name, CaStatus(status), current, own, issuer)
            self._outlines = found
        return self._outlines

    def has_remote(self) -> bool:
        """Whether a remote issuer signs for any CA."""
        return any(outline.remote for outline in self.outlines().values())

    def holds_key(self, digest: str) -> bool:
        """Whether the key is a CA's own, of whatever generation."""
        return any(
            generation.key_digest == digest
            for outline in self.outlines().values()
            for generation in outline.generations.values()
        )

    def issuer(self, name: str, generation: int | None = None) -> IssuingCa:
        """The CA of that name, which must exist, unlocked.

        Args:
            generation: the number of one, which must exist; the current one by default.

        Raises:
            KeystoreError: the secret does not open its key.
        """
        outline = self.outlines()[name]
        return self._cache.get(self._connection, outline.generations[generation or outline.generation])

    def issuer_of(self, name: str, certificate: x509.Certificate) -> IssuingCa:
        """The generation of the CA that signed `certificate`; the current one where none did."""
        outline = self.outlines()[name]
        every = [self.issuer(name, number) for number in outline.generations if number <= outline.generation]
        return next((issuer for issuer in reversed(every) if has_signed(issuer.certificate, certificate)), every[-1])

    def named(self, subject: DistinguishedName) -> Sequence[str]:
        """The names of the CAs whose certificates have that subject (RFC 5280, 7.1), those written like it first."""
        subjects = {name: read_name(self.issuer(name).certificate.subject) for name in self.outlines()}
        meant = [name for name, own in subjects.items() if own.comparable == subject.comparable]
        return sorted(meant, key=lambda name: subjects[name] != subject)

    def holding(self, fingerprint: str) -> str | None:
        """The name of the CA that has or had the certificate of that fingerprint."""
        every = (generation for outline in self.outlines().values() for generation in outline.generations.values())
        return next((generation.ca_name for generation in every if generation.fingerprint == fingerprint), None)

    def add(self, first: NewGeneration, now: int, crl_number: int = 0, issuer: str = "") -> None:
        """Store a CA.

        Args:
            crl_number: of the last CRL that it has issued; 0 before the first.
            issuer: as in `CaOutline`.
        """
        self._connection.execute(
            insert(_ca).values(
                name=first.ca_name,
                status=CaStatus.ACTIVE,
                generation=first.number,
                crlnumber=crl_number,
                created=now,
                issuer=issuer,
            )
        )
        self.add_generation(first, now)

    def add_generation(self, new: NewGeneration, now: int) -> None:
        """Store a key and certificate of a CA."""
        self._connection.execute(
            insert(_generation).values(
                caname=new.ca_name,
                number=new.number,
                fingerprint=new.fingerprint,
                keydigest=new.key_digest,
                certificate=new.certificate,
                chain=msgspec.json.encode(list(new.chain)),
                sealedkey=new.sealed_key,
                created=now,
            )
        )
        self._outlines = None

    def take_over(self, following: GenerationOutline, crossed: CrossCertificates | None) -> None:
        """Make the next generation the current one.

        Raises:
            Conflict: another transaction was faster.
        """
        self._lock_at(following)
        old, new = (crossed.old_with_new, crossed.new_with_old) if crossed else (None, None)
        self._change(update(_generation).where(*_is(following)).values(oldwithnew=old, newwithold=new))
        self._change(update(_ca).where(_ca.c.name == following.ca_name).values(generation=following.number))

    def drop(self, following: GenerationOutline) -> None:
        """Remove the next generation, with its key.

        Raises:
            Conflict: another transaction was faster.
        """
        self._lock_at(following)
        self._change(delete(_generation).where(*_is(following)))

    def _lock_at(self, following: GenerationOutline) -> None:
        query = select(_ca.c.generation).where(_ca.c.name == following.ca_name).with_for_update()
        if self._connection.execute(query).scalar_one() != following.number - 1:
            raise Conflict("another generation of the CA has taken over")

    def _change(self, statement: Update | Delete) -> None:
        if self._connection.execute(statement).rowcount != 1:
            raise Conflict("the CA's next generation has changed")
        self._outlines = None

    def set_status(self, name: str, status: CaStatus) -> None:
        """Let the CA sign, or not."""
        self._connection.execute(update(_ca).where(_ca.c.name == name).values(status=status))
        self._outlines = None

    def next_crl_number(self, name: str) -> int:
        """Count the CA's CRL number up; the row stays locked until the transaction ends."""
        self._connection.execute(update(_ca).where(_ca.c.name == name).values(crlnumber=_ca.c.crlnumber + 1))
        return int(self._connection.execute(select(_ca.c.crlnumber).where(_ca.c.name == name)).scalar_one())


def _is(generation: GenerationOutline) -> tuple[ColumnElement[bool], ...]:
    """The row of exactly that certificate."""
    columns = _generation.c
    return (
        columns.caname == generation.ca_name,
        columns.number == generation.number,
        columns.fingerprint == generation.fingerprint,
    )
