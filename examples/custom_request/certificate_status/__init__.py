"""CertificateStatusRequest: what the CA says of one certificate. An example of a request type of one's own."""

from dataclasses import dataclass, field

from lockgate.effects.execution import Outcomes
from lockgate.effects.statement import Foreign, Statement
from lockgate.effects.view import View
from lockgate.reasons import Rejected
from lockgate.requests.processors import Processor
from lockgate.requests.processors.naming import UNKNOWN_CERTIFICATE, named_certificate, naming_nothing
from lockgate.requests.request_types import RequestType
from lockgate.requests.submessages import Request, Response, text
from lockgate.rights.authorization import Action


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

    def state(self, request: CertificateStatusRequest, view: View) -> Statement | Rejected:
        """Find the certificate. Whom the requester may not see is unknown to it."""
        found = named_certificate(request.issuer_dn, request.certificate_sn, None, view)
        if isinstance(found, Rejected):
            return found
        if found is None:
            return naming_nothing(Action.VIEW)
        read = Foreign(actions=frozenset({Action.VIEW}), certificates=(found,), call=lambda _: found)
        return Statement((read,), unknown=UNKNOWN_CERTIFICATE)

    def respond(self, request: CertificateStatusRequest, outcomes: Outcomes) -> CertificateStatusResponse:
        """What the CA says of it."""
        (found,) = outcomes
        return CertificateStatusResponse(
            request_id=request.request_id, success=True, standing=str(found.standing), username=found.username
        )


CERTIFICATE_STATUS = RequestType(CertificateStatusRequest, CertificateStatusResponse, CertificateStatusProcessor())
"""What the entry point names."""
