"""`lockgate operation`: what remote issuers have been asked for, and an operator's word where nobody else can tell."""

import json
from pathlib import Path
from typing import Annotated

import typer

from lockgate.administration.audit import AuditQuery
from lockgate.administration.pages import Page
from lockgate.errors import CallerError, ConfigurationError
from lockgate_app.cli.ca_host import ca_host
from lockgate_app.cli.options import Json, Pem
from lockgate_app.cli.presentation import report, show_all
from lockgate_app.cli.presentation import show as show_one
from lockgate_app.container.ca_host import CaHost
from lockgate_app.keys import certificate_pem, read_certificate
from lockgate_app.operation_facts import operation_details, operation_outline

app = typer.Typer(help="What remote issuers have been asked for (on the CA host).", no_args_is_help=True)
_ONE = "--certificate, --revoked and --refused: exactly one of them says what the issuer's CA has done"


@app.command(name="list")
def list_operations(context: typer.Context, as_json: Json = False) -> None:
    """Every operation that has not ended, the oldest first. One in doubt waits for `lockgate operation settle`.

    Example: lockgate --config deployment/ca/lockgate.toml operation list
    """
    with ca_host(context) as host:
        show_all("operations", map(operation_outline, host.administration.open_operations()), as_json=as_json)


@app.command()
def show(
    context: typer.Context,
    operation: Annotated[str, typer.Argument(metavar="ID", help="As `lockgate operation list` names it.")],
    pem: Pem = False,
    as_json: Json = False,
) -> None:
    """One operation that has not ended: why it waits for an operator or was given anew, and what the CA has returned.

    Example: lockgate --config deployment/ca/lockgate.toml operation show 3f9c… --pem
    """
    with ca_host(context) as host:
        found = next((one for one in host.administration.open_operations() if one.id == operation), None)
        why = _last_reason(host, operation)
    if found is None:
        raise CallerError(f"there is no open operation {operation}")
    if not pem:
        show_one({**operation_details(found), "why": why}, as_json=as_json)
    elif found.certificate is None:
        raise CallerError(f"operation {operation}: the CA has returned no certificate")
    else:
        typer.echo(certificate_pem(found.certificate).decode(), nl=False)


@app.command()
def settle(
    context: typer.Context,
    operation: Annotated[str, typer.Argument(metavar="ID", help="As `lockgate operation list` names it.")],
    certificate: Annotated[
        Path | None, typer.Option(metavar="FILE", help="PEM: the certificate that the CA has issued for it.")
    ] = None,
    revoked: Annotated[
        bool, typer.Option("--revoked", help="The CA has revoked the certificate, or taken it from hold.")
    ] = False,
    refused: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="The CA has not done it, and will not; TEXT is what the requester is told."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Say what the issuer's CA has done with an operation that is in doubt. Find it out there first.

    The request is answered accordingly by the worker's next round. A certificate counts only if it is the ordered one.

    Example: lockgate --config deployment/ca/lockgate.toml operation settle 3f9c… --certificate alice.pem
    """
    if sum((certificate is not None, revoked, refused is not None)) != 1:
        raise ConfigurationError(_ONE)
    issued = None if certificate is None else read_certificate(certificate)
    with ca_host(context) as host:
        decision = _settled(host, operation, issued, refused)
    report(f"operation {operation} is settled: {decision}", {"id": operation, "decision": decision}, as_json=as_json)


def _last_reason(host: CaHost, operation: str) -> str | None:
    """What the audit log has said last of why an operation was left to an operator or given anew; None for nothing."""
    found = host.inspection.audit_entries(AuditQuery(target=operation), Page()).items
    return next((details["why"] for entry in found if "why" in (details := json.loads(entry.details))), None)


def _settled(host: CaHost, operation: str, issued: bytes | None, refused: str | None) -> str:
    if issued is not None:
        host.administration.settle_issued(operation, issued)
        return "issued"
    if refused is not None:
        host.administration.settle_refused(operation, refused)
        return "refused"
    host.administration.settle_revoked(operation)
    return "revoked"
