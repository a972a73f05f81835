"""PKCS10Request: a certificate for the key of a PKCS#10."""

from lockgate.altname import parse_alt_name
from lockgate.authorization import Action, action_right, ca_right, profile_right
from lockgate.dn import parse_dn
from lockgate.endentity import CertificationRequest, EndEntity, EndEntityStatus
from lockgate.errors import InvalidName
from lockgate.ports import CaTransaction, IssuanceOrder
from lockgate.processors.case import Case, Processor
from lockgate.reasons import Reason, Rejected
from lockgate.submessages import EndEntityRequest, PKCS10Request, PKCS10Response

ENROLLABLE = frozenset({EndEntityStatus.NEW, EndEntityStatus.FAILED, EndEntityStatus.IN_PROCESS})
"""From which statuses an end entity may enrol with its own password."""


class PKCS10Processor(Processor):
    """Adds or edits the end entity, or authenticates the stored one by its password; then issues."""

    def rights(self, request: PKCS10Request, work: CaTransaction) -> frozenset[str]:
        """Create for a new end entity, edit for a stored one, view where the end entity authenticates itself."""
        stored = work.end_entity(request.username)
        action = (Action.CREATE if stored is None else Action.EDIT) if request.create_or_edit_user else Action.VIEW
        named = {request.end_entity_profile} | ({stored.end_entity_profile} if stored else set())
        authorities = {request.ca_name} | ({stored.ca_name} if stored else set())
        return frozenset({action_right(action), *map(profile_right, named), *map(ca_right, authorities)})

    def process(self, request: PKCS10Request, case: Case) -> PKCS10Response | Rejected:
        """Read the PKCS#10, settle for whom it is, certify."""
        read = case.requests.read_pkcs10(request.pkcs10)
        if isinstance(read, Rejected):
            return read
        end_entity = described(request) if request.create_or_edit_user else self._authenticated(request, read, case)
        if isinstance(end_entity, Rejected):
            return end_entity
        issued = case.work.issue(IssuanceOrder(case.operation, end_entity, read, case.who.name, case.who.fingerprint))
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


def described(request: EndEntityRequest) -> EndEntity | Rejected:
    """The end entity that `request` describes."""
    if not request.username.strip() or not request.username.isprintable():
        return Rejected(Reason.BAD_NAME, "username: printable characters are needed")
    try:
        subject_dn, alt_name = parse_dn(request.subject_dn), parse_alt_name(request.subject_alt_name)
    except InvalidName as error:
        return Rejected(Reason.BAD_NAME, str(error))
    return EndEntity(
        username=request.username,
        subject_dn=subject_dn,
        subject_alt_name=alt_name,
        email=request.email,
        end_entity_profile=request.end_entity_profile,
        certificate_profile=request.certificate_profile,
        ca_name=request.ca_name,
        status=EndEntityStatus.NEW,
    )
