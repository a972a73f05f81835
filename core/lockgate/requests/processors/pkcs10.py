"""PKCS10Request: a certificate for the key of a PKCS#10."""

from dataclasses import replace

from lockgate.certification.statuses import Way
from lockgate.effects.execution import Outcomes, certified
from lockgate.effects.statement import Certify, Statement
from lockgate.effects.view import View
from lockgate.ports import Instruments
from lockgate.reasons import Rejected
from lockgate.requests.processors.base import Brought, Processor
from lockgate.requests.processors.registration import asked_by, authentication, described, registering
from lockgate.requests.submessages import PKCS10Request, PKCS10Response, RequestKind


class PKCS10Processor(Processor):
    """Adds or edits the end entity, or authenticates the stored one by its password; then issues."""

    def read(self, request: PKCS10Request, instruments: Instruments) -> Brought:
        """The PKCS#10."""
        read = instruments.requests.read(RequestKind.PKCS10, request.pkcs10)
        return read if isinstance(read, Rejected) else (read,)

    def state(self, request: PKCS10Request, view: View) -> Statement | Rejected:
        """Find the end entity."""
        (key,) = view.brought
        if not request.create_or_edit_user:
            asking = authentication(request.username, key.challenge_password, view)
            return replace(asking.enrolling(lambda after: Certify(after, after, key)), asked=asked_by(request))
        end_entity = described(request, key=key)
        if isinstance(end_entity, Rejected):
            return end_entity
        effects = registering(end_entity, Way.ISSUE, None, view)
        return Statement((*effects, Certify(end_entity, end_entity, key)), asked=asked_by(request))

    def respond(self, request: PKCS10Request, outcomes: Outcomes) -> PKCS10Response:
        """The certificate, alone and with its chain."""
        (one,) = certified(outcomes)
        return PKCS10Response(
            request_id=request.request_id, success=True, certificate=one.issued.certificate, pkcs7=one.with_chain
        )
