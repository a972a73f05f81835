"""CertificateRequestRequest: a certificate for a key that comes as PKCS#10, CRMF, SPKAC or bare."""

import re
from dataclasses import dataclass
from functools import partial

from lockgate.authorization import Action, action_right
from lockgate.endentity import EndEntity, IssuedCertificate
from lockgate.ports import CaTransaction, IssuanceOrder
from lockgate.processors.case import Case, Plan, Processor
from lockgate.processors.proposals import issuance_proposal
from lockgate.processors.registration import authenticated, described, registration_rights
from lockgate.reasons import Reason, Rejected
from lockgate.serial_number import RULE, is_serial_number
from lockgate.submessages import CertificateRequestRequest, CertificateRequestResponse, RequestKind, ResponseKind

_HEXADECIMAL = re.compile("[0-9a-fA-F]{1,40}")


@dataclass(frozen=True, slots=True)
class _Asked:
    request_kind: RequestKind
    response_kind: ResponseKind
    serial_number: int | None


class CertificateRequestProcessor(Processor):
    """Adds or edits the end entity, or authenticates the stored one by its password; then issues."""

    def rights(self, request: CertificateRequestRequest, work: CaTransaction) -> frozenset[str]:
        """Create for a new end entity, edit for a stored one, view where the end entity authenticates itself; and one
        more for a bare public key.
        """
        rights = registration_rights(request, work, *(() if request.create_or_edit_user else (Action.VIEW,)))
        bare = request.request_type == RequestKind.PUBLIC_KEY
        return rights | ({action_right(Action.CERTIFY_UNPROVEN)} if bare else set())

    def plan(self, request: CertificateRequestRequest, case: Case) -> Plan | Rejected:
        """Read what is asked and the key, settle for whom it is."""
        asked = _read(request)
        if isinstance(asked, Rejected):
            return asked
        read = case.instruments.requests.read(asked.request_kind, request.request_data)
        if isinstance(read, Rejected):
            return read
        end_entity = _end_entity(request, case.work)
        if isinstance(end_entity, Rejected):
            return end_entity
        order = case.order(end_entity, read, serial_number=asked.serial_number)
        stored = case.work.end_entity(request.username)
        execute = partial(self._issue, request, asked.response_kind, case, order)
        return Plan(execute, issuance_proposal(end_entity, stored, read.public_key))

    def _issue(
        self, request: CertificateRequestRequest, kind: ResponseKind, case: Case, order: IssuanceOrder
    ) -> CertificateRequestResponse | Rejected:
        issued = case.work.issue(order)
        if isinstance(issued, Rejected):
            return issued
        if request.create_or_edit_user and request.password is not None:
            case.work.set_password(request.username, request.password)
        return CertificateRequestResponse(
            request_id=request.request_id, success=True, response_type=kind, data=_packed(kind, issued, case)
        )


def _read(request: CertificateRequestRequest) -> _Asked | Rejected:
    for name, value, kinds in (
        ("request_type", request.request_type, RequestKind),
        ("response_type", request.response_type, ResponseKind),
    ):
        if value not in set(kinds):
            return Rejected(Reason.MALFORMED_REQUEST, f"{name}: one of {', '.join(kinds)} is needed.")
    serial = _serial_number(request.certificate_serial_number)
    if isinstance(serial, Rejected):
        return serial
    return _Asked(RequestKind(request.request_type), ResponseKind(request.response_type), serial)


def _serial_number(text: str | None) -> int | Rejected | None:
    if text is None:
        return None
    number = int(text, 16) if _HEXADECIMAL.fullmatch(text) else 0
    if not is_serial_number(number):
        return Rejected(Reason.MALFORMED_REQUEST, f"certificate_serial_number: hexadecimal, {RULE}.")
    return number


def _end_entity(request: CertificateRequestRequest, work: CaTransaction) -> EndEntity | Rejected:
    if request.create_or_edit_user:
        return described(request)
    return authenticated(request.username, request.password, work)


def _packed(kind: ResponseKind, issued: IssuedCertificate, case: Case) -> bytes:
    match kind:
        case ResponseKind.CERTIFICATE:
            return issued.certificate
        case ResponseKind.PKCS7:
            return case.instruments.certs_only((issued.certificate,))
        case ResponseKind.PKCS7_WITH_CHAIN:
            return issued.pkcs7
