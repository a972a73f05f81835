"""PKCS10Request: a certificate for the key of a PKCS#10."""

from functools import partial

from lockgate.authorization import Action
from lockgate.endentity import CertificationRequest, EndEntity
from lockgate.ports import CaTransaction, IssuanceOrder
from lockgate.processors.case import Case, Plan, Processor
from lockgate.processors.proposals import issuance_proposal
from lockgate.processors.registration import authenticated, described, registration_rights
from lockgate.reasons import Rejected
from lockgate.submessages import PKCS10Request, PKCS10Response, RequestKind


class PKCS10Processor(Processor):
    """Adds or edits the end entity, or authenticates the stored one by its password; then issues."""

    def rights(self, request: PKCS10Request, work: CaTransaction) -> frozenset[str]:
        """Create for a new end entity, edit for a stored one, view where the end entity authenticates itself."""
        return registration_rights(request, work, *(() if request.create_or_edit_user else (Action.VIEW,)))

    def plan(self, request: PKCS10Request, case: Case) -> Plan | Rejected:
        """Read the PKCS#10, settle for whom it is."""
        read = case.instruments.requests.read(RequestKind.PKCS10, request.pkcs10)
        if isinstance(read, Rejected):
            return read
        end_entity = self._end_entity(request, read, case.work)
        if isinstance(end_entity, Rejected):
            return end_entity
        stored = case.work.end_entity(request.username)
        execute = partial(self._issue, request, case, case.order(end_entity, read))
        return Plan(execute, issuance_proposal(end_entity, stored, read.public_key))

    def _issue(self, request: PKCS10Request, case: Case, order: IssuanceOrder) -> PKCS10Response | Rejected:
        issued = case.work.issue(order)
        if isinstance(issued, Rejected):
            return issued
        return PKCS10Response(
            request_id=request.request_id, success=True, certificate=issued.certificate, pkcs7=issued.pkcs7
        )

    def _end_entity(
        self, request: PKCS10Request, read: CertificationRequest, work: CaTransaction
    ) -> EndEntity | Rejected:
        if request.create_or_edit_user:
            return described(request)
        return authenticated(request.username, read.challenge_password, work)
