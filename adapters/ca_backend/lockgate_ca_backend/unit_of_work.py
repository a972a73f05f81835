"""One unit of work in the CA's database: what `RegistryTransaction` promises, over the store's small classes.

Workers and the administration use the same one. Reads see what was written here before; writes are kept until `flush`
and go out as one statement per table.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from lockgate.audit import AuditEvent, Event
from lockgate.certification.endentity import (
    CertificateFacts,
    EndEntity,
    EndEntityStatus,
    IssuedCertificate,
    KeystoreRules,
)
from lockgate.certification.key_fate import REFUSED_KEY, Candidate, judge_certification
from lockgate.certification.revocation import RevocationReason, next_standing
from lockgate.errors import Conflict, Defect
from lockgate.line.journal import JournalEntry, JournalKey, Known
from lockgate.names.dn import DistinguishedName
from lockgate.ports import IssuanceRequest, Order, RegistryTransaction
from lockgate.reasons import Reason, Rejected
from lockgate.rights.authorization import Role
from lockgate.rights.signer import CertificateStanding, TrustedCertificate
from lockgate_ca_backend.approval_book import StoredApprovals
from lockgate_ca_backend.facilities import Facilities
from lockgate_ca_backend.issuance import Conforming, OrderFactory, Registrar
from lockgate_ca_backend.kept_keys import StoredKeys
from lockgate_ca_backend.known_keys import KnownKeys
from lockgate_ca_backend.orders import require_ordered
from lockgate_ca_backend.passwords import hash_password, is_password
from lockgate_ca_backend.publications import StoredPublications
from lockgate_ca_backend.store.approvals import Approvals
from lockgate_ca_backend.store.audit import AuditLog
from lockgate_ca_backend.store.authorities import Authorities, Issuer
from lockgate_ca_backend.store.certificates import NO_OWNER, CertificateRecord, Certificates
from lockgate_ca_backend.store.clock import from_milliseconds, to_milliseconds
from lockgate_ca_backend.store.crls import Crls
from lockgate_ca_backend.store.end_entities import MAX_ATTEMPTS, EndEntities
from lockgate_ca_backend.store.escrow import EscrowedKeys
from lockgate_ca_backend.store.journal import Journal
from lockgate_ca_backend.store.key_fates import KeyFates
from lockgate_ca_backend.store.profiles import Profiles
from lockgate_ca_backend.store.purging import Purging
from lockgate_ca_backend.store.request_counts import RequestCounts
from lockgate_ca_backend.store.reserved_keys import Claim, ReservedKeys
from lockgate_ca_backend.store.roles import Roles
from lockgate_formats.public_keys import SubjectKey


@dataclass(frozen=True, slots=True)
class Ordered:
    """What was ordered, and what is kept with it."""

    wanted: IssuanceRequest
    key: SubjectKey
    issuer: Issuer


class UnitOfWork(StoredApprovals, StoredKeys, KnownKeys, StoredPublications, RegistryTransaction):
    """A unit of work on an open connection, whose transaction the caller begins and commits.

    Args:
        now: the database's clock, milliseconds since 1970-01-01 UTC.
        writer: for the audit log: the worker, or the administration.
    """

    def __init__(self, connection: Connection, facilities: Facilities, now: int, writer: str) -> None:
        self._now = now
        self._writer = writer
        self._facilities = facilities
        self._ordered: dict[Order, Ordered] = {}
        self.journal = Journal(connection)
        self.end_entities = EndEntities(connection, now)
        self.certificates = Certificates(connection)
        self.reserved_keys = ReservedKeys(connection, facilities.suspects)
        self.key_fates = KeyFates(connection)
        self.roles = Roles(connection)
        self.authorities = Authorities(connection, facilities.issuers)
        self.profiles = Profiles(connection, facilities.profiles)
        self.crls = Crls(connection)
        self.approvals = Approvals(connection, now)
        self.secret_marks = facilities.secret_marks
        self.purging = Purging(connection, now)
        self.audit_log = AuditLog(connection, now, writer, facilities.audit_key)
        self.escrow = facilities.escrow
        self.escrowed_keys = EscrowedKeys(connection, now)
        self.request_counts = RequestCounts(connection, now)
        self.registrar = Registrar(self.authorities, self.profiles)
        self.factory = OrderFactory(facilities, self.authorities, self.profiles, self.now())

    def flush(self) -> None:
        """Write everything that was kept.

        Raises:
            Conflict: another transaction was faster; nothing of this one may be committed.
        """
        self.reserved_keys.flush()
        self.end_entities.flush()
        self.certificates.flush()
        self.escrowed_keys.flush()
        self.request_counts.flush()
        self.journal.flush()
        self.audit_log.flush()

    def now(self) -> datetime:
        """The database's clock, UTC, as it was when the transaction began."""
        return from_milliseconds(self._now)

    def milliseconds(self) -> int:
        """The same, as this database stores times."""
        return self._now

    def recall(self, keys: Iterable[JournalKey]) -> Mapping[JournalKey, Known]:
        """The journal's entries for `keys`, and requests that wait."""
        return self.journal.recall(keys)

    def record(self, entry: JournalEntry) -> None:
        """Add to the journal."""
        self.journal.record(entry)

    def standing(self, certificate: TrustedCertificate) -> CertificateStanding:
        """By fingerprint: a certificate that is not stored was not issued here."""
        return self.certificates.standing(certificate.fingerprint)

    def roles_of(self, certificate: TrustedCertificate) -> tuple[Role, ...]:
        """By fingerprint."""
        return self.roles.of(certificate.fingerprint)

    def carry_over(self, member: str, joining: str) -> Sequence[str]:
        """By fingerprint."""
        return self.roles.carry_over(member, joining)

    def end_entity(self, username: str) -> EndEntity | None:
        """The stored end entity, changes in this transaction included."""
        record = self.end_entities.get(username)
        return None if record is None else record.end_entity

    def judge_username(self, username: str) -> Rejected | None:
        """By its form, and by those of all that are stored."""
        return self.end_entities.judge_username(username)

    def save_end_entity(self, end_entity: EndEntity) -> Rejected | None:
        """Add or replace, if its profiles allow it."""
        judged = self.registrar.judge(end_entity)
        if isinstance(judged, Rejected):
            return judged
        if rejected := self.end_entities.judge_username(end_entity.username):
            return rejected
        self.end_entities.put(end_entity)
        return None

    def set_password(self, username: str, password: str, expires: datetime | None = None) -> None:
        """Keep the new hash to be written; every attempt counts anew.

        Args:
            expires: UTC; makes it a one-time password, which the end entity's next certificate spends.
        """
        record = self.end_entities.get(username)
        if record is None:
            raise Defect("a password for an end entity that is not stored")
        until = None if expires is None else to_milliseconds(expires)
        hashed = hash_password(password)
        self.end_entities.put_record(
            replace(record, password_hash=hashed, attempts=MAX_ATTEMPTS, password_expires=until)
        )

    def clear_password(self, username: str) -> None:
        """Keep that there is none any more, to be written."""
        record = self.end_entities.get(username)
        if record is not None and record.password_hash is not None:
            self.end_entities.put_record(
                replace(record, password_hash=None, attempts=MAX_ATTEMPTS, password_expires=None)
            )

    def check_password(self, username: str, password: str | None) -> Rejected | None:
        """The same work for every cause of failure; success gives all attempts back.

        Guesses at a one-time password are not counted: nobody guesses 128 bits, and a limit would let anybody lock it.
        """
        record = self.end_entities.get_locked(username)
        usable = None if record is None else record.usable_hash(self._now)
        right = is_password(password or "", usable) and password is not None
        if record is not None and record.password_hash is not None and record.password_expires is None:
            left = MAX_ATTEMPTS if right else max(record.attempts - 1, 0)
            if left != record.attempts:
                self.end_entities.put_record(replace(record, attempts=left))
                if left == 0:
                    self.audit(AuditEvent(Event.END_ENTITY_LOCKED, self._writer, username))
        return None if right else Rejected(Reason.WRONG_CREDENTIALS)

    def order_all(self, requests: Sequence[IssuanceRequest]) -> Sequence[Order] | Rejected:
        """Judge all, then resolve all."""
        judged: list[tuple[IssuanceRequest, Conforming, Issuer, SubjectKey]] = []
        for request in requests:
            fit = self._judge(request)
            if isinstance(fit, Rejected):
                return fit
            judged.append((request, *fit))
        return [self._order(*fitting) for fitting in judged]

    def _order(self, wanted: IssuanceRequest, conforming: Conforming, issuer: Issuer, key: SubjectKey) -> Order:
        order = self.factory.order(wanted.operation, conforming, key, issuer, wanted.serial_number)
        self._ordered[order] = Ordered(wanted, key, issuer)
        return order

    def record_issued(self, order: Order, certificate: bytes) -> IssuedCertificate:
        """Keep end entity, certificate, audit entry and key to be written."""
        ordered = self._ordered.pop(order, None)
        if ordered is None:
            raise Defect("a certificate without an order of this transaction")
        wanted, key, issuer = ordered.wanted, ordered.key, ordered.issuer
        require_ordered(certificate, order, issuer)
        fingerprint = hashlib.sha256(certificate).hexdigest()
        issued = IssuedCertificate(certificate, issuer.certificates, fingerprint, order.serial_number)
        self.end_entities.put(replace(wanted.end_entity, status=EndEntityStatus.GENERATED))
        self.certificates.add(_record(wanted, key, order, issued))
        if key.modulus is not None:
            self._facilities.recent_moduli.remember(key.modulus)
        self.audit(_issued(wanted, order, fingerprint))
        if wanted.kept_key is not None:
            self.keep_key(wanted.kept_key, issued, order.ca_name, wanted.described.username)
        return issued

    def _judge(self, wanted: IssuanceRequest) -> tuple[Conforming, Issuer, SubjectKey] | Rejected:
        conforming = self.registrar.judge(wanted.described)
        if isinstance(conforming, Rejected):
            return conforming
        issuer = self.factory.active_issuer(wanted.described.ca_name)
        if isinstance(issuer, Rejected):
            return issuer
        refused = (
            self.end_entities.judge_username(wanted.end_entity.username)
            or self._judge_serial_number(wanted, conforming)
            or self._judge_keeping(wanted, conforming)
        )
        if refused:
            return refused
        key = self._judge_key(wanted, conforming)
        return key if isinstance(key, Rejected) else (conforming, issuer, key)

    def _judge_serial_number(self, wanted: IssuanceRequest, conforming: Conforming) -> Rejected | None:
        if wanted.serial_number is None:
            return None
        if not conforming.profile.chosen_serial_number:
            return Rejected(Reason.PROFILE_VIOLATION, "certificate_serial_number: a chosen one is not allowed.")
        taken = self.certificates.find_serial_locked(wanted.described.ca_name, wanted.serial_number)
        return Rejected(Reason.SERIAL_NUMBER_TAKEN) if taken else None

    def _judge_keeping(self, wanted: IssuanceRequest, conforming: Conforming) -> Rejected | None:
        allowed = self.escrow is not None and conforming.profile.key_recovery
        return None if allowed or wanted.kept_key is None else Rejected(Reason.KEY_RECOVERY_DISABLED)

    def keystore_rules(self, certificate_profile: str) -> KeystoreRules | Rejected:
        """As the stored profile says."""
        profile = self.profiles.certificate_profile(certificate_profile)
        if profile is None:
            return Rejected(Reason.UNKNOWN_PROFILE, f"{certificate_profile!a}")
        keeps = self.escrow is not None and profile.key_recovery
        return KeystoreRules(profile.default_key, profile.keystore_encryption == "legacy", keeps)

    def certificate(self, issuer: DistinguishedName, serial_number: int) -> CertificateFacts | None:
        """By the subject of its CA and its serial number. What belongs to nobody is not found: no right reaches it."""
        for ca_name in self.authorities.named(issuer):
            found = self.certificates.find_serial_locked(ca_name, serial_number)
            if found and found.facts.username != NO_OWNER:
                return found.facts
        return None

    def certificates_of(self, username: str) -> Sequence[CertificateFacts]:
        """Every certificate of the end entity."""
        return self.certificates.of(username)

    def revoke(
        self,
        certificate: CertificateFacts,
        reason: RevocationReason,
        requester: str,
        signer: str | None = None,
        *,
        owns_key: bool = True,
    ) -> None:
        """Change the standing at once; nobody may have changed it since `certificate` was read."""
        found = self.certificates.find_locked(fingerprint=certificate.fingerprint)
        standing = next_standing(certificate.standing, reason, certificate.reason)
        if found is None or found.facts != certificate or isinstance(standing, Rejected):
            raise Conflict("the certificate's standing has changed")
        # Who was on hold is revoked since then: what was signed in between stays in doubt.
        self.certificates.change_standing(found, standing, reason, found.revoked_at or self.now())
        if reason is RevocationReason.KEY_COMPROMISE:
            self.report_key(certificate, requester, signer, owns_key=owns_key)
        details = {"ca": certificate.ca_name, "reason": reason.name, "serial_number": f"{certificate.serial_number:x}"}
        self.audit(AuditEvent(Event.CERTIFICATE_REVOKED, requester, certificate.fingerprint, details))

    def audit(self, event: AuditEvent) -> None:
        """Add to the audit log."""
        self.audit_log.add(event)

    def count_request(self, signer: str) -> int:
        """In the signer's row, which stays locked."""
        return self.request_counts.add(signer)

    def purge_verdicts(self, age: timedelta, limit: int) -> int:
        """At once."""
        return self.purging.verdicts(age, limit)

    def purge_approvals(self, age: timedelta, limit: int) -> int:
        """At once."""
        return self.purging.approvals(age, limit)

    def _judge_key(self, wanted: IssuanceRequest, conforming: Conforming) -> SubjectKey | Rejected:
        self._facilities.refresh_moduli(self.certificates, self._now)
        key = self.factory.judge_key(wanted.request.public_key, conforming.profile)
        if isinstance(key, Rejected):
            return key
        claim = Claim(
            key.identity, wanted.described.username, conforming.profile.distinct_keys, wanted.request.possession
        )
        if not claim.proven and not conforming.profile.unproven_keys:
            return Rejected(Reason.PROFILE_VIOLATION, "Nobody has shown possession of the key.")
        return self._judge_claim(claim, wanted) or key

    def _judge_claim(self, claim: Claim, wanted: IssuanceRequest) -> Rejected | None:
        if not self.reserved_keys.must_ask(claim) and not self.key_fates.is_changed(claim.key):
            self.reserved_keys.defer(claim)
            return None
        before = self.certificates.has_shown(claim.key, claim.username)
        candidate = Candidate(claim.username, claim.possession, before, wanted.doubt_approved)
        if refused := judge_certification(self.key_fates.of(claim.key), candidate):
            return refused
        return None if self.reserved_keys.grant(claim) else REFUSED_KEY


def _record(wanted: IssuanceRequest, key: SubjectKey, order: Order, issued: IssuedCertificate) -> CertificateRecord:
    described = wanted.described
    return CertificateRecord(
        fingerprint=issued.fingerprint,
        ca_name=order.ca_name,
        serial_number=order.serial_number,
        username=described.username,
        end_entity_profile=described.end_entity_profile,
        certificate_profile=described.certificate_profile,
        subject_dn=str(described.subject_dn),
        key_digest=key.identity,
        possession=wanted.request.possession,
        not_before=order.not_before,
        not_after=order.not_after,
        requester=wanted.requester,
        requester_fingerprint=wanted.requester_fingerprint,
        operation=wanted.operation,
        certificate=issued.certificate,
    )


def _issued(wanted: IssuanceRequest, order: Order, fingerprint: str) -> AuditEvent:
    details = {
        "ca": order.ca_name,
        "certificate_profile": wanted.described.certificate_profile,
        "fingerprint": fingerprint,
        "operation": order.operation,
        "serial_number": f"{order.serial_number:x}",
        **({"key": "kept"} if wanted.kept_key is not None else {}),
    }
    return AuditEvent(Event.CERTIFICATE_ISSUED, wanted.requester, wanted.end_entity.username, details)
