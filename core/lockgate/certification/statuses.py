"""The changes of status that an end entity may make, and the actions that each needs: one table.

A change that the table does not list is refused (docs/threat-model.md, rule 33).
"""

from dataclasses import dataclass
from enum import StrEnum

from lockgate.certification.endentity import EndEntityStatus
from lockgate.rights.authorization import Action

NEW, FAILED, GENERATED = EndEntityStatus.NEW, EndEntityStatus.FAILED, EndEntityStatus.GENERATED
REVOKED, HISTORICAL = EndEntityStatus.REVOKED, EndEntityStatus.HISTORICAL
KEY_RECOVERY = EndEntityStatus.KEY_RECOVERY
OPEN = frozenset({NEW, FAILED, EndEntityStatus.INITIALIZED, EndEntityStatus.IN_PROCESS})
"""The statuses in which an end entity waits for a certificate."""
ANY: frozenset[EndEntityStatus | None] = frozenset({None, *EndEntityStatus})


class Way(StrEnum):
    """The ways in which the status of an end entity changes."""

    EDIT = "edit"
    """The request describes the end entity and its status."""
    ISSUE = "issue"
    """A certificate is issued; the request describes the end entity."""
    OWN_PASSWORD = "own password"  # noqa: S105  (a way, not a password)
    """A certificate is issued; the end entity's password authenticates it."""
    VENDOR = "vendor"
    """A certificate is issued; the one that its vendor has issued to the device authenticates it."""
    RENEWAL = "renewal"
    """A certificate is issued; the key of one that stands asks for it."""
    CARD_RENEWAL = "card renewal"
    """The same for both certificates of a card."""
    HAND_OUT = "hand-out"
    """A kept key is handed out; the end entity's password authenticates it."""
    REVOCATION = "revocation"
    """The end entity is revoked with its certificates."""


@dataclass(frozen=True, slots=True)
class _Row:
    before: frozenset[EndEntityStatus | None]
    after: frozenset[EndEntityStatus]
    ways: frozenset[Way]
    needs: frozenset[Action]


def _row(before: object, after: object, ways: object, *needs: Action) -> _Row:
    return _Row(frozenset(before), frozenset(after), frozenset(ways), frozenset(needs))  # type: ignore[call-overload]


_DESCRIBED = (Way.EDIT, Way.ISSUE)
_ROWS = (
    _row({None}, OPEN | {GENERATED, HISTORICAL}, _DESCRIBED, Action.CREATE),
    _row({None}, {REVOKED}, {Way.EDIT}, Action.CREATE, Action.REVOCATION),
    _row(OPEN | {GENERATED}, OPEN | {GENERATED, HISTORICAL}, _DESCRIBED, Action.EDIT),
    _row(OPEN - {FAILED}, {GENERATED}, {Way.OWN_PASSWORD}, Action.VIEW),
    _row({NEW}, {GENERATED}, {Way.VENDOR}, Action.VIEW),
    _row({NEW, GENERATED}, {GENERATED}, {Way.RENEWAL}, Action.VIEW),
    _row({NEW}, {GENERATED}, {Way.CARD_RENEWAL}, Action.VIEW),
    _row(ANY - {None}, {REVOKED}, {Way.EDIT, Way.REVOCATION}, Action.REVOCATION),
    _row({REVOKED}, {HISTORICAL, NEW}, {Way.EDIT}, Action.EDIT, Action.REVOCATION),
    _row({HISTORICAL}, {NEW}, {Way.EDIT}, Action.EDIT, Action.REVOCATION),
    _row(OPEN | {GENERATED}, {KEY_RECOVERY}, {Way.EDIT}, Action.EDIT, Action.KEY_RECOVERY),
    _row(
        {KEY_RECOVERY},
        OPEN | {GENERATED, HISTORICAL, KEY_RECOVERY},
        {Way.EDIT},
        Action.EDIT,
        Action.KEY_RECOVERY,
    ),
    _row({KEY_RECOVERY}, {GENERATED}, {Way.HAND_OUT}, Action.VIEW),
)


def status_needs(before: EndEntityStatus | None, after: EndEntityStatus, way: Way) -> frozenset[Action] | None:
    """The actions that the change needs; None where nobody may make it.

    Args:
        before: None for an end entity that is not stored.
    """
    return next((row.needs for row in _ROWS if before in row.before and after in row.after and way in row.ways), None)


def clears_password(before: EndEntityStatus | None, after: EndEntityStatus) -> bool:
    """Whether the change clears the stored password. It does if the password can fetch a certificate or key in the new
    status and could not in the old one: the people who ask for the change were not told who knows the password.
    """
    usable = OPEN if after in OPEN else {KEY_RECOVERY}
    return after in usable and before is not None and before not in usable
