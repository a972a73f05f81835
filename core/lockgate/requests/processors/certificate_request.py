"""CertificateRequestRequest: a certificate for a key that comes as PKCS#10, CRMF, SPKAC or bare."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from lockgate.certification.endentity import CertificationRequest, EndEntity, WantedKey
from lockgate.certification.statuses import Way
from lockgate.effects.execution import Certified, Outcomes, certified
from lockgate.effects.statement import Attempt, Certify, Statement
from lockgate.effects.view import View
from lockgate.names.serial_number import RULE, is_serial_number
from lockgate.ports import Instruments
from lockgate.reasons import Reason, Rejected
from lockgate.requests.processors.base import Brought, Processor
from lockgate.requests.processors.registration import asked_by, authentication, described, registering
from lockgate.requests.submessages import (
    CertificateRequestRequest,
    CertificateRequestResponse,
    RequestKind,
    Response,
    ResponseKind,
)
from lockgate.rights.authorization import Action

_HEXADECIMAL = re.compile("[0-9a-fA-F]{1,40}")


class CertificateRequestProcessor(Processor):
    """Adds or edits the end entity, or authenticates the stored one by its password; then issues."""

    def read(self, request: CertificateRequestRequest, instruments: Instruments) -> Brought:
        """The key, in whichever form it comes."""
        if refused := _judge_kinds(request):
            return refused
        read = instruments.requests.read(RequestKind(request.request_type), request.request_data)
        return read if isinstance(read, Rejected) else (read,)

    def state(self, request: CertificateRequestRequest, view: View) -> Statement | Rejected:
        """Read the serial number, find the end entity."""
        serial = _serial_number(request.certificate_serial_number)
        if isinstance(serial, Rejected):
            return serial
        stated = self._state(request, serial, view)
        if isinstance(stated, Rejected):
            return stated
        return replace(stated, asked=asked_by(request), delivery={"response_type": request.response_type})

    def _state(self, request: CertificateRequestRequest, serial: int | None, view: View) -> Statement | Rejected:
        (key,) = view.brought
        if not request.create_or_edit_user:
            asking = authentication(request.username, request.password, view)
            stated = asking.enrolling(lambda after: self._certify(after, key, serial))
            return replace(stated, effects=(*attempts(key), *stated.effects))
        end_entity = described(request, key=key)
        if isinstance(end_entity, Rejected):
            return end_entity
        effects = registering(end_entity, Way.ISSUE, request.password, view)
        return Statement((*effects, self._certify(end_entity, key, serial)))

    def _certify(self, after: EndEntity, key: Any, serial: int | None) -> Certify:
        """The effect for the end entity as it shall be stored."""
        return Certify(after, after, key, serial_number=serial)

    def respond(self, request: CertificateRequestRequest, outcomes: Outcomes) -> Response:
        """The certificate, in the form that the request asks for."""
        kind = ResponseKind(request.response_type)
        (issued,) = certified(outcomes)
        return CertificateRequestResponse(
            request_id=request.request_id, success=True, response_type=kind, data=_packed(kind, issued)
        )


def attempts(key: CertificationRequest | WantedKey) -> Sequence[Attempt]:
    """The answer names the right that the key needs, whether or not there is an end entity of that name."""
    unproven = isinstance(key, CertificationRequest) and not key.possession.shown
    return (Attempt(Action.CERTIFY_UNPROVEN),) if unproven else ()


def _judge_kinds(request: CertificateRequestRequest) -> Rejected | None:
    for name, value, kinds in (
        ("request_type", request.request_type, RequestKind),
        ("response_type", request.response_type, ResponseKind),
    ):
        if value not in set(kinds):
            return Rejected(Reason.MALFORMED_REQUEST, f"{name}: one of {', '.join(kinds)} is needed.")
    return None


def _serial_number(text: str | None) -> int | Rejected | None:
    if text is None:
        return None
    number = int(text, 16) if _HEXADECIMAL.fullmatch(text) else 0
    if not is_serial_number(number):
        return Rejected(Reason.MALFORMED_REQUEST, f"certificate_serial_number: hexadecimal, {RULE}.")
    return number


def _packed(kind: ResponseKind, certificate: Certified) -> bytes:
    match kind:
        case ResponseKind.CERTIFICATE:
            return certificate.issued.certificate
        case ResponseKind.PKCS7:
            return certificate.alone
        case ResponseKind.PKCS7_WITH_CHAIN:
            return certificate.with_chain
