"""The end of operations: certificates are recorded, and a request's operations count together or not at all.

If the CA refuses one of them, the end entity is as it was before the request, and the certificates that were issued
beside it are revoked. So they are if the request was refused for its signer while the CA worked on it.
"""

from collections.abc import Sequence

from lockgate.audit import AuditEvent, Event
from lockgate.certification.endentity import CertificateFacts, IssuedCertificate
from lockgate.certification.key_fate import Fate
from lockgate.certification.revocation import RevocationReason
from lockgate.effects.roles import hand_on_roles
from lockgate.effects.view import View
from lockgate.errors import Defect
from lockgate.operations.status import DONE, ENDED, INTENDED, REFUSED, OperationKind
from lockgate.outside.carrying import adopt
from lockgate.ports import Operation, RegistryTransaction, RevocationOrder
from lockgate.reasons import Rejected
from lockgate.rights.signer import CertificateStanding


def conclude_issued(operation: Operation, work: RegistryTransaction) -> None:
    """Record the certificate of an operation in the status RECEIVED.

    It is recorded, and revoked at once, if its key was compromised while the CA worked on it, if its request was
    refused meanwhile, or if it renews a certificate that was revoked meanwhile: that one's roles are not carried over.
    What the CA's last CRL says of it counts at once: the CRL may have been compared with what was stored before.
    """
    issued = work.issuance.record_received(operation)
    work.operations.move(operation, DONE)
    if operation.recovers is not None:
        details = {"fingerprint": operation.recovers, "certificate": issued.fingerprint}
        work.audit(AuditEvent(Event.KEY_RECOVERED, operation.requester, operation.username, details))
    overtaken = _overtaken(issued, operation, work)
    if _stands_by_crl(issued, work):
        if overtaken is not None:
            work.certificates.revoke(_stored(issued, work), overtaken, operation.requester)
        elif operation.renews is not None:
            hand_on_roles(operation.renews, issued.fingerprint, operation.requester, work)
    _conclude_request(operation.request, work)


def conclude_revoked(operation: Operation, work: RegistryTransaction) -> None:
    """The CA has revoked the certificate, or taken it from hold."""
    work.operations.move(operation, DONE)
    work.certificates.conclude(operation)
    _conclude_request(operation.request, work)


def conclude_refused(operation: Operation, refusal: Rejected, work: RegistryTransaction) -> None:
    """The CA has refused."""
    work.operations.move(operation, REFUSED, refusal=refusal)
    details = {"issuer": operation.issuer, "reason": refusal.reason, "detail": refusal.detail}
    work.audit(AuditEvent(Event.OPERATION_REFUSED, operation.requester, operation.id, details))
    _conclude_request(operation.request, work)


def disown_request(request: str, refusal: Rejected, work: RegistryTransaction) -> None:
    """Refuse a request whose operations were begun, because its signer's certificate is no good now.

    What no call has left for ends here. What the CA may have been called for goes on, so that its certificate is known,
    and revoked, as soon as it is there; one that was issued already is revoked now. A revocation is carried out all the
    same, since it stands here already.
    """
    for operation in work.operations.of(request):
        if operation.status is INTENDED and not _stands(operation):
            conclude_refused(operation, refusal, work)
        elif operation.kind is OperationKind.ISSUE and operation.status is not REFUSED:
            work.operations.disown(operation, refusal)
    issuing = [operation for operation in work.operations.of(request) if operation.kind is OperationKind.ISSUE]
    _revoke_issued(issuing, work)


def _stands(operation: Operation) -> bool:
    """Whether it tells the CA of a revocation that counts here already."""
    order = operation.order
    return isinstance(order, RevocationOrder) and order.reason is not RevocationReason.REMOVE_FROM_CRL


def _overtaken(issued: IssuedCertificate, operation: Operation, work: RegistryTransaction) -> RevocationReason | None:
    """Why the certificate is revoked as soon as it is recorded; None where it is not."""
    if work.keys.fate(_stored(issued, work).key).fate is Fate.CONDEMNED:
        return RevocationReason.KEY_COMPROMISE
    if operation.disowned:
        return RevocationReason.CESSATION_OF_OPERATION
    renewed = View(work).certificate_with(operation.renews) if operation.renews is not None else None
    if renewed is None:
        return None
    good = renewed.standing is CertificateStanding.GOOD and work.keys.fate(renewed.key).fate is not Fate.CONDEMNED
    return None if good else RevocationReason.CESSATION_OF_OPERATION


def _stands_by_crl(issued: IssuedCertificate, work: RegistryTransaction) -> bool:
    """Let the CA's last CRL count; whether the certificate is not revoked by it."""
    stored = _stored(issued, work)
    if (entry := work.outside_crls.listed(stored)) is not None:
        adopt(stored, entry, work)
    return _stored(issued, work).standing is not CertificateStanding.REVOKED


def _stored(issued: IssuedCertificate, work: RegistryTransaction) -> CertificateFacts:
    facts = View(work).certificate_with(issued.fingerprint)
    if facts is None:
        raise Defect(f"the certificate {issued.fingerprint} of an operation is not stored")
    return facts


def _conclude_request(request: str, work: RegistryTransaction) -> None:
    """What follows once all operations of the request have ended."""
    operations = work.operations.of(request)
    if any(operation.status not in ENDED for operation in operations):
        return
    issuing = [operation for operation in operations if operation.kind is OperationKind.ISSUE]
    refused = any(operation.status is REFUSED or operation.disowned for operation in issuing)
    if issuing:
        work.issuance.conclude(issuing, issued=not refused)
    if refused:
        _revoke_issued(issuing, work)


def _revoke_issued(operations: Sequence[Operation], work: RegistryTransaction) -> None:
    for operation in operations:
        if operation.status is DONE:
            issued = work.issuance.issued(operation)
            facts = _stored(issued, work)
            if facts.standing is not CertificateStanding.REVOKED:
                work.certificates.revoke(facts, RevocationReason.CESSATION_OF_OPERATION, operation.requester)
