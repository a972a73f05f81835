"""What the requests share that describe an end entity: reading the description, and the rights it needs."""

from collections.abc import Set

from lockgate.altname import parse_alt_name
from lockgate.authorization import Action, action_right, ca_right, profile_right
from lockgate.dn import check_text, parse_dn
from lockgate.endentity import EndEntity, EndEntityStatus, TokenType
from lockgate.errors import InvalidName
from lockgate.ports import CaTransaction
from lockgate.reasons import Reason, Rejected
from lockgate.submessages import EndEntityRequest

ENROLLABLE = frozenset({EndEntityStatus.NEW, EndEntityStatus.FAILED, EndEntityStatus.IN_PROCESS})
"""From which statuses an end entity may enrol with its own password."""


def registration_rights(request: EndEntityRequest, work: CaTransaction, *actions: Action) -> frozenset[str]:
    """The CA and end entity profile that are asked for and those that are stored, and the actions.

    Args:
        actions: none for what adding or editing takes: create for a new end entity, edit for a stored one.
    """
    stored = work.end_entity(request.username)
    actions = actions or (Action.CREATE if stored is None else Action.EDIT,)
    profiles = {request.end_entity_profile} | ({stored.end_entity_profile} if stored else set())
    authorities = {request.ca_name} | ({stored.ca_name} if stored else set())
    return frozenset({*map(action_right, actions), *map(profile_right, profiles), *map(ca_right, authorities)})


def described(
    request: EndEntityRequest,
    status: EndEntityStatus = EndEntityStatus.NEW,
    token: TokenType = TokenType.USER_GENERATED,
) -> EndEntity | Rejected:
    """The end entity that `request` describes."""
    try:
        check_text("username", request.username)
        subject_dn, alt_name = parse_dn(request.subject_dn), parse_alt_name(request.subject_alt_name)
    except InvalidName as error:
        return Rejected(Reason.BAD_NAME, str(error))
    return EndEntity(
        username=request.username,
        subject_dn=subject_dn,
        subject_alt_name=alt_name,
        email=request.email,
        end_entity_profile=request.end_entity_profile,
        certificate_profile=request.certificate_profile,
        ca_name=request.ca_name,
        status=status,
        token=token,
    )


def authenticated(
    username: str,
    password: str | None,
    work: CaTransaction,
    statuses: Set[EndEntityStatus] = ENROLLABLE,
) -> EndEntity | Rejected:
    """The stored end entity, if `password` is its own and its status is one of `statuses`."""
    wrong = work.check_password(username, password)
    if wrong:
        return wrong
    stored = work.end_entity(username)
    if stored is None:
        return Rejected(Reason.WRONG_CREDENTIALS)
    return stored if stored.status in statuses else Rejected(Reason.WRONG_STATUS, f"It is {stored.status.name}.")
