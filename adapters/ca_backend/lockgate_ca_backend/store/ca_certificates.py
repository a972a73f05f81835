"""The certificates of CAs, as they are published: read without their keys."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from cryptography import x509
from sqlalchemy import Connection, and_, select

from lockgate.administration.authorities import CaStatus
from lockgate.reasons import Rejected
from lockgate_ca_backend.certificates import Validity
from lockgate_ca_backend.store import tables
from lockgate_formats.public_keys import encoded, read_key
from lockgate_formats.requests.possession import judge_signature

_ca, _generation = tables.certification_authority, tables.ca_generation
_CURRENT = (
    select(_ca.c.name, _ca.c.issuer, _generation.c.certificate)
    .join_from(_ca, _generation, and_(_generation.c.caname == _ca.c.name, _generation.c.number == _ca.c.generation))
    .where(_ca.c.status == CaStatus.ACTIVE)
    .order_by(_ca.c.name)
)
_PUBLISHED = select(
    _generation.c.number,
    _generation.c.certificate,
    _generation.c.chain,
    _generation.c.oldwithnew,
    _generation.c.newwithold,
).order_by(_generation.c.number)


@dataclass(frozen=True, slots=True)
class PublishedGeneration:
    """One generation of a CA, all certificates DER.

    Attributes:
        chain: from its issuer up to the root; empty for a root.
        old_with_new: the root's certificate before this one, signed by this one's key (RFC 9810, 4.4).
        new_with_old: this certificate signed by the key before it.
    """

    number: int
    certificate: bytes
    chain: tuple[bytes, ...]
    old_with_new: bytes | None
    new_with_old: bytes | None


class CaCertificateTable:
    """The CAs' certificates in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of(self, ca_name: str, number: int | None = None) -> Sequence[PublishedGeneration]:
        """The generations of a CA, the oldest first; or the one with that number."""
        query = _PUBLISHED.where(_generation.c.caname == ca_name)
        rows = self._connection.execute(query if number is None else query.where(_generation.c.number == number))
        return [
            PublishedGeneration(
                number=row.number,
                certificate=bytes(row.certificate),
                chain=tuple(msgspec.json.decode(bytes(row.chain), type=list[bytes])),
                old_with_new=None if row.oldwithnew is None else bytes(row.oldwithnew),
                new_with_old=None if row.newwithold is None else bytes(row.newwithold),
            )
            for row in rows
        ]

    def signing(self, now: datetime) -> Sequence[str]:
        """See `signing_cas`."""
        return signing_cas(self._connection, now)


def signing_cas(connection: Connection, now: datetime) -> Sequence[str]:
    """The names of the active CAs whose keys are here and whose current certificates are valid at `now`, UTC."""
    rows = connection.execute(_CURRENT).all()
    return [row.name for row in rows if not row.issuer and validity_of(bytes(row.certificate)).covers(now)]


def validity_of(certificate: bytes) -> Validity:
    """Of a DER certificate of a CA."""
    parsed = x509.load_der_x509_certificate(certificate)
    return Validity(parsed.not_valid_before_utc, parsed.not_valid_after_utc)


def has_signed(authority: x509.Certificate, certificate: x509.Certificate) -> bool:
    """Whether the key of `authority` has signed `certificate`. Names are not compared: the issuer's may be written with
    another string type than the CA's own (RFC 5280, 7.1)."""
    key = read_key(encoded(authority.public_key()))
    scheme, digest = certificate.signature_algorithm_parameters, certificate.signature_hash_algorithm
    signature, signed = certificate.signature, certificate.tbs_certificate_bytes
    return not isinstance(key, Rejected) and judge_signature(key, signature, signed, scheme, digest) is None
