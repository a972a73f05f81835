"""The actions and objects that an effect concerns. This is the one place that defines them, and so the rights and
approvals.

An end entity concerns its CA and its profiles, as it is stored and as it shall be stored. A certificate concerns its CA
and the profiles under which it was issued, and its owner as stored now. A kept key concerns every certificate on that
key (docs/threat-model.md, rule 8).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import reduce
from operator import or_

from lockgate.certification.endentity import (
    CertificateFacts,
    CertificationRequest,
    EndEntity,
    EndEntityStatus,
)
from lockgate.certification.statuses import Way, status_needs
from lockgate.effects.statement import (
    NO_OBJECTS,
    Attempt,
    CarryOver,
    Certify,
    Deliver,
    Effect,
    Foreign,
    HandOut,
    KeptKeyOf,
    Objects,
    Read,
    Restand,
    Save,
    SetPassword,
    Statement,
)
from lockgate.effects.view import View
from lockgate.errors import Defect
from lockgate.rights.approval import ApprovalKind, Proposal
from lockgate.rights.authorization import Action, action_right

APPROVALS = {
    Action.CREATE: ApprovalKind.END_ENTITY,
    Action.EDIT: ApprovalKind.END_ENTITY,
    Action.REVOCATION: ApprovalKind.REVOCATION,
    Action.KEY_RECOVERY: ApprovalKind.KEY_RECOVERY,
}
"""The kind of approval that each action may need; other actions need none."""
DESCRIBING = frozenset({Way.EDIT, Way.ISSUE})
"""Where the request describes the end entity."""
ORDINARY = {Way.EDIT: Action.EDIT, Way.ISSUE: Action.EDIT, Way.REVOCATION: Action.REVOCATION}
"""The action of each way; the others need view."""


@dataclass(frozen=True, slots=True)
class Concern:
    """The actions and objects that effects concern.

    Attributes:
        stored: objects as the CA knows them; the requester need not know of them.
        asked: objects that the request itself names.
        kinds: the kinds of approval that may be needed, on every object.
        hidden: further actions that only what is stored asks for; the requester need not know of that either.
        own: objects that the requester's own certificate concerns; approvals are asked for by them, and no right is.
        describes: whether the request describes an end entity, and so adds one of that name or edits it.
    """

    actions: frozenset[Action] = frozenset()
    stored: Objects = NO_OBJECTS
    asked: Objects = NO_OBJECTS
    kinds: frozenset[ApprovalKind] = frozenset()
    hidden: frozenset[Action] = frozenset()
    describes: bool = False
    own: Objects = NO_OBJECTS

    def __or__(self, other: "Concern") -> "Concern":
        return Concern(
            self.actions | other.actions,
            self.stored | other.stored,
            self.asked | other.asked,
            self.kinds | other.kinds,
            self.hidden | other.hidden,
            self.describes or other.describes,
            self.own | other.own,
        )

    @property
    def by_holder(self) -> "Concern":
        """The same concern for a requester who owns all the stored objects: that requester needs no right to view
        them."""
        return replace(self, actions=self.actions - {Action.VIEW}, stored=NO_OBJECTS, own=self.stored)

    @property
    def objects(self) -> Objects:
        """All of them."""
        return self.stored | self.asked | self.own

    @property
    def proposal(self) -> Proposal:
        """The proposal that administrators may have to approve."""
        concerned = self.objects
        return Proposal(
            kinds=self.kinds,
            ca_names=concerned.ca_names,
            certificate_profiles=concerned.certificate_profiles,
            end_entity_profiles=concerned.end_entity_profiles,
        )

    @property
    def tellable(self) -> frozenset[str]:
        """The rights that follow from the request, and from whether an end entity that it describes is stored."""
        return self.asked.rights | frozenset(map(action_right, self.actions))

    @property
    def if_unknown(self) -> frozenset[str]:
        """The rights that a refusal names first: those that the request would need if nothing of it were stored."""
        actions = self.actions - {Action.EDIT} | {Action.CREATE} if self.describes else self.actions
        return self.asked.rights | frozenset(map(action_right, actions))

    @property
    def rights(self) -> frozenset[str]:
        """Every right: every action, and every object."""
        return self.tellable | self.stored.rights | frozenset(map(action_right, self.hidden))


def united(concerns: Iterable[Concern]) -> Concern:
    """The union of all concerns."""
    return reduce(or_, concerns, Concern())


def concern_of(effect: Effect, view: View) -> Concern:
    """The concern of one effect."""
    match effect:
        case Save():
            needed, said = _save_actions(effect), _said(effect)
            told = _acting(needed & said, _of_save(effect, view), _asked(effect))
            return told | Concern(describes=effect.way in DESCRIBING) | _hiding(needed - said)
        case SetPassword():
            action = Action.CREATE if effect.before is None else Action.EDIT
            return _acting({action}, _of_end_entities(effect.before))
        case Certify():
            return _certification(effect, view)
        case CarryOver():
            return _acting({Action.OWN_RENEWAL})
        case HandOut():
            action = Action.KEY_RECOVERY if effect.granted is None else Action.VIEW
            return _acting({action}, of_key(effect.certificate, view))
        case Restand():
            return _acting({Action.REVOCATION}, of_certificate(effect.certificate, view))
        case Read():
            return _reading(effect, view)
        case Attempt():
            return _acting({effect.action})
        case Foreign() | Deliver():
            return _of_service(effect, view)
    raise Defect(f"no such effect: {type(effect).__name__}")


def _acting(actions: Iterable[Action], stored: Objects = NO_OBJECTS, asked: Objects = NO_OBJECTS) -> Concern:
    needed = frozenset(actions)
    kinds = frozenset(APPROVALS[action] for action in needed if action in APPROVALS)
    return Concern(needed, stored, asked, kinds)


def _hiding(actions: frozenset[Action]) -> Concern:
    """Actions that are needed but not named to the requester."""
    return Concern(kinds=_acting(actions).kinds, hidden=actions)


def _said(save: Save) -> frozenset[Action]:
    """The actions that follow from the request itself; others follow from the status that is stored."""
    by_status = {EndEntityStatus.REVOKED: Action.REVOCATION, EndEntityStatus.KEY_RECOVERY: Action.KEY_RECOVERY}
    plain = {Action.CREATE, Action.EDIT, Action.VIEW}
    return frozenset(plain | {action for status, action in by_status.items() if save.after.status is status})


def _save_actions(save: Save) -> frozenset[Action]:
    """The actions of a change of status.

    A change that is never allowed needs the same actions as an ordinary change: it is refused later, and only
    requesters who have these rights learn that.
    """
    needed = status_needs(save.before.status if save.before else None, save.after.status, save.way)
    if needed is None:
        return frozenset({ORDINARY.get(save.way, Action.VIEW) if save.before else Action.CREATE})
    revoked_anew = save.before is not None and save.after.status is EndEntityStatus.REVOKED and save.described_anew
    return needed | {Action.EDIT} if revoked_anew else needed


def _of_save(save: Save, view: View) -> Objects:
    """The end entity before and after, and the kept key that it may fetch before or after the change."""
    objects = _of_end_entities(save.before, save.after)
    for end_entity in (save.before, save.after):
        recovery = end_entity.recovery if end_entity else None
        certificate = view.certificate_with(recovery.fingerprint) if recovery else None
        objects |= of_key(certificate, view) if certificate else NO_OBJECTS
    return objects


def _asked(save: Save) -> Objects:
    return _of_end_entities(save.after) if save.way in DESCRIBING else NO_OBJECTS


def _certification(certify: Certify, view: View) -> Concern:
    concerned = _of_end_entities(certify.owner, certify.described)
    concern = Concern(stored=concerned, kinds=frozenset({ApprovalKind.ISSUE}))
    if certify.described != certify.owner:
        concern |= _acting({Action.EDIT})
    if isinstance(certify.key, KeptKeyOf):
        return concern | _acting({Action.KEY_RECOVERY}, of_key(certify.key.certificate, view))
    if isinstance(certify.key, CertificationRequest) and not certify.key.possession.shown:
        return concern | _acting({Action.CERTIFY_UNPROVEN})
    return concern


def _reading(read: Read, view: View) -> Concern:
    if isinstance(read.about, str):
        return _acting({Action.VIEW}, asked=Objects(frozenset({read.about})))
    return _acting({Action.VIEW}, of_certificate(read.about, view))


def _of_service(effect: Foreign | Deliver, view: View) -> Concern:
    if isinstance(effect, Deliver):
        return _acting({Action.DELIVER}, asked=Objects(aliases=frozenset({effect.alias})))
    stored = _of_end_entities(*effect.end_entities)
    for certificate in effect.certificates:
        stored |= of_certificate(certificate, view)
    acting = _acting(effect.actions, stored, Objects(effect.ca_names, effect.end_entity_profiles))
    return acting | Concern(kinds=effect.kinds)


def _of_end_entities(*end_entities: EndEntity | None) -> Objects:
    known = [end_entity for end_entity in end_entities if end_entity is not None]
    return Objects(
        frozenset(end_entity.ca_name for end_entity in known),
        frozenset(end_entity.end_entity_profile for end_entity in known),
        frozenset(end_entity.certificate_profile for end_entity in known),
    )


def of_certificate(certificate: CertificateFacts, view: View) -> Objects:
    """Its CA and its profiles at issue, and its owner as stored now."""
    issued = Objects(
        frozenset({certificate.ca_name}),
        frozenset({certificate.end_entity_profile}),
        frozenset({certificate.certificate_profile}),
    )
    return issued | _of_end_entities(view.end_entity(certificate.username))


def of_key(certificate: CertificateFacts, view: View) -> Objects:
    """Every certificate for the key, and their owners. The certificate that the key was made for is one of them."""
    objects = of_certificate(certificate, view)
    for other in view.certificates_on(certificate.key):
        objects |= of_certificate(other, view)
    return objects


def concerned(statement: Statement) -> frozenset[str]:
    """The usernames of the end entities that the effects change, or whose keys they hand out. A revocation of
    certificates alone is none of them: it waits for nothing."""
    named = (username for effect in statement.effects for username in _usernames(effect))
    proof = statement.proof
    return frozenset(named) | frozenset({proof.username} if proof else ())


def _usernames(effect: Effect) -> Iterable[str]:
    match effect:
        case Save():
            return (effect.after.username,)
        case SetPassword():
            return (effect.username,)
        case Certify():
            return (effect.owner.username,)
        case HandOut() | CarryOver():
            return (effect.certificate.username,)
        case Foreign():
            certificates = (certificate.username for certificate in effect.certificates)
            return (*(end_entity.username for end_entity in effect.end_entities), *certificates)
    return ()
