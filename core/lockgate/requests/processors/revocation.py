"""RevocationRequest: certificates revoked, put on hold or taken from hold; and end entities revoked."""

from collections.abc import Sequence
from dataclasses import dataclass

from lockgate.certification.endentity import CertificateFacts, EndEntity, EndEntityStatus
from lockgate.certification.revocation import RevocationReason, next_standing
from lockgate.certification.statuses import Way
from lockgate.effects.execution import Outcomes
from lockgate.effects.statement import Attempt, Effect, Restand, Save, Statement
from lockgate.effects.view import View
from lockgate.reasons import Reason, Rejected
from lockgate.requests.processors.base import Processor
from lockgate.requests.processors.naming import UNKNOWN_CERTIFICATE, named_certificate, naming_nothing
from lockgate.requests.submessages import RevocationRequest, RevocationResponse
from lockgate.rights.authorization import Action
from lockgate.rights.signer import CertificateStanding

NOTHING_NAMED = "Either username or issuer/serno is required."
UNKNOWN_END_ENTITY = Rejected(Reason.UNKNOWN_END_ENTITY)
TEMPORARY = frozenset({RevocationReason.CERTIFICATE_HOLD, RevocationReason.REMOVE_FROM_CRL})
"""Reasons after which a certificate may become good again, so no end entity is revoked with them."""


@dataclass(frozen=True, slots=True)
class _Target:
    """The objects that a request names.

    Attributes:
        certificates: whose standing is to change, if it can.
        end_entity: the stored one that `username` names, or all of whose certificates are to be revoked, if any.
    """

    certificates: tuple[CertificateFacts, ...]
    end_entity: EndEntity | None


class RevocationProcessor(Processor):
    """One certificate; or all of an end entity's; or those and the end entity. All of it or nothing."""

    def state(self, request: RevocationRequest, view: View) -> Statement | Rejected:
        """Find the named objects and judge which can change."""
        if incomplete := _incomplete(request):
            return Rejected(Reason.INCOMPLETE_REQUEST, incomplete)
        unknown = UNKNOWN_END_ENTITY if request.certificate_sn is None else UNKNOWN_CERTIFICATE
        target = _named(request, view)
        if isinstance(target, Rejected):
            return target
        if target is None:
            return naming_nothing(Action.REVOCATION, unknown)
        changes = _changeable(request, target.certificates)
        return Statement(
            (Attempt(Action.REVOCATION), *_effects(request, target, changes)),
            rests_on=target.certificates,
            refusal=changes if isinstance(changes, Rejected) else None,
            unknown=unknown,
        )

    def respond(self, request: RevocationRequest, outcomes: Outcomes) -> RevocationResponse:  # noqa: ARG002
        """That it is done."""
        return RevocationResponse(request_id=request.request_id, success=True)


def _incomplete(request: RevocationRequest) -> str | None:
    """Missing or contradictory fields."""
    one, every = request.certificate_sn is not None, request.revoke_all or request.revoke_user
    if one != (request.issuer_dn is not None):
        return "issuer_dn and certificate_sn belong together."
    if not one and request.username is None:
        return NOTHING_NAMED
    if not one and not every:
        return "With a username alone, revoke_all or revoke_user says that all certificates are meant."
    if request.reason not in set(RevocationReason):
        return f"reason: {request.reason} is none of RFC 5280, 5.3.1."
    if request.revoke_user and request.reason in TEMPORARY:
        return f"revoke_user: an end entity is not revoked with {RevocationReason(request.reason).name}."
    return None


def _named(request: RevocationRequest, view: View) -> _Target | Rejected | None:
    """The stored objects that `request` names; None where there is no such object."""
    end_entity = view.end_entity(request.username) if request.username is not None else None
    if request.username is not None and end_entity is None:
        return None
    if request.certificate_sn is None:
        return _Target(tuple(view.certificates_of(request.username or "")), end_entity)
    found = named_certificate(request.issuer_dn or "", request.certificate_sn, request.username, view)
    if not isinstance(found, CertificateFacts):
        return found
    if not (request.revoke_all or request.revoke_user):
        return _Target((found,), end_entity)
    return _Target(tuple(view.certificates_of(found.username)), view.end_entity(found.username))


def _changeable(
    request: RevocationRequest, certificates: Sequence[CertificateFacts]
) -> Sequence[CertificateFacts] | Rejected:
    """The certificates whose standing can change; of several, those that cannot are left as they are."""
    reason = RevocationReason(request.reason)
    judged = [(known, next_standing(known.standing, reason, known.reason)) for known in certificates]
    changes = [certificate for certificate, standing in judged if not isinstance(standing, Rejected)]
    if changes or request.revoke_user or (request.revoke_all and _nothing_left(reason, certificates)):
        return changes
    refused = [standing for _, standing in judged if isinstance(standing, Rejected)]
    return refused[0] if refused else Rejected(Reason.UNKNOWN_CERTIFICATE, "The end entity has none.")


def _nothing_left(reason: RevocationReason, certificates: Sequence[CertificateFacts]) -> bool:
    """Whether all are revoked already, as for a request that is sent again."""
    left = [certificate for certificate in certificates if certificate.standing is not CertificateStanding.REVOKED]
    return bool(certificates) and not left and reason not in TEMPORARY


def _effects(
    request: RevocationRequest, target: _Target, changes: Sequence[CertificateFacts] | Rejected
) -> Sequence[Effect]:
    """An end entity that has no certificate is stated as well, so that nobody learns of it without the rights on it."""
    revoked: list[Effect] = []
    if target.end_entity is not None and (request.revoke_user or not target.certificates):
        after = target.end_entity.in_status(EndEntityStatus.REVOKED)
        revoked.append(Save(target.end_entity, after, Way.REVOCATION))
    if isinstance(changes, Rejected):
        return revoked
    return [*revoked, *(Restand(certificate, RevocationReason(request.reason)) for certificate in changes)]
