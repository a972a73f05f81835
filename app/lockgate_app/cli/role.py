"""`lockgate role`: the rights of RAs and administrators, and the members of each role."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Annotated

import typer

from lockgate.errors import CallerError, ConfigurationError
from lockgate.names.dn import parse_dn
from lockgate.rights.authorization import Member, Role
from lockgate_app.cli.ca_host import ca_host
from lockgate_app.cli.options import Json, Serial, fingerprint
from lockgate_app.cli.presentation import report, show, show_all, warn
from lockgate_app.container.ca_host import CaHost
from lockgate_app.facts import role_facts
from lockgate_app.keys import read_certificate
from lockgate_app.words import Facts

app = typer.Typer(help="What RA administrators may do, and who they are (on the CA host).", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="The role's name.")]
Rules = Annotated[list[str] | None, typer.Option(metavar="RULE", help="An access rule; may be given several times.")]
Certificates = Annotated[
    list[Path] | None,
    typer.Option("--certificate", metavar="FILE", help="A member's certificate, PEM; may be given several times."),
]
Fingerprints = Annotated[
    list[str] | None,
    typer.Option(
        "--fingerprint",
        parser=fingerprint,
        metavar="HEX",
        help="SHA-256 of a member's certificate; may be given several times.",
    ),
]
Issuer = Annotated[
    str | None, typer.Option(metavar="DN", help="The issuer of a member's certificate, with --serial; it is looked up.")
]


@app.command(name="list")
def list_roles(context: typer.Context, as_json: Json = False) -> None:
    """Every role with its rules.

    Example: lockgate --config deployment/ca/lockgate.toml role list
    """
    with ca_host(context) as host:
        roles = host.inspection.roles()
    show_all("roles", map(_outline, roles), as_json=as_json)


@app.command(name="show")
def show_role(context: typer.Context, name: Name, as_json: Json = False) -> None:
    """A role with its rules and members, and where it reaches far.

    Example: lockgate --config deployment/ca/lockgate.toml role show RA
    """
    with ca_host(context) as host:
        role = host.inspection.role(name)
        show(role_facts(role, host.concerns(role)), as_json=as_json)


@app.command()
def add(
    context: typer.Context,
    name: Name,
    rule: Annotated[list[str], typer.Option(metavar="RULE", help="An access rule; may be given several times.")],
    certificates: Certificates = None,
    fingerprints: Fingerprints = None,
    issuer: Issuer = None,
    serial: Serial = None,
    as_json: Json = False,
) -> None:
    """Add a role, and its first members if any are named.

    Rules: /administrator (always needed), /ca/NAME, /endentityprofile/NAME, /action/ with view, create, edit, delete,
    keyrecovery, revocation, approve, certifyunproven, ownrenewal, deliver or console; /cmp/ALIAS, with deliver; /ca/*
    and so on for all; / for everything.

    Example: lockgate --config deployment/ca/lockgate.toml role add Desk --rule /administrator --rule /ca/ManagementCA
    --rule /endentityprofile/EMPTY --rule /action/create --certificate desk.pem
    """
    with ca_host(context) as host:
        role = Role(name, frozenset(rule), _members(host, certificates, fingerprints, issuer, serial))
        host.administration.add_role(role)
        concerns = host.concerns(role)
    warn(concerns)
    report(f"role {name} added", role_facts(role, concerns), as_json=as_json)


@app.command()
def edit(
    context: typer.Context,
    name: Name,
    add_rule: Rules = None,
    remove_rule: Rules = None,
    as_json: Json = False,
) -> None:
    """Give a role further rules, or take some from it. Takes effect with the next request.

    Example: lockgate --config deployment/ca/lockgate.toml role edit Desk --add-rule /action/revocation
    """
    new, old = frozenset(add_rule or ()), frozenset(remove_rule or ())

    def change(role: Role) -> Role:
        if missing := sorted(old - role.rules):
            raise CallerError(f"role {name} has no rule {missing[0]}")
        return replace(role, rules=(role.rules - old) | new)

    with ca_host(context) as host:
        _edit(host, name, change, as_json=as_json)


@app.command(name="add-member")
def add_member(
    context: typer.Context,
    name: Name,
    certificates: Certificates = None,
    fingerprints: Fingerprints = None,
    issuer: Issuer = None,
    serial: Serial = None,
    as_json: Json = False,
) -> None:
    """Make certificates members, by file, by fingerprint, or one by its issuer and serial number. Never by subject.

    A member is a fingerprint: issuer and serial number are looked up now, among the certificates issued here.

    Example: lockgate --config deployment/ca/lockgate.toml role add-member Desk --certificate desk2.pem
    """
    with ca_host(context) as host:
        members = _members(host, certificates, fingerprints, issuer, serial, required=True)
        _edit(host, name, lambda role: replace(role, members=role.members | members), as_json=as_json)


@app.command(name="remove-member")
def remove_member(
    context: typer.Context,
    name: Name,
    certificates: Certificates = None,
    fingerprints: Fingerprints = None,
    issuer: Issuer = None,
    serial: Serial = None,
    as_json: Json = False,
) -> None:
    """Take members from a role. Takes effect with the next request.

    Example: lockgate --config deployment/ca/lockgate.toml role remove-member Desk --certificate desk2.pem
    """

    def change(role: Role) -> Role:
        if members - role.members:
            raise CallerError(f"role {name} has no such member; `role show {name}` names them")
        return replace(role, members=role.members - members)

    with ca_host(context) as host:
        members = _members(host, certificates, fingerprints, issuer, serial, required=True)
        _edit(host, name, change, as_json=as_json)
        for member in members:
            warn(host.inspection.also_members(member.fingerprint))


@app.command()
def remove(context: typer.Context, name: Name, as_json: Json = False) -> None:
    """Remove a role; its members lose at once what it granted.

    Example: lockgate --config deployment/ca/lockgate.toml role remove Desk
    """
    with ca_host(context) as host:
        host.administration.remove_role(name)
    report(f"role {name} removed", {"name": name, "removed": True}, as_json=as_json)


def _outline(role: Role) -> Facts:
    return {"name": role.name, "members": len(role.members), "rules": sorted(role.rules)}


def _edit(host: CaHost, name: str, change: Callable[[Role], Role], *, as_json: bool) -> None:
    role = host.administration.edit_role(name, change)
    concerns = host.concerns(role)
    warn(concerns)
    report(f"role {name} changed", role_facts(role, concerns), as_json=as_json)


def _members(
    host: CaHost,
    certificates: Sequence[Path] | None,
    fingerprints: Sequence[str] | None,
    issuer: str | None,
    serial: int | None,
    *,
    required: bool = False,
) -> frozenset[Member]:
    """The members that the options name."""
    if (issuer is None) != (serial is None):
        raise ConfigurationError("--issuer and --serial name a certificate together")
    named = {Member(sha256(read_certificate(path)).hexdigest()) for path in certificates or ()}
    named |= set(map(Member, fingerprints or ()))
    if issuer is not None and serial is not None:
        named.add(host.administration.member(parse_dn(issuer), serial))
    if required and not named:
        raise ConfigurationError("name the members by --certificate, by --fingerprint, or by --issuer with --serial")
    return frozenset(named)
