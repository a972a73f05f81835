"""PKCS10Request: a certificate for the key of a PKCS#10."""

from functools import partial

from lockgate.authorization import Action
from lockgate.endentity import CertificationRequest, EndEntity, EndEntityStatus
from lockgate.ports import CaTransaction, IssuanceOrder
from lockgate.processors.case import Case, Plan, Processor
from lockgate.processors.proposals import issuance_proposal
from lockgate.processors.registration import described, registration_rights
from lockgate.reasons import Reason, Rejected
from lockgate.submessages import PKCS10Request, PKCS10Response

ENROLLABLE = frozenset({EndEntityStatus.NEW, EndEntityStatus.FAILED, EndEntityStatus.IN_PROCESS})
"""From which statuses an end entity may enrol with its own password."""


class PKCS10Processor(Processor):
    """Adds or edits the end entity, or authenticates the stored one by its password; then issues."""

    def rights(self, request: PKCS10Request, work: CaTransaction) -> frozenset[str]:
        """Create for a new end entity, edit for a stored one, view where the end entity authenticates itself."""
        return registration_rights(request, work, *(() if request.create_or_edit_user else (Action.VIEW,)))

    def plan(self, request: PKCS10Request, case: Case) -> Plan | Rejected:
        """Read the PKCS#10, settle for whom it is."""
        read = case.instruments.requests.read_pkcs10(request.pkcs10)
        if isinstance(read, Rejected):
            return read
        end_entity = described(request) if request.create_or_edit_user else self._authenticated(request, read, case)
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

    def _authenticated(self, request: PKCS10Request, read: CertificationRequest, case: Case) -> EndEntity | Rejected:
        """The stored end entity, if the challenge password is its own and its status lets it enrol."""
        wrong = case.work.check_password(request.username, read.challenge_password)
        if wrong:
            return wrong
        stored = case.work.end_entity(request.username)
        if stored is None:
            return Rejected(Reason.WRONG_CREDENTIALS)
        return stored if stored.status in ENROLLABLE else Rejected(Reason.WRONG_STATUS, f"It is {stored.status.name}.")
