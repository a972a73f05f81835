"""End entity profiles: they belong to the registration, say which CAs and certificate profiles may be chosen, and
narrow the names further.

Every field is enforced by `lockgate.profiles.conformity`. A field that is None bounds nothing.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from lockgate.names.altname import KINDS
from lockgate.names.dn import ATTRIBUTE_OIDS
from lockgate.profiles.bounds import Bounds, Flaw, check, counts, one_of, some_of
from lockgate.profiles.certificate_profile import MAX_COUNT, NAMES
from lockgate.rights.approval import MAX_QUORUM, ApprovalKind

EmailRule = Literal["refused", "allowed", "required"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EndEntityProfile:
    """The end entities that may be registered.

    Attributes:
        certificate_profiles: the names that may be chosen.
        certification_authorities: the names that may be chosen. Null: every one.
        username_pattern: a regular expression that the whole username must match.
        subject_attributes, alternative_names: as in a certificate profile; both bounds hold.
        subject_required, alternative_names_required: kinds that must occur.
        email: whether the end entity's e-mail address is refused, allowed or required.
        approvals: as in a certificate profile.

    Raises:
        InvalidProfile: a field breaks its bound.
    """

    certificate_profiles: frozenset[str]
    certification_authorities: frozenset[str] | None = None
    username_pattern: str | None = None
    subject_attributes: Mapping[str, int] | None = None
    subject_required: frozenset[str] = frozenset()
    alternative_names: Mapping[str, int] | None = None
    alternative_names_required: frozenset[str] = frozenset()
    email: EmailRule = "allowed"
    approvals: Mapping[ApprovalKind, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check(self, _BOUNDS)


def _username_pattern(pattern: str) -> Flaw | None:
    try:
        re.compile(pattern)
    except re.error as error:
        return Flaw(str(error))
    return None


_BOUNDS: Bounds = {
    "certificate_profiles": NAMES,
    "certification_authorities": NAMES,
    "username_pattern": _username_pattern,
    "subject_attributes": counts(ATTRIBUTE_OIDS, MAX_COUNT),
    "subject_required": some_of(ATTRIBUTE_OIDS),
    "alternative_names": counts(KINDS, MAX_COUNT),
    "alternative_names_required": some_of(KINDS),
    "email": one_of(get_args(EmailRule)),
    "approvals": counts(tuple(ApprovalKind), MAX_QUORUM),
}
