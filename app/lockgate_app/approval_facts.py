"""What people are shown of an approval: plain values, as in `lockgate_app.facts`.

Everything about the action is read from the octets that administrators sign, member by member: also members that this
version does not know.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lockgate.administration.approvals import ApprovalView
from lockgate.errors import CallerError
from lockgate.rights.approval import Verdict
from lockgate_app.approval_words import effect_title, term, term_of_effect, told
from lockgate_app.words import Facts, moment

Action = Mapping[str, Any]
"""The members of an action."""
_TITLES = {
    "request_type": "request",
    "end_entities": "concerns",
    "kinds": "kinds",
    "effects": "effects",
    "keys_in_doubt": "keys_in_doubt",
    "ca_names": "cas",
    "end_entity_profiles": "end_entity_profiles",
    "certificate_profiles": "certificate_profiles",
    "requester": "requester_certificate",
    "answer_to": "answer_encrypted_to",
    "own_password_of": "shows_password_of",
    "rests_on": "rests_on",
    "delivery": "delivery",
    "secrets": "secrets",
    "revisions": "revisions_of_profiles",
    "quorum": "approvals_needed",
    "version": "request_version",
}
"""The names that people see, in the order in which they see them."""
_DESCRIBED = ("after", "described")
"""Members of effects that describe an end entity as it shall be."""


def read_action(octets: bytes) -> Action:
    """The members of an action.

    Raises:
        CallerError: the octets are not in the canonical form of an action, so that what is shown of them could differ
            from what is signed.
    """
    try:
        action = json.loads(octets)
    except (ValueError, RecursionError):
        raise CallerError("the action is no JSON") from None
    if not isinstance(action, dict) or not _is_canonical(action, octets):
        raise CallerError("the action is not in the canonical form that administrators sign")
    try:
        told_facts(action_facts(action)), told_changes(action)
    except (AttributeError, KeyError, TypeError, RecursionError):
        raise CallerError("the action is not one that this version of Lockgate can show") from None
    return action


def _is_canonical(action: Action, octets: bytes) -> bool:
    try:
        return canonical(action) == octets
    except RecursionError:
        return False


def canonical(action: Action) -> bytes:
    """The octets of an action, as `lockgate.effects.outline` makes them."""
    return json.dumps(action, sort_keys=True, ensure_ascii=True, separators=(",", ":")).encode()


def approval_outline(view: ApprovalView) -> Facts:
    """An approval in a list."""
    action = json.loads(view.approval.action)
    return {
        "id": view.approval.id,
        "status": str(view.standing.status),
        "request": action["request_type"],
        "concerns": _concerned(action),
        "requester": view.requester,
        "approved": f"{_approvals(view)} of {view.approval.quorum}",
        "opened": moment(view.approval.opened),
        "expires": moment(view.approval.expires),
    }


def approval_details(view: ApprovalView) -> Facts:
    """Everything about an approval: the exact changes, and every decision."""
    return {
        **approval_outline(view),
        **action_facts(json.loads(view.approval.action)),
        "decisions": decisions(view),
        "reason": view.standing.reason or None,
        "settled": moment(view.approval.settled),
        "action_digest": view.approval.digest,
    }


def action_facts(action: Action) -> Facts:
    """Every member of an action, for programs as it is signed."""
    known = {title: action.get(name) or None for name, title in _TITLES.items()}
    unknown = {name: value for name, value in action.items() if name not in _TITLES}
    return {**known, "concerns": _concerned(action), **unknown}


def told_facts(facts: Facts) -> Facts:
    """Facts about an approval as people read them; those without a value are left out."""
    return {term(name): _told_each(value) for name, value in facts.items() if value not in (None, "", [], {})}


def told_changes(action: Action) -> Sequence[str]:
    """The effects of an action, a line for each field; `*` marks what differs from what was stored."""
    return [line for change in changes(action) for line in (change.title, *map(_told_field, change.fields))]


@dataclass(frozen=True, slots=True)
class ChangedField:
    """A field of what is changed or made.

    Attributes:
        name: in people's words.
        stored: its value now; None where nothing is stored, or nothing can be compared.
    """

    name: str
    stored: str | None
    asked: str
    differs: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """One effect of an action."""

    title: str
    fields: tuple[ChangedField, ...]


def changes(action: Action, stored: Mapping[str, Action | None] | None = None) -> Sequence[Change]:
    """The effects of an action, field by field.

    Args:
        stored: end entities by their usernames as they are stored now, None where there is none; those that are left
            out are shown as the action says that they were.
    """
    before = {effect["after"]["username"]: effect["before"] for effect in action["effects"] if "before" in effect}
    found = before | dict(stored or {})
    return [Change(effect_title(str(effect["effect"])), tuple(_fields(effect, found))) for effect in action["effects"]]


def _fields(effect: Action, stored: Mapping[str, Action | None]) -> Iterator[ChangedField]:
    for name in _DESCRIBED:
        for field, value in effect.get(name, {}).items():
            yield _compared(field, value, effect[name]["username"], stored)
    for name, value in effect.items():
        if name not in ("effect", "before", *_DESCRIBED):
            yield ChangedField(term_of_effect(name), None, told(value))


def _compared(name: str, value: object, username: str, stored: Mapping[str, Action | None]) -> ChangedField:
    if username not in stored:
        return ChangedField(term(name), None, told(value))
    now = stored[username]
    if now is None:
        return ChangedField(term(name), None, told(value), differs=value not in (None, "", []))
    return ChangedField(term(name), told(now.get(name)), told(value), now.get(name) != value)


def decisions(view: ApprovalView) -> list[str]:
    """Who has decided what, a line for each."""
    return [f"{decision.verdict} by {name} at {moment(decision.created)}" for name, decision in view.decided]


def _concerned(action: Action) -> str:
    return ", ".join(action["end_entities"])


def _approvals(view: ApprovalView) -> int:
    return len({vote.voter for vote in view.votes if vote.decision.verdict is Verdict.APPROVE})


def _told_each(value: object) -> object:
    return [*map(told, value)] if isinstance(value, list) else told(value)


def _told_field(field: ChangedField) -> str:
    before = f" (stored: {field.stored})" if field.stored is not None and field.differs else ""
    return f"{'*' if field.differs else ' '} {field.name}: {field.asked}{before}"
