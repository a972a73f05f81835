"""PKCS12Request: a key made by the CA, certified, and handed out as a PKCS#12."""

from lockgate.certification.endentity import TokenType
from lockgate.certification.statuses import Way
from lockgate.effects.execution import Outcomes, certified
from lockgate.effects.statement import Certify, KeystoreWish, MadeKey, Statement
from lockgate.effects.view import View
from lockgate.names.keyspec import parse_key_specification
from lockgate.reasons import Reason, Rejected
from lockgate.requests.processors.base import Processor
from lockgate.requests.processors.registration import asked_by, described, registering
from lockgate.requests.submessages import PKCS12Request, PKCS12Response


class PKCS12Processor(Processor):
    """Adds or edits the end entity, makes its key, certifies it."""

    def state(self, request: PKCS12Request, view: View) -> Statement | Rejected:
        """Read the description and the key's specification; whether a key may be kept, the profile says."""
        if not request.password:
            return Rejected(Reason.MALFORMED_REQUEST, "password: it is empty.")
        specification = parse_key_specification(request.key_alg, request.key_spec)
        if isinstance(specification, Rejected):
            return specification
        end_entity = described(request, token=TokenType.P12)
        if isinstance(end_entity, Rejected):
            return end_entity
        effects = registering(end_entity, Way.ISSUE, None, view)
        wish = KeystoreWish(TokenType.P12, request.username, request.password)
        made = Certify(end_entity, end_entity, MadeKey(specification), keep=request.store_keys, keystore=wish)
        return Statement((*effects, made), asked=asked_by(request))

    def respond(self, request: PKCS12Request, outcomes: Outcomes) -> PKCS12Response:
        """The PKCS#12, and its certificate."""
        (made,) = certified(outcomes)
        return PKCS12Response(
            request_id=request.request_id,
            success=True,
            pkcs12=made.file.content,
            certificate=made.issued.certificate,
        )
