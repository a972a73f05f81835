"""Who may do what: roles and access rules as data, judged by `decide`. Default deny.

A signed request acts with exactly the rights of its signer; an unsigned one, where the worker allows it, as
superadministrator. A right is a path: `/administrator`, `/ca/NAME`, `/endentityprofile/NAME`, `/cmp/ALIAS`,
`/action/NAME`. A rule in a role is such a path, or a whole branch (`/ca/*`), or `/` for everything. One role must grant
every right that a request needs: two roles, each half sufficient, do not add up.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from lockgate.errors import ConfigurationError
from lockgate.reasons import Reason, Rejected
from lockgate.rights.signer import TrustedCertificate


class Action(StrEnum):
    """The actions on end entities and their certificates.

    CERTIFY_UNPROVEN is to certify a key whose possession nobody has shown: a bare public key, and a key that only an
    old certificate vouches for. OWN_RENEWAL is to renew the certificate that signs the request itself, memberships in
    roles included. DELIVER is to hand a message of another protocol to the CA's service for it; what that message asks
    for needs the rights of its own sender. CONSOLE is to read everything that the console shows, of every
    CA and profile.
    """

    VIEW = "view"
    CREATE = "create"
    EDIT = "edit"
    DELETE = "delete"
    KEY_RECOVERY = "keyrecovery"
    REVOCATION = "revocation"
    APPROVE = "approve"
    CERTIFY_UNPROVEN = "certifyunproven"
    OWN_RENEWAL = "ownrenewal"
    DELIVER = "deliver"
    CONSOLE = "console"


ADMINISTRATOR = "/administrator"
EVERYTHING = "/"
BRANCHES = ("/ca/", "/endentityprofile/", "/action/", "/cmp/")
SUPERADMINISTRATOR_RULES = frozenset({EVERYTHING})
_FINGERPRINT = re.compile("[0-9a-f]{64}")


def ca_right(name: str) -> str:
    """Access to the CA of that name."""
    return f"/ca/{name}"


def profile_right(name: str) -> str:
    """Access to the end entity profile of that name."""
    return f"/endentityprofile/{name}"


def alias_right(alias: str) -> str:
    """Access to the alias of that name of the CA's CMP service."""
    return f"/cmp/{alias}"


def action_right(action: Action) -> str:
    """Leave to do `action`."""
    return f"/action/{action}"


@dataclass(frozen=True, slots=True)
class Member:
    """Who belongs to a role: the one certificate with this fingerprint.

    Subjects, issuers and serial numbers are not compared: somebody who can have a certificate issued may be able to
    choose them.

    Attributes:
        fingerprint: SHA-256 over the DER certificate, lower-case hexadecimal.
    """

    fingerprint: str

    def __post_init__(self) -> None:
        if not _FINGERPRINT.fullmatch(self.fingerprint):
            raise ConfigurationError("a role's member is the SHA-256 fingerprint of a certificate, hexadecimal")


@dataclass(frozen=True, slots=True)
class Role:
    """A set of access rules and the certificates that have them."""

    name: str
    rules: frozenset[str]
    members: frozenset[Member] = frozenset()

    def __post_init__(self) -> None:
        for rule in self.rules:
            if rule not in (EVERYTHING, ADMINISTRATOR) and not rule.startswith(BRANCHES):
                raise ConfigurationError(f"role {self.name}: no such access rule: {rule}")

    def grants(self, right: str) -> bool:
        """Whether this role's rules cover `right`."""
        branch = right.rpartition("/")[0] + "/*"
        return bool({right, branch, EVERYTHING} & self.rules)


@dataclass(frozen=True, slots=True)
class Administrator:
    """The administrator that a request acts as.

    Attributes:
        name: for the audit log: the certificate's subject and serial number, or `superadministrator`.
        fingerprint: of the signer's certificate; None for unsigned requests.
    """

    name: str
    fingerprint: str | None
    roles: tuple[Role, ...]

    @classmethod
    def of(cls, signer: TrustedCertificate, roles: tuple[Role, ...]) -> "Administrator":
        """The administrator whose requests `signer` signs."""
        return cls(signer.name, signer.fingerprint, roles)

    @property
    def is_administrator(self) -> bool:
        """Whether any role makes this an RA administrator at all."""
        return any(role.grants(ADMINISTRATOR) for role in self.roles)


SUPERADMINISTRATOR = Administrator("superadministrator", None, (Role("superadministrator", SUPERADMINISTRATOR_RULES),))
"""The administrator that an unsigned request acts as, if the worker does not require signatures."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """The role that grants everything the request needs."""

    role: str


@dataclass(frozen=True, slots=True)
class Denied:
    """Every right that the best matching role lacks, and that role (None: no role at all)."""

    rights: tuple[str, ...]
    role: str | None

    @property
    def missing(self) -> str:
        """The rights in words."""
        return ", ".join(self.rights)

    @property
    def rejected(self) -> Rejected:
        """The answer to the requester."""
        stranger = self == NO_ADMINISTRATOR
        reason = Reason.SIGNER_NOT_ADMINISTRATOR if stranger else Reason.NOT_AUTHORIZED
        return Rejected(reason, f"Missing: {self.missing}", internal=f"role: {self.role}")


NO_ADMINISTRATOR = Denied((ADMINISTRATOR,), None)
"""The denial for a requester who is a member of no administrators' role."""


def decide(who: Administrator, needed: Iterable[str]) -> Allowed | Denied:
    """Whether one of `who`'s roles grants every right in `needed`; being an administrator is always needed."""
    rights = (ADMINISTRATOR, *sorted(set(needed)))
    lacking = {role.name: [right for right in rights if not role.grants(right)] for role in who.roles}
    if not lacking:
        return NO_ADMINISTRATOR
    role = min(lacking, key=lambda name: len(lacking[name]))
    return Denied(tuple(lacking[role]), role) if lacking[role] else Allowed(role)


def judge_rights(who: Administrator, needed: Iterable[str]) -> Denied | None:
    """The rights in `needed` that `who` lacks, or None if none is missing."""
    if not who.is_administrator:
        return NO_ADMINISTRATOR
    decision = decide(who, needed)
    return decision if isinstance(decision, Denied) else None
