"""GetCertRequest, GetCRLRequest, GetNextCACertRequest: what a CA publishes. Nothing changes, nothing needs approval."""

from collections.abc import Callable
from functools import partial

from lockgate.authorization import Action, action_right, ca_right, profile_right
from lockgate.endentity import CertificateFacts
from lockgate.ports import CaTransaction
from lockgate.processors.case import Case, Plan, Processor
from lockgate.processors.naming import named_certificate
from lockgate.reasons import Rejected
from lockgate.submessages import (
    GetCertRequest,
    GetCertResponse,
    GetCRLRequest,
    GetCRLResponse,
    GetNextCACertRequest,
    GetNextCACertResponse,
    IssuedRequest,
    Response,
)


class GetCertProcessor(Processor):
    """Finds the certificate."""

    def rights(self, request: GetCertRequest, work: CaTransaction) -> frozenset[str]:
        """View, on the certificate's CA and end entity profile."""
        found = _named(request, work)
        profiles = frozenset() if isinstance(found, Rejected) else frozenset({profile_right(found.end_entity_profile)})
        return _viewing(found) | profiles

    def plan(self, request: GetCertRequest, case: Case) -> Plan | Rejected:
        """Find it."""
        return _about(request, case, self._give)

    def _give(self, request: IssuedRequest, found: CertificateFacts, work: CaTransaction) -> Response:
        certificate = work.issued_certificate(found)
        return GetCertResponse(request_id=request.request_id, success=True, certificate=certificate)


class GetCRLProcessor(Processor):
    """Finds the last CRL for a certificate."""

    def rights(self, request: GetCRLRequest, work: CaTransaction) -> frozenset[str]:
        """View, on the certificate's CA."""
        return _viewing(_named(request, work))

    def plan(self, request: GetCRLRequest, case: Case) -> Plan | Rejected:
        """Find the certificate."""
        return _about(request, case, self._give)

    def _give(self, request: IssuedRequest, found: CertificateFacts, work: CaTransaction) -> Response | Rejected:
        crl = work.latest_crl(found)
        if isinstance(crl, Rejected):
            return crl
        return GetCRLResponse(request_id=request.request_id, success=True, crl=crl)


class GetNextCACertProcessor(Processor):
    """Finds what a CA has announced, and has its current key vouch for it."""

    def rights(self, request: GetNextCACertRequest, work: CaTransaction) -> frozenset[str]:  # noqa: ARG002
        """View, on the CA."""
        return frozenset({action_right(Action.VIEW), ca_right(request.ca_name)})

    def plan(self, request: GetNextCACertRequest, case: Case) -> Plan | Rejected:
        """Nothing to be judged beforehand."""
        return Plan(partial(self._give, request, case.work))

    def _give(self, request: GetNextCACertRequest, work: CaTransaction) -> Response | Rejected:
        signed = work.announcement(request.ca_name)
        if isinstance(signed, Rejected):
            return signed
        return GetNextCACertResponse(request_id=request.request_id, success=True, signed_certificates=signed)


_Giving = Callable[[IssuedRequest, CertificateFacts, CaTransaction], Response | Rejected]


def _about(request: IssuedRequest, case: Case, give: _Giving) -> Plan | Rejected:
    found = _named(request, case.work)
    return found if isinstance(found, Rejected) else Plan(partial(give, request, found, case.work))


def _named(request: IssuedRequest, work: CaTransaction) -> CertificateFacts | Rejected:
    return named_certificate(request.issuer_dn, request.certificate_sn, None, work)


def _viewing(found: CertificateFacts | Rejected) -> frozenset[str]:
    where = frozenset() if isinstance(found, Rejected) else frozenset({ca_right(found.ca_name)})
    return frozenset({action_right(Action.VIEW)}) | where
