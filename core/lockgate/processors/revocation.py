"""RevocationRequest: certificates revoked, put on hold or taken from hold; and end entities revoked."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from lockgate.approval import ApprovalKind
from lockgate.authorization import Action, action_right, ca_right, profile_right
from lockgate.endentity import CertificateFacts, EndEntity, EndEntityStatus
from lockgate.ports import CaTransaction
from lockgate.processors.case import Case, Plan, Processor
from lockgate.processors.compromise import others_to_revoke
from lockgate.processors.naming import named_certificate
from lockgate.processors.proposals import certificates_proposal
from lockgate.reasons import Reason, Rejected
from lockgate.revocation import RevocationReason, next_standing
from lockgate.submessages import RevocationRequest, RevocationResponse

NOTHING_NAMED = "Either username or issuer/serno is required."


@dataclass(frozen=True, slots=True)
class Target:
    """What a request comes to.

    Attributes:
        certificates: whose standing is to change, if it can.
        end_entity: the stored one that `username` names, if any.
    """

    reason: RevocationReason
    certificates: Sequence[CertificateFacts]
    end_entity: EndEntity | None


class RevocationProcessor(Processor):
    """One certificate; or all of an end entity's; or those and the end entity. All of it or nothing."""

    def rights(self, request: RevocationRequest, work: CaTransaction) -> frozenset[str]:
        """Revocation, on the CA and profile of every certificate concerned and of the end entity as stored."""
        target = named(request, work)
        if isinstance(target, Rejected):
            return frozenset({action_right(Action.REVOCATION)})
        concerned = (*target.certificates, *((target.end_entity,) if target.end_entity else ()))
        profiles = (profile_right(its.end_entity_profile) for its in concerned)
        authorities = (ca_right(its.ca_name) for its in concerned)
        return frozenset({action_right(Action.REVOCATION), *profiles, *authorities})

    def plan(self, request: RevocationRequest, case: Case) -> Plan | Rejected:
        """Find what is named and judge what can change."""
        target = named(request, case.work)
        if isinstance(target, Rejected):
            return target
        changes = changeable(request, target)
        if isinstance(changes, Rejected):
            return changes
        proposal = certificates_proposal(ApprovalKind.REVOCATION, changes, target.end_entity)
        return Plan(partial(self._revoke, request, case, target, changes), proposal)

    def _revoke(
        self, request: RevocationRequest, case: Case, target: Target, changes: Sequence[CertificateFacts]
    ) -> RevocationResponse | Rejected:
        if request.revoke_user and target.end_entity:
            rejected = case.work.save_end_entity(replace(target.end_entity, status=EndEntityStatus.REVOKED))
            if rejected:
                return rejected
        _restand(changes, target.reason, case)
        if target.reason is RevocationReason.KEY_COMPROMISE:
            _restand(list(others_to_revoke(changes, case.who, case.work)), target.reason, case)
        return RevocationResponse(request_id=request.request_id, success=True)


def _restand(certificates: Sequence[CertificateFacts], reason: RevocationReason, case: Case) -> None:
    for certificate in certificates:
        case.work.revoke(certificate, reason, case.who.name, case.who.fingerprint)


def named(request: RevocationRequest, work: CaTransaction) -> Target | Rejected:
    """What `request` names, found."""
    incomplete = _incomplete(request)
    if incomplete:
        return Rejected(Reason.INCOMPLETE_REQUEST, incomplete)
    end_entity = work.end_entity(request.username) if request.username is not None else None
    if request.username is not None and end_entity is None:
        return Rejected(Reason.UNKNOWN_END_ENTITY, f"username: {request.username!a}")
    found = _one(request, work) if request.certificate_sn is not None else work.certificates_of(request.username or "")
    return found if isinstance(found, Rejected) else Target(RevocationReason(request.reason), found, end_entity)


def changeable(request: RevocationRequest, target: Target) -> Sequence[CertificateFacts] | Rejected:
    """The certificates whose standing can change; of several, those that cannot are left as they are."""
    judged = [(its, next_standing(its.standing, target.reason, its.reason)) for its in target.certificates]
    changes = [its for its, standing in judged if not isinstance(standing, Rejected)]
    if changes or request.revoke_user:
        return changes
    refused = [standing for _, standing in judged if isinstance(standing, Rejected)]
    return refused[0] if refused else Rejected(Reason.UNKNOWN_CERTIFICATE, "The end entity has none.")


def _incomplete(request: RevocationRequest) -> str | None:
    """What is missing or contradictory."""
    one, every = request.certificate_sn is not None, request.revoke_all or request.revoke_user
    if one != (request.issuer_dn is not None):
        return "issuer_dn and certificate_sn belong together."
    if not one and request.username is None:
        return NOTHING_NAMED
    if one and every:
        return "Either one certificate or all of the end entity's."
    if not one and not every:
        return "With a username alone, revoke_all or revoke_user says that all certificates are meant."
    if request.reason not in set(RevocationReason):
        return f"reason: {request.reason} is none of RFC 5280, 5.3.1."
    return None


def _one(request: RevocationRequest, work: CaTransaction) -> Sequence[CertificateFacts] | Rejected:
    found = named_certificate(request.issuer_dn or "", request.certificate_sn or "", request.username, work)
    return found if isinstance(found, Rejected) else (found,)
