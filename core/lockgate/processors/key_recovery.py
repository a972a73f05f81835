"""KeyRecoveryRequest: a key that was kept, handed out again as a PKCS#12."""

from functools import partial

from lockgate.authorization import Action, ca_right, profile_right
from lockgate.endentity import EndEntity, TokenType
from lockgate.ports import CaTransaction, KeptKey
from lockgate.processors.case import Case, Plan, Processor
from lockgate.processors.keystores import KeystoreOrder, MadeKeystore, audit_recovery, certify_and_pack, pack
from lockgate.processors.naming import named_certificate
from lockgate.processors.proposals import recovery_proposal
from lockgate.processors.registration import described, registration_rights
from lockgate.reasons import Reason, Rejected
from lockgate.submessages import KeyRecoveryRequest, PKCS12Response


class KeyRecoveryProcessor(Processor):
    """Finds the certificate and its key; hands both out, or certifies the key anew as the request describes."""

    def rights(self, request: KeyRecoveryRequest, work: CaTransaction) -> frozenset[str]:
        """Key recovery on everything concerned: certificate, stored end entity, request; edit for a new certificate."""
        actions = (Action.KEY_RECOVERY,) if request.reuse_certificate else (Action.KEY_RECOVERY, Action.EDIT)
        found = named_certificate(request.issuer_dn, request.certificate_sn, None, work)
        if isinstance(found, Rejected):
            return registration_rights(request, work, *actions)
        concerned = ca_right(found.ca_name), profile_right(found.end_entity_profile)
        return registration_rights(request, work, *actions) | {*concerned}

    def plan(self, request: KeyRecoveryRequest, case: Case) -> Plan | Rejected:
        """Find the certificate, open its key, and read for whom it shall be."""
        if not request.password:
            return Rejected(Reason.MALFORMED_REQUEST, "password: it is empty.")
        certificate = named_certificate(request.issuer_dn, request.certificate_sn, request.username, case.work)
        if isinstance(certificate, Rejected):
            return certificate
        kept = case.work.kept_key(certificate)
        if isinstance(kept, Rejected):
            return kept
        asked = described(request, token=TokenType.P12)
        if isinstance(asked, Rejected):
            return asked
        stored = case.work.end_entity(request.username)
        recover = partial(self._recover, request, case, asked, kept)
        return Plan(recover, recovery_proposal(certificate, None if request.reuse_certificate else asked, stored))

    def _recover(
        self, request: KeyRecoveryRequest, case: Case, asked: EndEntity, kept: KeptKey
    ) -> PKCS12Response | Rejected:
        made = _keystore(case, KeystoreOrder(asked, request.password), kept, reuse=request.reuse_certificate)
        if isinstance(made, Rejected):
            return made
        audit_recovery(case, request.username, kept.issued, made.issued)
        return PKCS12Response(
            request_id=request.request_id, success=True, pkcs12=made.file.content, certificate=made.issued.certificate
        )


def _keystore(case: Case, order: KeystoreOrder, kept: KeptKey, *, reuse: bool) -> MadeKeystore | Rejected:
    rules = case.work.keystore_rules(order.end_entity.certificate_profile)
    if isinstance(rules, Rejected):
        return rules
    if reuse:
        return MadeKeystore(pack(case, order, kept, legacy=rules.legacy), kept.issued)
    return certify_and_pack(case, order, kept.key, keep=rules.keeps_keys, legacy=rules.legacy)
