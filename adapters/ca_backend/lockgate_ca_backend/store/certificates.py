"""Issued certificates: their end entities and their standing."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any

from cryptography import x509
from sqlalchemy import ColumnElement, Connection, Row, bindparam, exists, insert, or_, select, update

from lockgate.certification.endentity import SHOWN, CertificateFacts, Possession
from lockgate.certification.revocation import RevocationReason, RevokedCertificate
from lockgate.profiles.profile_set import ProfileKind
from lockgate.rights.signer import CertificateStanding
from lockgate_ca_backend.store import tables
from lockgate_ca_backend.store.clock import from_milliseconds, to_milliseconds
from lockgate_ca_backend.store.key_fates import NOBODY
from lockgate_formats.public_keys import encoded
from lockgate_persistence.dialects import execute_many

SERIAL_DIGITS = 40
NO_OWNER = ""
"""Stands for the owner of a certificate that belongs to no end entity: a CA had issued it before it was imported."""
_table = tables.certificate
_imported, _workers = tables.imported_revocation, tables.worker_certificate
_condemned = exists().where(tables.key_fate.c.keydigest == _table.c.keydigest, tables.key_fate.c.reporter == NOBODY)
_STATUS = (
    select(_table.c.status, _condemned, exists().where(_workers.c.fingerprint == _table.c.fingerprint))
    .where(_table.c.fingerprint == bindparam("fingerprint_"))
    .with_for_update(read=True)
)
_WORKER = select(_workers.c.worker).where(_workers.c.fingerprint == bindparam("fingerprint_"))
_INSERT = insert(_table)


@dataclass(frozen=True, slots=True)
class CertificateRecord:
    """A certificate to be stored. Digests and `fingerprint` are lower-case hexadecimal."""

    fingerprint: str
    ca_name: str
    serial_number: int
    username: str
    end_entity_profile: str
    certificate_profile: str
    subject_dn: str
    key_digest: str
    possession: Possession
    not_before: datetime
    not_after: datetime
    requester: str
    requester_fingerprint: str | None
    operation: str
    certificate: bytes
    revoked: RevokedCertificate | None = None


@dataclass(frozen=True, slots=True)
class StoredCertificate:
    """The facts that decide about a stored certificate's revocation."""

    sequence: int
    facts: CertificateFacts
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Ownership:
    """Whose a certificate is.

    Attributes:
        username: of its end entity; `NO_OWNER` where it belongs to nobody.
        subject_dn: the name in it.
    """

    username: str
    subject_dn: str


class CertificateTable:
    """The certificates in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._new: list[dict[str, Any]] = []
        self._standings: dict[str, CertificateStanding] = {}

    def add(self, record: CertificateRecord) -> None:
        """Keep `record` to be written."""
        self._new.append(_values(record))
        self._standings[record.fingerprint] = CertificateStanding.GOOD

    def add_imported(self, records: Iterable[CertificateRecord]) -> None:
        """Write certificates that were not issued here, at once."""
        if rows := list(map(_values, records)):
            execute_many(self._connection, _INSERT, rows)

    def flush(self) -> None:
        """Write what was added."""
        if self._new:
            execute_many(self._connection, _INSERT, self._new)
            self._new = []

    def standing(self, fingerprint: str) -> CertificateStanding:
        """The standing of the certificate; `unknown` if it was not issued here.

        It stays so until this transaction ends: a command that revokes the certificate waits for the requests that use
        it.
        """
        if fingerprint not in self._standings:
            row = self._connection.execute(_STATUS, {"fingerprint_": fingerprint}).one_or_none()
            self._standings[fingerprint] = self._elsewhere(fingerprint) if row is None else _standing(*row)
        return self._standings[fingerprint]

    def _elsewhere(self, fingerprint: str) -> CertificateStanding:
        """That of a certificate that was not issued here."""
        return CertificateStanding.WORKERS if is_workers(self._connection, fingerprint) else CertificateStanding.UNKNOWN

    def forget_standings(self) -> None:
        """Read every standing again: a key was condemned or cleared."""
        self._standings = {}

    def holder(self, fingerprint: str) -> str | None:
        """The username of the end entity that the certificate was issued to; None where it belongs to nobody."""
        self.flush()
        query = select(_table.c.username).where(_table.c.fingerprint == fingerprint, _table.c.username != NO_OWNER)
        return self._connection.execute(query).scalar_one_or_none()

    def ownership(self, fingerprint: str) -> Ownership | None:
        """Whose the certificate is; None where it is not stored."""
        self.flush()
        query = select(_table.c.username, _table.c.subjectdn).where(_table.c.fingerprint == fingerprint)
        row = self._connection.execute(query).one_or_none()
        return None if row is None else Ownership(row.username, row.subjectdn)

    def give(self, fingerprint: str, username: str, end_entity_profile: str, certificate_profile: str) -> None:
        """Make a certificate that belongs to nobody the end entity's, at once."""
        profiles = {"endentityprofile": end_entity_profile, "certificateprofile": certificate_profile}
        nobodys = (_table.c.fingerprint == fingerprint, _table.c.username == NO_OWNER)
        self._connection.execute(update(_table).where(*nobodys).values(username=username, **profiles))

    def fingerprint(self, ca_name: str, serial_number: int) -> str | None:
        """Of the CA's certificate with that serial number."""
        serial = serial_digits(serial_number)
        query = select(_table.c.fingerprint).where(_table.c.caname == ca_name, _table.c.serial == serial)
        return self._connection.execute(query).scalar_one_or_none()

    def has_key(self, key: str, username: str) -> bool:
        """Whether a certificate for the key was issued to the end entity, or to one that had shown possession."""
        counts = or_(_table.c.username == username, _table.c.possession.in_(SHOWN))
        return self._exists(_table.c.keydigest == key, counts)

    def has_shown(self, key: str, username: str) -> bool:
        """Whether the end entity had shown possession of the key for a certificate of its own."""
        shown = _table.c.possession.in_(SHOWN)
        return self._exists(_table.c.keydigest == key, _table.c.username == username, shown)

    def key_of(self, fingerprint: str) -> str | None:
        """The identity of the certificate's key."""
        query = select(_table.c.keydigest).where(_table.c.fingerprint == fingerprint)
        return self._connection.execute(query).scalar_one_or_none()

    def on_key(self, key: str) -> Sequence[CertificateFacts]:
        """Every certificate for the key, in the order of issuance."""
        self.flush()
        query = select(_table).where(_table.c.keydigest == key).order_by(_table.c.sequence)
        return [_facts(row) for row in self._connection.execute(query)]

    def profile_name(self, fingerprint: str) -> str | None:
        """The certificate profile that the certificate was issued under; None if it was not issued here."""
        query = select(_table.c.certificateprofile).where(_table.c.fingerprint == fingerprint)
        return self._connection.execute(query).scalar_one_or_none()

    def one_with_profile(self, kind: ProfileKind, name: str) -> str | None:
        """The fingerprint of one certificate that was issued under the profile, with any standing."""
        self.flush()
        column = _table.c.certificateprofile if kind is ProfileKind.CERTIFICATE else _table.c.endentityprofile
        query = select(_table.c.fingerprint).where(column == name).limit(1)
        return self._connection.execute(query).scalar_one_or_none()

    def contents(self, fingerprint: str) -> bytes:
        """The DER certificate, which must be stored."""
        self.flush()
        query = select(_table.c.certificate).where(_table.c.fingerprint == fingerprint)
        return bytes(self._connection.execute(query).scalar_one())

    def name(self, fingerprint: str) -> str | None:
        """The certificate's name in logs: its subject and serial number."""
        query = select(_table.c.subjectdn, _table.c.serial).where(_table.c.fingerprint == fingerprint)
        row = self._connection.execute(query).one_or_none()
        return None if row is None else f"{row.subjectdn} (serial number {int(row.serial, 16):x})"

    def find_locked(self, *, fingerprint: str) -> StoredCertificate | None:
        """The certificate with that fingerprint, locked against other transactions' changes."""
        return self._find(_table.c.fingerprint == fingerprint)

    def find_serial_locked(self, ca_name: str, serial_number: int) -> StoredCertificate | None:
        """The same, by its CA and serial number."""
        return self._find(_table.c.caname == ca_name, _table.c.serial == serial_digits(serial_number))

    def find_serials_locked(self, ca_name: str, serial_numbers: Sequence[int]) -> Sequence[StoredCertificate]:
        """The same for several; those that are not stored are left out."""
        self.flush()
        numbers = _table.c.serial.in_(map(serial_digits, serial_numbers))
        query = select(_table).where(_table.c.caname == ca_name, numbers).order_by(_table.c.serial).with_for_update()
        return list(map(_stored, self._connection.execute(query)))

    def of(self, username: str) -> Sequence[CertificateFacts]:
        """Every certificate of the end entity, in the order of issuance; none of those that belong to nobody."""
        if username == NO_OWNER:
            return ()
        self.flush()
        query = select(_table).where(_table.c.username == username).order_by(_table.c.sequence)
        return [_facts(row) for row in self._connection.execute(query)]

    def change_standing(
        self, certificate: StoredCertificate, standing: CertificateStanding, reason: RevocationReason, at: datetime
    ) -> None:
        """Write a new standing at once; a good one has neither time nor reason."""
        good = standing is CertificateStanding.GOOD
        self._standings.pop(certificate.facts.fingerprint, None)
        self._connection.execute(
            update(_table)
            .where(_table.c.sequence == certificate.sequence)
            .values(
                status=standing, revoked=None if good else to_milliseconds(at), reason=None if good else int(reason)
            )
        )

    def show_possession(self, certificate: StoredCertificate) -> None:
        """Write at once that possession of its key was shown."""
        shown = update(_table).where(_table.c.sequence == certificate.sequence).values(possession=Possession.PROVEN)
        self._connection.execute(shown)

    def revoked(self, ca_name: str, still_valid_at: datetime | None) -> Sequence[RevokedCertificate]:
        """Every revoked certificate of the CA, in the order of revocation; those from before its import come first.

        Args:
            still_valid_at: leave out those that had ended before; None leaves out none. When certificates from before
                the import end is not known here: they stay.
        """
        query = (
            select(_table.c.serial, _table.c.revoked, _table.c.reason)
            .where(_table.c.caname == ca_name, _table.c.revoked.is_not(None))
            .order_by(_table.c.revoked, _table.c.sequence)
        )
        if still_valid_at is not None:
            query = query.where(_table.c.notafter >= to_milliseconds(still_valid_at))
        before = select(_imported.c.serial, _imported.c.revoked, _imported.c.reason).where(
            _imported.c.caname == ca_name
        )
        rows = chain(
            self._connection.execute(before.order_by(_imported.c.revoked, _imported.c.serial)),
            self._connection.execute(query),
        )
        return [
            RevokedCertificate(int(row.serial, 16), from_milliseconds(row.revoked), RevocationReason(row.reason))
            for row in rows
        ]

    def import_revocations(self, ca_name: str, revoked: Iterable[RevokedCertificate]) -> None:
        """Store the revocations of the CA from before its import."""
        rows = [
            {
                "caname": ca_name,
                "serial": serial_digits(entry.serial_number),
                "revoked": to_milliseconds(entry.revoked_at),
                "reason": int(entry.reason),
            }
            for entry in revoked
        ]
        if rows:
            execute_many(self._connection, insert(_imported), rows)

    def recent_keys(self, count: int) -> Sequence[bytes]:
        """The DER SubjectPublicKeyInfo of the last `count` certificates, the oldest first."""
        query = select(_table.c.certificate).order_by(_table.c.sequence.desc()).limit(count)
        return [_spki(bytes(der)) for der in self._connection.execute(query).scalars()][::-1]

    def public_keys(self) -> Iterator[tuple[str, bytes]]:
        """Fingerprint and DER SubjectPublicKeyInfo of every certificate, read piece by piece."""
        query = select(_table.c.fingerprint, _table.c.certificate).order_by(_table.c.sequence)
        for row in self._connection.execution_options(yield_per=1000).execute(query):
            yield row.fingerprint, _spki(bytes(row.certificate))

    def _exists(self, *conditions: ColumnElement[bool]) -> bool:
        self.flush()
        return self._connection.execute(select(_table.c.sequence).where(*conditions).limit(1)).first() is not None

    def _find(self, *conditions: ColumnElement[bool]) -> StoredCertificate | None:
        self.flush()
        row = self._connection.execute(select(_table).where(*conditions).with_for_update()).one_or_none()
        return None if row is None else _stored(row)


def is_workers(connection: Connection, fingerprint: str) -> bool:
    """Whether the certificate is a worker's, wherever it was issued."""
    return connection.execute(_WORKER, {"fingerprint_": fingerprint}).first() is not None


def _standing(status: str, condemned: bool, of_worker: bool) -> CertificateStanding:
    standing = CertificateStanding.WORKERS if of_worker else CertificateStanding(status)
    return CertificateStanding.BLOCKED if condemned and standing is CertificateStanding.GOOD else standing


def _spki(certificate: bytes) -> bytes:
    return encoded(x509.load_der_x509_certificate(certificate).public_key())


def serial_digits(serial_number: int) -> str:
    """As this database stores serial numbers."""
    return f"{serial_number:0{SERIAL_DIGITS}x}"


def _values(record: CertificateRecord) -> dict[str, Any]:
    revoked = record.revoked
    on_hold = revoked is not None and revoked.reason is RevocationReason.CERTIFICATE_HOLD
    standing = CertificateStanding.ON_HOLD if on_hold else CertificateStanding.REVOKED
    return {
        "fingerprint": record.fingerprint,
        "caname": record.ca_name,
        "serial": serial_digits(record.serial_number),
        "username": record.username,
        "endentityprofile": record.end_entity_profile,
        "certificateprofile": record.certificate_profile,
        "subjectdn": record.subject_dn,
        "keydigest": record.key_digest,
        "possession": record.possession,
        "notbefore": to_milliseconds(record.not_before),
        "notafter": to_milliseconds(record.not_after),
        "status": standing if revoked else CertificateStanding.GOOD,
        "revoked": to_milliseconds(revoked.revoked_at) if revoked else None,
        "reason": int(revoked.reason) if revoked else None,
        "requester": record.requester,
        "requesterfingerprint": record.requester_fingerprint,
        "operation": record.operation,
        "certificate": record.certificate,
    }


def _facts(row: Row[Any]) -> CertificateFacts:
    return CertificateFacts(
        fingerprint=row.fingerprint,
        ca_name=row.caname,
        serial_number=int(row.serial, 16),
        username=row.username,
        end_entity_profile=row.endentityprofile,
        certificate_profile=row.certificateprofile,
        key=row.keydigest,
        possession=Possession(row.possession),
        not_before=from_milliseconds(row.notbefore),
        not_after=from_milliseconds(row.notafter),
        standing=CertificateStanding(row.status),
        reason=None if row.reason is None else RevocationReason(row.reason),
    )


def _stored(row: Row[Any]) -> StoredCertificate:
    return StoredCertificate(
        sequence=row.sequence,
        facts=_facts(row),
        revoked_at=None if row.revoked is None else from_milliseconds(row.revoked),
    )
