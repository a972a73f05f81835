"""The closure over a statement: every right and approval that its effects need, computed before there is an answer."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lockgate.certification.endentity import CertificationRequest
from lockgate.certification.key_fate import Candidate, Fate, judge_certification
from lockgate.certification.statuses import status_needs
from lockgate.effects.concern import Concern, concern_of, of_certificate, of_key, united
from lockgate.effects.statement import CarryOver, Certify, Effect, HandOut, Save, Statement
from lockgate.effects.view import View
from lockgate.reasons import Reason, Rejected
from lockgate.rights.approval import ApprovalKind

RECOVERY = frozenset({ApprovalKind.KEY_RECOVERY})


@dataclass(frozen=True, slots=True)
class Grant:
    """An approval that was given before, and the CAs and profiles that ask for approvals of the same action today."""

    quorum: int
    concern: Concern


@dataclass(frozen=True, slots=True)
class Closure:
    """The rights and approvals that a statement needs.

    Attributes:
        grants: approvals that were given before.
        doubts: identities of keys that are in doubt; at least one administrator has to approve them.
        impossible: why nobody may do this; None where there is no such reason.
    """

    concern: Concern
    grants: tuple[Grant, ...] = ()
    doubts: frozenset[str] = frozenset()
    impossible: Rejected | None = None


def close(statement: Statement, view: View) -> Closure:
    """The closure over `statement`."""
    asked = Concern(asked=statement.asked)
    rested = (Concern(stored=of_certificate(certificate, view)) for certificate in statement.rests_on)
    concern = united([asked, *rested, *(concern_of(effect, view) for effect in statement.effects)])
    if any(isinstance(effect, CarryOver) for effect in statement.effects):
        concern = concern.by_holder
    grants = (
        Grant(effect.granted, Concern(stored=of_key(effect.certificate, view), kinds=RECOVERY))
        for effect in statement.effects
        if isinstance(effect, HandOut) and effect.granted is not None
    )
    doubts = frozenset(_doubts(statement.effects, view))
    return Closure(concern, tuple(grants), doubts, next(_impossible(statement.effects, view), None))


def _impossible(effects: Iterable[Effect], view: View) -> Iterator[Rejected]:
    """The reason why nobody may do this: a change of status that is never allowed, or a new username that is never
    allowed."""
    for effect in effects:
        if not isinstance(effect, Save):
            continue
        before = effect.before.status if effect.before else None
        if status_needs(before, effect.after.status, effect.way) is None:
            stands = "It is not stored." if before is None else f"It is {before.name}."
            yield Rejected(Reason.WRONG_STATUS, stands)
        elif before is None and (unfit := view.judge_username(effect.after.username)):
            yield unfit


def _doubts(effects: Iterable[Effect], view: View) -> Iterator[str]:
    """Keys in doubt that may be certified once an administrator has approved it."""
    for effect in effects:
        if isinstance(effect, Certify) and isinstance(effect.key, CertificationRequest):
            key, username = view.key_identity(effect.key.public_key), effect.described.username
            key_fate = view.key_fate(key)
            if key_fate.fate is not Fate.IN_DOUBT:
                continue
            shown = any(
                certificate.username == username and certificate.possession.shown
                for certificate in view.certificates_on(key)
            )
            refused = judge_certification(key_fate, Candidate(username, effect.key.possession, shown))
            if refused is not None and refused.reason is Reason.KEY_IN_DOUBT:
                yield key
