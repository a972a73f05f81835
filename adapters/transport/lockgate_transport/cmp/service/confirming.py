"""certConf (RFC 9810, 5.3.18): the client takes the certificates that were issued, or rejects them."""

from collections.abc import Iterable

from lockgate.certification.endentity import CertificateFacts
from lockgate.certification.revocation import RevocationReason
from lockgate.errors import Defect
from lockgate.ports import RegistryTransaction
from lockgate.rights.signer import CertificateStanding
from lockgate_formats.cmp.confirmations import certificate_hash
from lockgate_formats.cmp.contents import CertificateConfirmation
from lockgate_formats.cmp.vocabulary import BodyType, FailInfo, PkiStatus
from lockgate_transport.cmp.service.asking import P10CR_ID
from lockgate_transport.cmp.service.certificates import fingerprint
from lockgate_transport.cmp.service.failures import Refused
from lockgate_transport.cmp.service.records import Record, Result

TOLERATED_P10CR_ID = 0
"""What old clients write in place of -1."""


def rejected_by(record: Record, confirmations: tuple[CertificateConfirmation, ...], pvno: int) -> tuple[Result, ...]:
    """The certificates that the client does not take: rejected, or not named.

    Raises:
        Refused: a confirmation is for another certificate, or says its hash in a way that its version does not know.
    """
    issued = {result.cert_req_id: result for result in record.results if result.certificate}
    if len({_identifier(confirmation, record) for confirmation in confirmations}) != len(confirmations):
        raise Refused(FailInfo.BAD_REQUEST, "A certificate is confirmed or rejected once in a message.")
    accepted = set()
    for confirmation in confirmations:
        identifier = _identifier(confirmation, record)
        if identifier not in issued or not _is_of(confirmation, issued[identifier], pvno):
            raise Refused(FailInfo.BAD_CERT_ID, "A confirmation is for no certificate of this transaction.")
        status = confirmation.status.status if confirmation.status else PkiStatus.ACCEPTED
        if status in (PkiStatus.ACCEPTED, PkiStatus.GRANTED_WITH_MODS):
            accepted.add(identifier)
    return tuple(result for identifier, result in issued.items() if identifier not in accepted)


def unproven(record: Record, rejected: tuple[Result, ...], work: RegistryTransaction) -> tuple[Result, ...]:
    """Those of the accepted certificates whose keys the CA takes no more.

    A client that knows the hash of a certificate which it got encrypted has shown possession of its key: that is
    recorded.
    """
    shown = [result for result in record.results if result.encrypted and result not in rejected]
    return tuple(result for result in shown if work.certificates.show_possession(facts_of(result.certificate, work)))


def too_late(record: Record, work: RegistryTransaction) -> Refused:
    """Why a transaction that has ended takes no confirmation."""
    issued = [result for result in record.results if result.certificate]
    if not issued:
        text = "The transaction has issued no certificate; there is nothing to confirm."
        return Refused(FailInfo.BAD_REQUEST, text)
    if any(facts_of(result.certificate, work).standing is CertificateStanding.REVOKED for result in issued):
        text = "A certificate of the transaction is revoked: it was rejected, or not confirmed in time."
        return Refused(FailInfo.CERT_REVOKED, text)
    return Refused(FailInfo.CERT_CONFIRMED, "The transaction has ended; its certificates are confirmed.")


def _identifier(confirmation: CertificateConfirmation, record: Record) -> int:
    if record.body_type == BodyType.P10CR and confirmation.cert_req_id == TOLERATED_P10CR_ID:
        return P10CR_ID
    return confirmation.cert_req_id


def _is_of(confirmation: CertificateConfirmation, result: Result, pvno: int) -> bool:
    if confirmation.hash_algorithm is not None and pvno < 3:
        raise Refused(FailInfo.BAD_REQUEST, "hashAlg belongs to pvno 3.")
    expected = certificate_hash(result.certificate or b"", confirmation.hash_algorithm)
    return confirmation.certificate_hash == expected


def revoke(certificates: Iterable[bytes], requester: str, operation: str, work: RegistryTransaction) -> None:
    """Revoke DER certificates that were not confirmed; one that does not stand any more stays as it is."""
    for certificate in certificates:
        facts = facts_of(certificate, work)
        if facts.standing is CertificateStanding.GOOD:
            reason = RevocationReason.CESSATION_OF_OPERATION
            work.certificates.revoke(facts, reason, requester, owns_key=False, operation=operation)


def facts_of(certificate: bytes | None, work: RegistryTransaction) -> CertificateFacts:
    """What the registry knows of a DER certificate that was issued here."""
    mark = fingerprint(certificate or b"")
    username = work.certificates.holder(mark)
    for facts in work.certificates.of(username or ""):
        if facts.fingerprint == mark:
            return facts
    raise Defect(f"the registry does not know the certificate {mark}, which it has issued")
