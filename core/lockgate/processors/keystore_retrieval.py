"""KeyStoreRetrievalRequest: an end entity fetches its keystore with its own password."""

from functools import partial

from lockgate.authorization import Action, action_right, ca_right, profile_right
from lockgate.endentity import EndEntity, EndEntityStatus, TokenType
from lockgate.ports import CaTransaction
from lockgate.processors.case import Case, Plan, Processor
from lockgate.processors.keystores import make_keystore
from lockgate.processors.proposals import generation_proposal
from lockgate.processors.registration import authenticated
from lockgate.reasons import Reason, Rejected
from lockgate.submessages import KeyStoreRetrievalRequest, KeyStoreRetrievalResponse


class KeyStoreRetrievalProcessor(Processor):
    """Authenticates the stored end entity by its password, makes its key, certifies it."""

    def rights(self, request: KeyStoreRetrievalRequest, work: CaTransaction) -> frozenset[str]:
        """View, on the CA and profile of the end entity as stored."""
        stored = work.end_entity(request.username)
        where = {ca_right(stored.ca_name), profile_right(stored.end_entity_profile)} if stored else set()
        return frozenset({action_right(Action.VIEW), *where})

    def plan(self, request: KeyStoreRetrievalRequest, case: Case) -> Plan | Rejected:
        """Judge the password first: nothing else is said of an end entity to whoever does not know it."""
        end_entity = authenticated(request.username, request.password, case.work)
        if isinstance(end_entity, Rejected):
            if end_entity.reason is Reason.WRONG_STATUS and _recovers(case.work.end_entity(request.username)):
                return Rejected(Reason.KEY_RECOVERY_DISABLED)
            return end_entity
        if end_entity.token is TokenType.USER_GENERATED:
            return Rejected(Reason.KEYSTORE_UNSUPPORTED, "The end entity makes its key itself (USERGENERATED).")
        return Plan(partial(self._make, request, case, end_entity), generation_proposal(end_entity, end_entity, None))

    def _make(
        self, request: KeyStoreRetrievalRequest, case: Case, end_entity: EndEntity
    ) -> KeyStoreRetrievalResponse | Rejected:
        made = make_keystore(case, end_entity, request.password, None)
        if isinstance(made, Rejected):
            return made
        return KeyStoreRetrievalResponse(
            request_id=request.request_id,
            success=True,
            keystore_type=made.file.kind,
            keystore_data=made.file.content,
        )


def _recovers(end_entity: EndEntity | None) -> bool:
    return end_entity is not None and end_entity.status is EndEntityStatus.KEY_RECOVERY
