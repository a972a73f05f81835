"""Roles: their access rules and their members.

A rule must name something: a CA, an end entity profile or an action that there is. A misspelt rule would grant nothing
today, but would grant access once a CA of that name is created. Aliases of the CMP service stand in each node's
configuration, so that their names alone are checked.
"""

import re
from collections.abc import Callable, Iterator, Sequence

from lockgate.audit import Event
from lockgate.errors import CallerError
from lockgate.names.dn import DistinguishedName, check_text
from lockgate.rights.authorization import (
    ADMINISTRATOR,
    EVERYTHING,
    Action,
    Member,
    Role,
    action_right,
    ca_right,
    profile_right,
)
from lockgate_ca_backend.administration.work import AdministrativeWork
from lockgate_ca_backend.registry.unit_of_work import UnitOfWork

_ALIAS = re.compile(r"/cmp/(\*|[A-Za-z0-9._-]{1,64})")


class RoleAdministration(AdministrativeWork):
    """Roles."""

    def add_role(self, role: Role) -> None:
        """Add a role.

        Raises:
            CallerError: there is one of that name, or a rule names nothing that there is.
        """
        with self._work() as work:
            check_text("the role's name", role.name)
            if _find(work, role.name) is not None:
                raise CallerError(f"there is a role {role.name} already")
            _check_rules(work, role.name, role.rules)
            self._put_role(work, role, role.members, frozenset())

    def edit_role(self, name: str, change: Callable[[Role], Role]) -> Role:
        """Replace a role by the return value of `change`; rules that it had already are not judged again.

        Raises:
            CallerError: there is none of that name, or a new rule names nothing that there is.
        """
        with self._work() as work:
            stored = _require(work, name)
            role = change(stored)
            _check_rules(work, name, role.rules - stored.rules)
            self._put_role(work, role, role.members - stored.members, stored.members - role.members)
        return role

    def remove_role(self, name: str) -> None:
        """Remove a role; its members lose what it granted.

        Raises:
            CallerError: there is none of that name.
        """
        with self._work() as work:
            _require(work, name)
            work.store.roles.remove(name)
            self._audit(work, Event.ROLE_CHANGED, name, rules="", members="0", removed="yes")

    def put_role(self, role: Role) -> None:
        """Add or replace a role."""
        with self._work() as work:
            stored = _find(work, role.name)
            before: frozenset[Member] = frozenset() if stored is None else stored.members
            self._put_role(work, role, role.members - before, before - role.members)

    def member(self, issuer: DistinguishedName, serial_number: int) -> Member:
        """The member that the stored certificate with that issuer and serial number is.

        Raises:
            CallerError: no such certificate is stored.
        """
        with self._work() as work:
            found = work.certificates.find(issuer, serial_number)
        if found is None:
            raise CallerError(f"no certificate with the serial number {serial_number:x} was issued here by {issuer}")
        return Member(found.fingerprint)

    def roles(self) -> Sequence[Role]:
        """Every role, by name."""
        with self._work() as work:
            return work.store.roles.all()

    def _put_role(self, work: UnitOfWork, role: Role, joined: frozenset[Member], left: frozenset[Member]) -> None:
        work.store.roles.put(role)
        self._audit(
            work,
            Event.ROLE_CHANGED,
            role.name,
            rules=" ".join(sorted(role.rules)),
            members=str(len(role.members)),
            joined=_listed(joined),
            left=_listed(left),
        )


def member_text(member: Member) -> str:
    """Who `member` is, in words."""
    return f"certificate {member.fingerprint}"


def _listed(members: frozenset[Member]) -> str:
    return "; ".join(sorted(map(member_text, members)))


def _find(work: UnitOfWork, name: str) -> Role | None:
    work.store.roles.hold(name)
    return next((role for role in work.store.roles.all() if role.name == name), None)


def _require(work: UnitOfWork, name: str) -> Role:
    role = _find(work, name)
    if role is None:
        raise CallerError(f"there is no role {name}")
    return role


def _check_rules(work: UnitOfWork, name: str, rules: frozenset[str]) -> None:
    for rule in sorted(rules - set(_meaningful(work))):
        if _ALIAS.fullmatch(rule) is None:
            raise CallerError(f"role {name}: {rule} names no CA, end entity profile or action that there is")


def _meaningful(work: UnitOfWork) -> Iterator[str]:
    """Every rule that grants something now."""
    yield from (EVERYTHING, ADMINISTRATOR, ca_right("*"), profile_right("*"), "/action/*")
    yield from map(ca_right, work.store.authorities.outlines())
    yield from map(profile_right, work.store.profiles.all().end_entity)
    yield from map(action_right, Action)
