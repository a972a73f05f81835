"""KeyStoreRetrievalRequest: an end entity fetches its keystore with its own password."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from lockgate.authorization import Action, action_right, ca_right, profile_right
from lockgate.endentity import EndEntityStatus, TokenType
from lockgate.ports import CaTransaction
from lockgate.processors.case import Case, Plan, Processor
from lockgate.processors.keystores import KeystoreOrder, MadeKeystore, audit_recovery, make_keystore, pack
from lockgate.processors.proposals import generation_proposal
from lockgate.processors.registration import ENROLLABLE, authenticated
from lockgate.reasons import Reason, Rejected
from lockgate.submessages import KeyStoreRetrievalRequest, KeyStoreRetrievalResponse

KeystoreSource = Callable[[Case, KeystoreOrder], MadeKeystore | Rejected]


class KeyStoreRetrievalProcessor(Processor):
    """Authenticates the stored end entity by its password; makes and certifies its key, or recovers it."""

    def rights(self, request: KeyStoreRetrievalRequest, work: CaTransaction) -> frozenset[str]:
        """View, on the CA and profile of the end entity as stored."""
        stored = work.end_entity(request.username)
        where = {ca_right(stored.ca_name), profile_right(stored.end_entity_profile)} if stored else set()
        return frozenset({action_right(Action.VIEW), *where})

    def plan(self, request: KeyStoreRetrievalRequest, case: Case) -> Plan | Rejected:
        """Judge the password first: nothing else is said of an end entity to whoever does not know it.

        Recovery needs no approval of its own: giving the end entity the status KEYRECOVERY did.
        """
        end_entity = authenticated(
            request.username, request.password, case.work, ENROLLABLE | {EndEntityStatus.KEY_RECOVERY}
        )
        if isinstance(end_entity, Rejected):
            return end_entity
        if end_entity.token is TokenType.USER_GENERATED:
            return Rejected(Reason.KEYSTORE_UNSUPPORTED, "The end entity makes its key itself (USERGENERATED).")
        order = KeystoreOrder(end_entity, request.password)
        if end_entity.status is EndEntityStatus.KEY_RECOVERY:
            return Plan(partial(self._hand_out, request, case, order, recovered_keystore))
        make = partial(self._hand_out, request, case, order, make_keystore)
        return Plan(make, generation_proposal(end_entity, end_entity, None))

    def _hand_out(
        self, request: KeyStoreRetrievalRequest, case: Case, order: KeystoreOrder, get: KeystoreSource
    ) -> KeyStoreRetrievalResponse | Rejected:
        made = get(case, order)
        if isinstance(made, Rejected):
            return made
        return KeyStoreRetrievalResponse(
            request_id=request.request_id,
            success=True,
            keystore_type=made.file.kind,
            keystore_data=made.file.content,
        )


def recovered_keystore(case: Case, order: KeystoreOrder) -> MadeKeystore | Rejected:
    """The last key that was kept for the end entity, with its certificate; the end entity is GENERATED again."""
    end_entity = order.end_entity
    certificate = case.work.latest_kept(end_entity.username)
    if certificate is None:
        return Rejected(Reason.KEY_NOT_STORED)
    kept, rules = case.work.kept_key(certificate), case.work.keystore_rules(end_entity.certificate_profile)
    if isinstance(kept, Rejected):
        return kept
    if isinstance(rules, Rejected):
        return rules
    if refused := case.work.save_end_entity(replace(end_entity, status=EndEntityStatus.GENERATED)):
        return refused
    audit_recovery(case, end_entity.username, kept.issued, kept.issued)
    return MadeKeystore(pack(case, order, kept, legacy=rules.legacy), kept.issued)
