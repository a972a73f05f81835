"""Roles, rules and the decision."""

import pytest

from lockgate.errors import ConfigurationError
from lockgate.rights.authorization import (
    SUPERADMINISTRATOR,
    Action,
    Administrator,
    Allowed,
    Denied,
    Member,
    Role,
    action_right,
    ca_right,
    decide,
    profile_right,
)

NEEDED = (ca_right("CA"), profile_right("P"), action_right(Action.CREATE))
ALL = frozenset({"/administrator", *NEEDED})


def who(*rule_sets: frozenset[str]) -> Administrator:
    return Administrator("ra", "00", tuple(Role(f"role {n}", rules) for n, rules in enumerate(rule_sets)))


def test_all_rights_from_one_role_are_allowed() -> None:
    assert decide(who(frozenset(), ALL), NEEDED) == Allowed("role 1")


@pytest.mark.parametrize("missing", sorted(ALL))
def test_each_missing_right_denies_and_is_named(missing: str) -> None:
    assert decide(who(ALL - {missing}), NEEDED) == Denied((missing,), "role 0")


def test_half_sufficient_roles_do_not_add_up() -> None:
    assert isinstance(decide(who(ALL - {NEEDED[0]}, ALL - {NEEDED[1]}), NEEDED), Denied)


def test_no_role_and_no_rules_deny() -> None:
    assert decide(who(), NEEDED) == Denied(("/administrator",), None)
    assert decide(who(frozenset()), ()) == Denied(("/administrator",), "role 0")


def test_a_branch_covers_its_own_kind_only() -> None:
    role = Role("r", frozenset({"/ca/*"}))
    assert role.grants("/ca/CA")
    assert not role.grants("/endentityprofile/P")
    assert not role.grants("/administrator")


def test_the_superadministrator_may_do_everything() -> None:
    assert isinstance(decide(SUPERADMINISTRATOR, NEEDED), Allowed)


def test_a_rule_that_does_not_exist_is_a_configuration_error() -> None:
    with pytest.raises(ConfigurationError, match="/cas/CA"):
        Role("r", frozenset({"/cas/CA"}))


@pytest.mark.parametrize("fingerprint", ["", "ff", "F" * 64, "f" * 63, "f" * 65, "g" * 64, "f" * 64 + "\n"])
def test_a_member_is_a_fingerprint(fingerprint: str) -> None:
    with pytest.raises(ConfigurationError, match="fingerprint"):
        Member(fingerprint)
