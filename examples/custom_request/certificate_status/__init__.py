"""CertificateStatusRequest: what the CA says of one certificate. An example of a request type of one's own."""

from dataclasses import dataclass, field

from lockgate.authorization import Action, action_right, ca_right, profile_right
from lockgate.endentity import CertificateFacts
from lockgate.ports import CaTransaction
from lockgate.processors import Case, Plan, Processor
from lockgate.processors.naming import named_certificate
from lockgate.reasons import Rejected
from lockgate.registry import RequestType
from lockgate.submessages import Request, Response, text


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateStatusRequest(Request):
    """Ask for the standing of a certificate.

    Attributes:
        issuer_dn, certificate_sn: name it; the serial number in hexadecimal.
    """

    issuer_dn: str = field(metadata=text(4096))
    certificate_sn: str = field(metadata=text(40))


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateStatusResponse(Response):
    """The answer: `good`, `revoked` or `on hold`, and whose certificate it is; None on failure."""

    standing: str | None = None
    username: str | None = None


class CertificateStatusProcessor(Processor):
    """Reads, and changes nothing."""

    def rights(self, request: CertificateStatusRequest, work: CaTransaction) -> frozenset[str]:
        """View, on the certificate's CA and end entity profile."""
        found = named_certificate(request.issuer_dn, request.certificate_sn, None, work)
        where = (
            () if isinstance(found, Rejected) else (ca_right(found.ca_name), profile_right(found.end_entity_profile))
        )
        return frozenset({action_right(Action.VIEW), *where})

    def plan(self, request: CertificateStatusRequest, case: Case) -> Plan | Rejected:
        """Find the certificate."""
        found = named_certificate(request.issuer_dn, request.certificate_sn, None, case.work)
        return found if isinstance(found, Rejected) else Plan(lambda: _status(request, found))


def _status(request: CertificateStatusRequest, found: CertificateFacts) -> CertificateStatusResponse:
    return CertificateStatusResponse(
        request_id=request.request_id, success=True, standing=str(found.standing), username=found.username
    )


CERTIFICATE_STATUS = RequestType(CertificateStatusRequest, CertificateStatusResponse, CertificateStatusProcessor())
"""What the entry point names."""
