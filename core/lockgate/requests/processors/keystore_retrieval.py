"""KeyStoreRetrievalRequest: an end entity fetches its keystore with its own password."""

from dataclasses import replace

from lockgate.certification.endentity import EndEntity, EndEntityStatus, TokenType
from lockgate.certification.statuses import Way
from lockgate.effects.execution import Outcomes, certified
from lockgate.effects.statement import Certify, HandOut, KeystoreWish, MadeKey, Save, Statement
from lockgate.effects.view import View
from lockgate.names.keyspec import KeySpecification, parse_key_specification
from lockgate.reasons import Reason, Rejected
from lockgate.requests.processors.base import Processor
from lockgate.requests.processors.registration import GENERATED, Authentication, authentication
from lockgate.requests.submessages import KeyStoreRetrievalRequest, KeyStoreRetrievalResponse

MAKES_ITS_KEY = Rejected(Reason.KEYSTORE_UNSUPPORTED, "The end entity makes its key itself (USERGENERATED).")


class KeyStoreRetrievalProcessor(Processor):
    """Authenticates the stored end entity by its password; makes and certifies its key, or hands out a kept one."""

    def state(self, request: KeyStoreRetrievalRequest, view: View) -> Statement | Rejected:
        """Decide whether a key is to be made or recovered."""
        if request.keystore_password == "":
            return Rejected(Reason.MALFORMED_REQUEST, "keystore_password: it is empty.")
        specification = _specification(request)
        if isinstance(specification, Rejected):
            return specification
        asking = authentication(request.username, request.password, view)
        stored = asking.stored
        if stored is None:
            return asking.stating()
        refusal = MAKES_ITS_KEY if stored.token is TokenType.USER_GENERATED else None
        wish = KeystoreWish(stored.token, stored.username, request.keystore_password or request.password)
        if stored.status is EndEntityStatus.KEY_RECOVERY:
            return _recovering(asking, stored, wish, refusal, view)
        made = asking.enrolling(lambda after: Certify(after, after, MadeKey(specification), keep=None, keystore=wish))
        return replace(made, refusal=refusal)

    def respond(self, request: KeyStoreRetrievalRequest, outcomes: Outcomes) -> KeyStoreRetrievalResponse:
        """The keystore, in the format that it has."""
        (made,) = certified(outcomes)
        return KeyStoreRetrievalResponse(
            request_id=request.request_id,
            success=True,
            keystore_type=made.file.kind,
            keystore_data=made.file.content,
        )


def _specification(request: KeyStoreRetrievalRequest) -> KeySpecification | Rejected | None:
    if request.key_alg is None and request.key_spec is None:
        return None
    return parse_key_specification(request.key_alg or "", request.key_spec or "")


def _recovering(
    asking: Authentication, stored: EndEntity, wish: KeystoreWish, refusal: Rejected | None, view: View
) -> Statement:
    """Hand out the key that was named when the end entity got the status KEYRECOVERY, and no other one."""
    save = Save(stored, stored.in_status(GENERATED), Way.HAND_OUT)
    named = view.certificate_with(stored.recovery.fingerprint) if stored.recovery else None
    if named is None or stored.recovery is None:
        return replace(asking.stating(save), refusal=refusal or Rejected(Reason.KEY_NOT_STORED))
    hand_out = HandOut(named, wish, stored.certificate_profile, granted=stored.recovery.quorum)
    return replace(asking.stating(save, hand_out), refusal=refusal or view.judge_kept(named))
