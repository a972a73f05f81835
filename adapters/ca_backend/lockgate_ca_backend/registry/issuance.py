"""The port `Issuance`: requests of the line are judged and ordered; signed certificates are checked and recorded."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from lockgate.audit import AuditEvent, Event
from lockgate.certification.endentity import EndEntityStatus, IssuedCertificate
from lockgate.certification.key_fate import REFUSED_KEY, Candidate, judge_certification
from lockgate.errors import Defect
from lockgate.ports import Issuance, IssuanceRequest, Order
from lockgate.reasons import Reason, Rejected
from lockgate_ca_backend.issuance import Conforming
from lockgate_ca_backend.orders import require_ordered
from lockgate_ca_backend.registry.kept_keys import SqlKeptKeys
from lockgate_ca_backend.registry.store import Store
from lockgate_ca_backend.store.authorities import IssuingCa
from lockgate_ca_backend.store.certificates import CertificateRecord
from lockgate_ca_backend.store.reserved_keys import Claim
from lockgate_formats.public_keys import SubjectKey


@dataclass(frozen=True, slots=True)
class Ordered:
    """An order, and the data recorded with its certificate."""

    wanted: IssuanceRequest
    key: SubjectKey
    issuer: IssuingCa


class SqlIssuance(Issuance):
    """Orders of one transaction."""

    def __init__(self, store: Store, kept_keys: SqlKeptKeys) -> None:
        self._store = store
        self._kept_keys = kept_keys
        self._ordered: dict[Order, Ordered] = {}

    def order_all(self, requests: Sequence[IssuanceRequest]) -> Sequence[Order] | Rejected:
        """Judge all, then resolve all."""
        judged: list[tuple[IssuanceRequest, Conforming, IssuingCa, SubjectKey]] = []
        for request in requests:
            fit = self._judge(request)
            if isinstance(fit, Rejected):
                return fit
            judged.append((request, *fit))
        return [self._order(*fitting) for fitting in judged]

    def _order(self, wanted: IssuanceRequest, conforming: Conforming, issuer: IssuingCa, key: SubjectKey) -> Order:
        order = self._store.factory.order(wanted.operation, conforming, key, issuer, wanted.serial_number)
        self._ordered[order] = Ordered(wanted, key, issuer)
        return order

    def record_issued(self, order: Order, certificate: bytes) -> IssuedCertificate:
        """Collect end entity, certificate, audit entry and key, to be written at `flush`."""
        ordered = self._ordered.pop(order, None)
        if ordered is None:
            raise Defect("a certificate without an order of this transaction")
        wanted, key, issuer = ordered.wanted, ordered.key, ordered.issuer
        require_ordered(certificate, order, issuer)
        fingerprint = hashlib.sha256(certificate).hexdigest()
        issued = IssuedCertificate(certificate, issuer.certificates, fingerprint, order.serial_number)
        self._store.end_entities.put(replace(wanted.end_entity, status=EndEntityStatus.GENERATED))
        self._store.certificates.add(_record(wanted, key, order, issued))
        if key.modulus is not None:
            self._store.facilities.recent_moduli.remember(key.modulus)
        self._store.audit(_issued(wanted, order, fingerprint))
        if wanted.kept_key is not None:
            self._kept_keys.keep(wanted.kept_key, issued, order.ca_name, wanted.described.username)
        return issued

    def _judge(self, wanted: IssuanceRequest) -> tuple[Conforming, IssuingCa, SubjectKey] | Rejected:
        conforming = self._store.registrar.judge(wanted.described)
        if isinstance(conforming, Rejected):
            return conforming
        issuer = self._store.factory.active_issuer(wanted.described.ca_name)
        if isinstance(issuer, Rejected):
            return issuer
        refused = (
            self._store.end_entities.judge_username(wanted.end_entity.username)
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
        taken = self._store.certificates.find_serial_locked(wanted.described.ca_name, wanted.serial_number)
        return Rejected(Reason.SERIAL_NUMBER_TAKEN) if taken else None

    def _judge_keeping(self, wanted: IssuanceRequest, conforming: Conforming) -> Rejected | None:
        allowed = self._store.facilities.escrow is not None and conforming.profile.key_recovery
        return None if allowed or wanted.kept_key is None else Rejected(Reason.KEY_RECOVERY_DISABLED)

    def _judge_key(self, wanted: IssuanceRequest, conforming: Conforming) -> SubjectKey | Rejected:
        self._store.facilities.refresh_moduli(self._store.certificates, self._store.milliseconds)
        key = self._store.factory.judge_key(wanted.request.public_key, conforming.profile)
        if isinstance(key, Rejected):
            return key
        claim = Claim(
            key.identity, wanted.described.username, conforming.profile.distinct_keys, wanted.request.possession
        )
        if not claim.proven and not conforming.profile.unproven_keys:
            return Rejected(Reason.PROFILE_VIOLATION, "Nobody has shown possession of the key.")
        return self._judge_claim(claim, wanted) or key

    def _judge_claim(self, claim: Claim, wanted: IssuanceRequest) -> Rejected | None:
        if not self._store.reserved_keys.must_ask(claim) and not self._store.key_fates.is_changed(claim.key):
            self._store.reserved_keys.defer(claim)
            return None
        before = self._store.certificates.has_shown(claim.key, claim.username)
        candidate = Candidate(claim.username, claim.possession, before, wanted.doubt_approved)
        if refused := judge_certification(self._store.key_fates.of(claim.key), candidate):
            return refused
        return None if self._store.reserved_keys.grant(claim) else REFUSED_KEY


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
