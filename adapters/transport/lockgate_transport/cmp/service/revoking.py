"""rr (RFC 9810, 5.3.9): certificates revoked by their own key, or by an RA."""

from cryptography import x509

from lockgate.certification.endentity import CertificateFacts
from lockgate.certification.revocation import RevocationReason
from lockgate.line.acting import Acting
from lockgate.line.clearance import Waiting
from lockgate.ports import RegistryTransaction
from lockgate.reasons import Rejected
from lockgate.requests.processors import RevocationProcessor
from lockgate.requests.submessages import RevocationRequest
from lockgate_formats.cmp.contents import CertificateTemplate
from lockgate_formats.cmp.contents import RevocationRequest as RevDetails
from lockgate_formats.cmp.vocabulary import FailInfo, PkiStatus
from lockgate_formats.cms.names import comparable
from lockgate_transport.cmp.service.certificates import extension_values, loaded, public_key, signature_algorithm
from lockgate_transport.cmp.service.enrolling import refused_request, waited, waiting
from lockgate_transport.cmp.service.exchange import Opener
from lockgate_transport.cmp.service.failures import Refused, of_rejection
from lockgate_transport.cmp.service.names import distinguished
from lockgate_transport.cmp.service.records import Result
from lockgate_transport.cmp.service.senders import SenderKind

OTHER = Refused(FailInfo.BAD_CERT_ID, "The template does not match a certificate that the sender may revoke.")
"""The same answer for an unknown certificate and for one that is not the sender's."""


class Revoking:
    """Has certificates revoked."""

    def __init__(self, acting: Acting) -> None:
        self._acting = acting

    def result(
        self,
        opener: Opener,
        place: tuple[int, int],
        asked: RevDetails,
        earlier: Result | None,
        work: RegistryTransaction,
    ) -> Result:
        """How one request stands now; arguments as those of `Enrolling.result`."""
        number, count = place
        try:
            request = _composed(opener, number, asked, work)
        except Refused as refused:
            return refused_request(opener, number, refused.failure, work)
        outcome = self._acting.deliver(
            opener.delivered(number, count, ()), request, RevocationProcessor(), waited(earlier), work
        )
        if isinstance(outcome, Rejected):
            return refused_request(opener, number, of_rejection(outcome), work)
        if isinstance(outcome, Waiting):
            return waiting(number, outcome)
        left_out = ", ".join(f"the extension {entry.oid}" for entry in asked.entry_extensions)
        status = PkiStatus.GRANTED_WITH_MODS if left_out else PkiStatus.ACCEPTED
        return Result(cert_req_id=number, status=status, text=f"Not in the CRL: {left_out}." if left_out else "")


def _composed(opener: Opener, number: int, asked: RevDetails, work: RegistryTransaction) -> RevocationRequest:
    template = asked.template
    if template.issuer is None or template.serial_number is None:
        raise Refused(FailInfo.ADD_INFO_NOT_AVAILABLE, "issuer and serialNumber are needed.")
    issuer = distinguished(template.issuer)
    facts = None if issuer is None else work.certificates.find(issuer, template.serial_number)
    if facts is None or not _may_revoke(opener, facts) or not _matches(template, work.certificates.content(facts)):
        raise OTHER
    reason = RevocationReason.UNSPECIFIED if asked.reason is None else asked.reason
    return RevocationRequest(
        request_id=opener.request_id(number),
        issuer_dn=str(issuer),
        certificate_sn=f"{template.serial_number:x}",
        reason=int(reason),
    )


def _may_revoke(opener: Opener, facts: CertificateFacts) -> bool:
    """The certificate itself, or an RA."""
    own = opener.sender.kind is SenderKind.CERTIFICATE and opener.sender.fingerprint == facts.fingerprint
    return own or opener.sender.is_ra


def _matches(template: CertificateTemplate, certificate: bytes) -> bool:
    """Whether every field of the template is the certificate's (RFC 9810, 5.3.9)."""
    read = loaded(certificate)
    return (
        template.version in (None, read.version.value)
        and template.signing_algorithm in (None, signature_algorithm(certificate))
        and (template.subject is None or comparable(template.subject) == comparable(read.subject.public_bytes()))
        and template.public_key in (None, public_key(certificate))
        and _validity_matches(template, read)
        and (template.extensions is None or extension_values(template.extensions) <= _own_extensions(read))
        and not template.unique_ids
    )


def _validity_matches(template: CertificateTemplate, certificate: x509.Certificate) -> bool:
    validity = template.validity
    if validity is None:
        return True
    begins = validity.not_before in (None, certificate.not_valid_before_utc)
    return begins and validity.not_after in (None, certificate.not_valid_after_utc)


def _own_extensions(certificate: x509.Certificate) -> set[tuple[str, bytes]]:
    return {(one.oid.dotted_string, one.value.public_bytes()) for one in certificate.extensions}
