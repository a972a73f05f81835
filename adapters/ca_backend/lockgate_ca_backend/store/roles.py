"""Roles: access rules, and the certificates that have them."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Select, bindparam, delete, insert, select

from lockgate.administration.listings import UnsettledKind
from lockgate.errors import Conflict
from lockgate.rights.authorization import Member, Role
from lockgate_ca_backend.store import tables
from lockgate_ca_backend.store.unsettled import forget

_role, _member = tables.role, tables.role_member
_OF = (
    select(_role.c.name, _role.c.rules)
    .select_from(_member)
    .join(_role, _member.c.role == _role.c.name)
    .where(_member.c.fingerprint == bindparam("member"))
    .order_by(_role.c.name)
)
# Members before roles, the same order as in `RoleTable.remove`: otherwise two transactions could wait for each other
# for ever.
_OF_LOCKED = _OF.with_for_update(read=True)
_MEMBERS_HELD = select(_member.c.fingerprint).where(_member.c.role == bindparam("role")).with_for_update()
_ROLE_HELD = select(_role.c.name).where(_role.c.name == bindparam("role")).with_for_update()


class RoleTable:
    """The roles in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: dict[str, tuple[Role, ...]] = {}

    def of(self, fingerprint: str) -> tuple[Role, ...]:
        """Every role that the certificate is a member of, each with no other member than this certificate.

        They stay as they are until this transaction ends: a command that removes a role waits for the requests that use
        it.

        Raises:
            Conflict: they are being changed.
        """
        if fingerprint not in self._known:
            found, locked = (self._of(query, fingerprint) for query in (_OF, _OF_LOCKED))
            if found != locked:
                raise Conflict("the roles of the certificate are being changed")
            self._known[fingerprint] = locked
        return self._known[fingerprint]

    def carry_over(self, member: str, joining: str) -> Sequence[str]:
        """Let `joining` belong to every role that `member` belongs to; their names.

        Raises:
            Conflict: they are being changed.
        """
        names = [role.name for role in self.of(member)]
        if names:
            self._connection.execute(insert(_member), [{"role": name, "fingerprint": joining} for name in names])
        self._known.pop(joining, None)
        return names

    def hold(self, name: str) -> None:
        """Wait for the transactions that have read the role `name`, and may have added a member to it; let no other one
        read it until this one ends."""
        for query in (_MEMBERS_HELD, _ROLE_HELD):
            self._connection.execute(query, {"role": name})

    def put(self, role: Role) -> None:
        """Add or replace the role of that name."""
        self.remove(role.name)
        rules = msgspec.json.encode(sorted(role.rules)).decode()
        self._connection.execute(insert(_role).values(name=role.name, rules=rules))
        if role.members:
            members = [{"role": role.name, "fingerprint": member.fingerprint} for member in role.members]
            self._connection.execute(insert(_member), members)

    def remove(self, name: str) -> None:
        """Remove the role of that name, if there is one."""
        self._connection.execute(delete(_member).where(_member.c.role == name))
        self._connection.execute(delete(_role).where(_role.c.name == name))
        forget(self._connection, UnsettledKind.ROLE, name)
        self._known.clear()

    def all(self) -> Sequence[Role]:
        """Every role, by name."""
        members: dict[str, set[Member]] = {}
        for row in self._connection.execute(select(_member)):
            members.setdefault(row.role, set()).add(Member(row.fingerprint))
        rows = self._connection.execute(select(_role).order_by(_role.c.name))
        return [_as_role(row.name, row.rules, members.get(row.name, set())) for row in rows]

    def _of(self, query: Select[Any], fingerprint: str) -> tuple[Role, ...]:
        this = {Member(fingerprint)}
        rows = self._connection.execute(query, {"member": fingerprint})
        return tuple(_as_role(row.name, row.rules, this) for row in rows)


def _as_role(name: str, rules: str, members: set[Member]) -> Role:
    return Role(name, frozenset(msgspec.json.decode(rules, type=list[str])), frozenset(members))
