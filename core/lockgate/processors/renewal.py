"""RenewalRequest: a certificate renewed for whoever holds its key, whatever the RA says.

The RA forwards what the holder has signed, and what opens it; so an RA renews nothing on its own, and nothing twice.
"""

import hashlib
from functools import partial

from lockgate.authorization import Action, action_right, ca_right, profile_right
from lockgate.endentity import CertificateFacts, EndEntity, EndEntityStatus
from lockgate.ports import CaTransaction, IssuanceOrder
from lockgate.processors.case import Case, Plan, Processor
from lockgate.processors.proposals import issuance_proposal
from lockgate.reasons import Reason, Rejected
from lockgate.submessages import PKCS10Response, RenewalRequest, RequestKind
from lockgate.vouching import judge_vouching

RENEWABLE = frozenset({EndEntityStatus.NEW, EndEntityStatus.GENERATED})
"""The statuses of end entities whose certificates can be renewed."""


class RenewalProcessor(Processor):
    """Finds whose certificate it is, reads the proof, and certifies the new key for what the end entity is now."""

    def rights(self, request: RenewalRequest, work: CaTransaction) -> frozenset[str]:
        """View, on the CA and profile of the certificate and of its end entity: the holder authenticates itself."""
        found = _found(request, work)
        holder = None if found is None else work.end_entity(found.username)
        concerned = [its for its in (found, holder) if its is not None]
        profiles = (profile_right(its.end_entity_profile) for its in concerned)
        return frozenset({action_right(Action.VIEW), *profiles, *(ca_right(its.ca_name) for its in concerned)})

    def plan(self, request: RenewalRequest, case: Case) -> Plan | Rejected:
        """Judge the certificate, the proof and the new key."""
        holder = _holder(request, case.work)
        if isinstance(holder, Rejected):
            return holder
        proof = case.instruments.renewals.read(request.certificate, request.signed_message, request.content_key)
        if isinstance(proof, Rejected):
            return proof
        read = case.instruments.requests.read(RequestKind.PKCS10, proof.pkcs10)
        if isinstance(read, Rejected):
            return read
        if case.work.is_certified(read.public_key, holder.username):
            return Rejected(Reason.KEY_CERTIFIED_BEFORE)
        execute = partial(self._issue, request, case, case.order(holder, read))
        return Plan(execute, issuance_proposal(holder, holder, read.public_key))

    def _issue(self, request: RenewalRequest, case: Case, order: IssuanceOrder) -> PKCS10Response | Rejected:
        issued = case.work.issue(order)
        if isinstance(issued, Rejected):
            return issued
        return PKCS10Response(
            request_id=request.request_id, success=True, certificate=issued.certificate, pkcs7=issued.pkcs7
        )


def _found(request: RenewalRequest, work: CaTransaction) -> CertificateFacts | None:
    fingerprint = hashlib.sha256(request.certificate).hexdigest()
    username = work.holder(fingerprint)
    known = work.certificates_of(username) if username is not None else ()
    return next((its for its in known if its.fingerprint == fingerprint), None)


def _holder(request: RenewalRequest, work: CaTransaction) -> EndEntity | Rejected:
    """The end entity of a certificate whose key can ask for the next one."""
    found = _found(request, work)
    holder = None if found is None else work.end_entity(found.username)
    if found is None or holder is None:
        return Rejected(Reason.UNKNOWN_CERTIFICATE, "certificate")
    if refused := judge_vouching(found, work):
        return refused
    return holder if holder.status in RENEWABLE else Rejected(Reason.WRONG_STATUS, f"It is {holder.status.name}.")
