"""KeyRecoveryRequest: a key that was kept, handed out again as a PKCS#12."""

from lockgate.certification.endentity import CertificateFacts, EndEntity, TokenType
from lockgate.certification.statuses import Way
from lockgate.effects.execution import Outcomes, certified
from lockgate.effects.statement import Attempt, Certify, Effect, HandOut, KeptKeyOf, KeystoreWish, Statement
from lockgate.effects.view import View
from lockgate.reasons import Reason, Rejected
from lockgate.requests.processors.base import Processor
from lockgate.requests.processors.naming import UNKNOWN_CERTIFICATE, named_certificate
from lockgate.requests.processors.registration import asked_by, described, registering
from lockgate.requests.submessages import KeyRecoveryRequest, PKCS12Response
from lockgate.rights.authorization import Action


class KeyRecoveryProcessor(Processor):
    """Finds the certificate and its key; hands both out, or certifies the key anew as the request describes."""

    def state(self, request: KeyRecoveryRequest, view: View) -> Statement | Rejected:
        """Find the certificate, and read the description of the end entity."""
        if not request.password:
            return Rejected(Reason.MALFORMED_REQUEST, "password: it is empty.")
        asked = described(request, token=TokenType.P12)
        if isinstance(asked, Rejected):
            return asked
        certificate = named_certificate(request.issuer_dn, request.certificate_sn, request.username, view)
        if isinstance(certificate, Rejected):
            return certificate
        effects = _effects(request, certificate, asked, view)
        refusal = UNKNOWN_CERTIFICATE if certificate is None else view.judge_kept(certificate)
        return Statement(effects, refusal=refusal, unknown=UNKNOWN_CERTIFICATE, asked=asked_by(request))

    def respond(self, request: KeyRecoveryRequest, outcomes: Outcomes) -> PKCS12Response:
        """The PKCS#12, and its certificate."""
        (made,) = certified(outcomes)
        return PKCS12Response(
            request_id=request.request_id,
            success=True,
            pkcs12=made.file.content,
            certificate=made.issued.certificate,
        )


def _effects(
    request: KeyRecoveryRequest, certificate: CertificateFacts | None, asked: EndEntity, view: View
) -> tuple[Effect, ...]:
    if certificate is None:
        anew = () if request.reuse_certificate else registering(asked, Way.ISSUE, None, view)
        return Attempt(Action.KEY_RECOVERY), *anew
    wish = KeystoreWish(TokenType.P12, request.username, request.password)
    if request.reuse_certificate:
        return (HandOut(certificate, wish, request.certificate_profile),)
    anew = registering(asked, Way.ISSUE, None, view)
    return *anew, Certify(asked, asked, KeptKeyOf(certificate), keep=None, keystore=wish)
