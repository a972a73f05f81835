"""PKCS12Request: a key made by the CA, certified, and handed out as a PKCS#12."""

from functools import partial

from lockgate.endentity import TokenType
from lockgate.keyspec import parse_key_specification
from lockgate.ports import CaTransaction
from lockgate.processors.case import Case, Plan, Processor
from lockgate.processors.keystores import KeystoreOrder, make_keystore
from lockgate.processors.proposals import generation_proposal
from lockgate.processors.registration import described, registration_rights
from lockgate.reasons import Reason, Rejected
from lockgate.submessages import PKCS12Request, PKCS12Response


class PKCS12Processor(Processor):
    """Adds or edits the end entity, makes its key, certifies it."""

    def rights(self, request: PKCS12Request, work: CaTransaction) -> frozenset[str]:
        """Create for a new end entity, edit for a stored one."""
        return registration_rights(request, work)

    def plan(self, request: PKCS12Request, case: Case) -> Plan | Rejected:
        """Read the description and the key's specification; whether a key may be kept, the profile says."""
        if not request.password:
            return Rejected(Reason.MALFORMED_REQUEST, "password: it is empty.")
        specification = parse_key_specification(request.key_alg, request.key_spec)
        if isinstance(specification, Rejected):
            return specification
        end_entity = described(request, token=TokenType.P12)
        if isinstance(end_entity, Rejected):
            return end_entity
        proposal = generation_proposal(end_entity, case.work.end_entity(request.username), specification)
        order = KeystoreOrder(end_entity, request.password, specification, keep=request.store_keys)
        return Plan(partial(self._make, request, case, order), proposal)

    def _make(self, request: PKCS12Request, case: Case, order: KeystoreOrder) -> PKCS12Response | Rejected:
        made = make_keystore(case, order)
        if isinstance(made, Rejected):
            return made
        return PKCS12Response(
            request_id=request.request_id, success=True, pkcs12=made.file.content, certificate=made.issued.certificate
        )
