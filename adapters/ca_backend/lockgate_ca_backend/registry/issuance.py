"""The port `Issuance`: certificates that were ordered are checked and recorded, at once or after operations."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from cryptography import x509

from lockgate.audit import AuditEvent, Event
from lockgate.certification.endentity import EndEntityStatus, IssuedCertificate
from lockgate.certification.revocation import RevocationReason
from lockgate.errors import Defect
from lockgate.ports import Intent, Issuance, Operation, Order, RevocationOrder
from lockgate.reasons import Rejected
from lockgate_ca_backend.operation_sealing import OperationSecrets, secrets_of
from lockgate_ca_backend.orders import require_ordered
from lockgate_ca_backend.received import is_signed_by, judge_received
from lockgate_ca_backend.registry.kept_keys import SqlKeptKeys
from lockgate_ca_backend.registry.ordering import Ordered, Ordering
from lockgate_ca_backend.registry.store import Store
from lockgate_ca_backend.store.authorities import IssuingCa
from lockgate_ca_backend.store.certificates import CertificateRecord
from lockgate_ca_backend.store.operations import NewOperation, Wanted
from lockgate_formats.public_keys import SubjectKey, read_key

GENERATED, IN_PROCESS = EndEntityStatus.GENERATED, EndEntityStatus.IN_PROCESS


class SqlIssuance(Ordering, Issuance):
    """Orders and certificates of one transaction."""

    def __init__(self, store: Store, kept_keys: SqlKeptKeys) -> None:
        super().__init__(store)
        self._kept_keys = kept_keys
        self._intended: set[str] = set()
        self._under_way: set[str] = set()

    # ---- inside the transaction

    def record_issued(self, order: Order, certificate: bytes) -> IssuedCertificate:
        """Collect end entity, certificate, audit entry and key, to be written at `flush`."""
        ordered = self._take(order)
        request, issuer = ordered.wanted, ordered.issuer
        require_ordered(certificate, order, issuer)
        issued = _issued(certificate, issuer, order.serial_number)
        status = IN_PROCESS if order.operation in self._intended else GENERATED
        self._store.end_entities.put(replace(request.end_entity, status=status))
        self._record(_wanted(ordered), order, issued, (order.not_before, order.not_after), request.requester)
        self._remember(ordered.key)
        if request.kept_key is not None:
            self._kept_keys.keep(request.kept_key, issued, order.ca_name, request.described.username)
        self._audit_issued(order, issued, request.requester, _wanted(ordered), kept=request.kept_key is not None)
        return issued

    # ---- through operations

    def intend(self, order: Order, intent: Intent) -> None:
        """Store the operation at once; the end entity at `flush`."""
        ordered = self._take(order) if order.issuer else self._ordered.get(order)
        if ordered is None:
            raise Defect("an operation without an order of this transaction")
        wanted, username = ordered.wanted, ordered.wanted.end_entity.username
        held = secrets_of(intent.delivery, wanted.kept_key)
        self._store.operations.add(
            NewOperation(
                id=order.operation,
                request=intent.request,
                issuer=order.issuer,
                order=order,
                username=username,
                requester=wanted.requester,
                effect=intent.effect,
                wanted=_wanted(ordered),
                sealed=None if held is None else self._store.facilities.operations.seal(held, order.operation),
                before=None if intent.request in self._under_way else self._store.end_entities.encoded(username),
                renews=intent.renews,
                recovers=intent.recovers,
            )
        )
        self._intended.add(order.operation)
        self._under_way.add(intent.request)
        self._store.end_entities.put_in_process(replace(wanted.end_entity, status=IN_PROCESS))
        details = {"ca": order.ca_name, "issuer": order.issuer, "request": intent.request}
        self._store.audit(AuditEvent(Event.OPERATION_INTENDED, wanted.requester, order.operation, details))

    def judge_received(self, operation: Operation) -> str | None:
        """By its content and signature, and by the certificates that are stored."""
        order, certificate = _order(operation), operation.certificate or b""
        chosen = self._store.operations.wanted(operation.id).serial_number
        unfit = judge_received(certificate, order, self._authority(order), chosen)
        if unfit is not None:
            return unfit
        serial_number = x509.load_der_x509_certificate(certificate).serial_number
        taken = self._store.certificates.find_serial_locked(order.ca_name, serial_number)
        return "another certificate of the CA has its serial number" if taken else None

    def record_received(self, operation: Operation) -> IssuedCertificate:
        """Collect certificate, audit entry and key, to be written at `flush`."""
        if unfit := self.judge_received(operation):
            raise Defect(f"operation {operation.id}: the certificate was not ordered: {unfit}")
        order, wanted = _order(operation), self._store.operations.wanted(operation.id)
        issued, held = self.issued(operation), self._held(operation)
        made = x509.load_der_x509_certificate(issued.certificate)
        validity = made.not_valid_before_utc, made.not_valid_after_utc
        self._record(wanted, order, issued, validity, operation.requester)
        self._remember(read_key(order.public_key))
        keep = held is not None and held.keep
        if held is not None and keep:
            self._kept_keys.keep(held.pair, issued, order.ca_name, wanted.described.username)
        self._audit_issued(order, issued, operation.requester, wanted, kept=keep)
        return issued

    def revoke_unfit(self, operation: Operation) -> None:
        """By an operation of its own, which waits for no other one."""
        order, certificate = _order(operation), operation.certificate or b""
        authority = self._authority(order)
        if not is_signed_by(certificate, authority) or self._is_known(order, certificate):
            return
        identity = f"{operation.id}:unfit"
        revocation = RevocationOrder(
            operation=identity,
            ca_name=order.ca_name,
            ca_certificate=authority.certificates[0],
            certificate=certificate,
            reason=RevocationReason.CESSATION_OF_OPERATION,
        )
        self._store.operations.add(
            NewOperation(
                id=identity,
                request=identity,
                issuer=operation.issuer,
                order=revocation,
                username="",
                requester=operation.requester,
            )
        )

    def issued(self, operation: Operation) -> IssuedCertificate:
        """With the chain of the CA that it was ordered from."""
        certificate = operation.certificate or b""
        serial_number = x509.load_der_x509_certificate(certificate).serial_number
        return _issued(certificate, self._authority(_order(operation)), serial_number)

    def conclude(self, operations: Sequence[Operation], *, issued: bool) -> None:
        """At `flush`; a new end entity is deleted at once."""
        username = operations[0].username
        if issued:
            record = self._store.end_entities.get(username)
            if record is None:
                raise Defect(f"the end entity {username} of an operation is not stored")
            self._store.end_entities.put(replace(record.end_entity, status=GENERATED))
            return
        for operation in operations:
            self._release_key(self._store.operations.wanted(operation.id).key, username)
        stored = (self._store.operations.before(operation.id) for operation in operations)
        self._store.end_entities.restore(username, next(before for before in stored if before is not None))

    def _release_key(self, key: str, username: str) -> None:
        """A key that was reserved for certificates of which none was issued is free again."""
        if not self._store.certificates.has_shown(key, username):
            self._store.reserved_keys.release(key, username)

    # ---- what both record

    def _is_known(self, order: Order, certificate: bytes) -> bool:
        """Whether a certificate of that serial number is stored: a revocation would meet it."""
        serial_number = x509.load_der_x509_certificate(certificate).serial_number
        return self._store.certificates.find_serial_locked(order.ca_name, serial_number) is not None

    def _take(self, order: Order) -> Ordered:
        ordered = self._ordered.pop(order, None)
        if ordered is None:
            raise Defect("a certificate without an order of this transaction")
        return ordered

    def _authority(self, order: Order) -> IssuingCa:
        outline = self._store.authorities.outlines()[order.ca_name]
        number = next(number for number, own in outline.generations.items() if own.fingerprint == order.ca_certificate)
        return self._store.authorities.issuer(order.ca_name, number)

    def _held(self, operation: Operation) -> OperationSecrets | None:
        sealed = self._store.operations.sealed(operation.id)
        return None if sealed is None else self._store.facilities.operations.open(sealed, operation.id)

    def _remember(self, key: SubjectKey | Rejected) -> None:
        if isinstance(key, SubjectKey) and key.modulus is not None:
            self._store.facilities.recent_moduli.remember(key.modulus)

    def _record(
        self,
        wanted: Wanted,
        order: Order,
        issued: IssuedCertificate,
        validity: tuple[datetime, datetime],
        requester: str,
    ) -> None:
        described = wanted.described
        self._store.certificates.add(
            CertificateRecord(
                fingerprint=issued.fingerprint,
                ca_name=order.ca_name,
                serial_number=issued.serial_number,
                username=described.username,
                end_entity_profile=described.end_entity_profile,
                certificate_profile=described.certificate_profile,
                subject_dn=str(described.subject_dn),
                key_digest=wanted.key,
                possession=wanted.possession,
                not_before=validity[0],
                not_after=validity[1],
                requester=requester,
                requester_fingerprint=wanted.requester_fingerprint,
                operation=order.operation,
                certificate=issued.certificate,
            )
        )

    def _audit_issued(
        self, order: Order, issued: IssuedCertificate, requester: str, wanted: Wanted, *, kept: bool
    ) -> None:
        details = {
            "ca": order.ca_name,
            "certificate_profile": wanted.described.certificate_profile,
            "fingerprint": issued.fingerprint,
            "operation": order.operation,
            "serial_number": f"{issued.serial_number:x}",
            **({"key": "kept"} if kept else {}),
        }
        event = AuditEvent(Event.CERTIFICATE_ISSUED, requester, wanted.end_entity.username, details)
        self._store.audit(event)


def _issued(certificate: bytes, authority: IssuingCa, serial_number: int) -> IssuedCertificate:
    fingerprint = hashlib.sha256(certificate).hexdigest()
    return IssuedCertificate(certificate, authority.certificates, fingerprint, serial_number)


def _order(operation: Operation) -> Order:
    if not isinstance(operation.order, Order):
        raise Defect(f"operation {operation.id} issues nothing")
    return operation.order


def _wanted(ordered: Ordered) -> Wanted:
    request = ordered.wanted
    return Wanted(
        end_entity=request.end_entity,
        described=request.described,
        key=ordered.key.identity,
        possession=request.request.possession,
        requester_fingerprint=request.requester_fingerprint,
        serial_number=request.serial_number,
    )
