"""GetCertRequest, GetCRLRequest, GetNextCACertRequest: publications of a CA. They change nothing and need no
approval."""

from typing import Any, ClassVar

from lockgate.effects.execution import Outcomes
from lockgate.effects.statement import Publication, Read, Statement
from lockgate.effects.view import View
from lockgate.reasons import Rejected
from lockgate.requests.processors.base import Processor
from lockgate.requests.processors.naming import UNKNOWN_CERTIFICATE, named_certificate, naming_nothing
from lockgate.requests.submessages import (
    GetCertRequest,
    GetCertResponse,
    GetCRLRequest,
    GetCRLResponse,
    GetNextCACertRequest,
    GetNextCACertResponse,
    IssuedRequest,
)
from lockgate.rights.authorization import Action


class _IssuedProcessor(Processor):
    """Finds the certificate that a request names."""

    PUBLICATION: ClassVar[Publication]

    def state(self, request: IssuedRequest, view: View) -> Statement | Rejected:
        """Read about it."""
        found = named_certificate(request.issuer_dn, request.certificate_sn, None, view)
        if isinstance(found, Rejected):
            return found
        if found is None:
            return naming_nothing(Action.VIEW)
        return Statement((Read(self.PUBLICATION, found),), unknown=UNKNOWN_CERTIFICATE)


class GetCertProcessor(_IssuedProcessor):
    """Gives the certificate."""

    PUBLICATION = Publication.CERTIFICATE

    def respond(self, request: GetCertRequest, outcomes: Outcomes) -> GetCertResponse:
        """The certificate."""
        return GetCertResponse(request_id=request.request_id, success=True, certificate=_octets(outcomes))


class GetCRLProcessor(_IssuedProcessor):
    """Gives the CRL on which the certificate would stand."""

    PUBLICATION = Publication.CRL

    def respond(self, request: GetCRLRequest, outcomes: Outcomes) -> GetCRLResponse:
        """The CRL."""
        return GetCRLResponse(request_id=request.request_id, success=True, crl=_octets(outcomes))


class GetNextCACertProcessor(Processor):
    """Gives the certificate that a CA has announced, vouched for by its current key."""

    def state(self, request: GetNextCACertRequest, view: View) -> Statement:  # noqa: ARG002
        """Read about the CA."""
        return Statement((Read(Publication.NEXT_CA_CERTIFICATE, request.ca_name),))

    def respond(self, request: GetNextCACertRequest, outcomes: Outcomes) -> GetNextCACertResponse:
        """The signed certificates."""
        return GetNextCACertResponse(request_id=request.request_id, success=True, signed_certificates=_octets(outcomes))


def _octets(outcomes: Outcomes) -> Any:
    (octets,) = outcomes
    return octets
