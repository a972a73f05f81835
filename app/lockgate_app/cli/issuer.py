"""`lockgate issuer`: the remote issuers, and whether each can be reached."""

from typing import Annotated

import typer

from lockgate.errors import CallerError, NotSent, Unavailable
from lockgate.ports import ReachableIssuer
from lockgate_app.cli.ca_host import ca_host
from lockgate_app.cli.issuer_certificates import issuer_certificates
from lockgate_app.cli.options import Json
from lockgate_app.cli.presentation import report, show_all
from lockgate_app.container.ca_host import CaHost
from lockgate_app.issuer_facts import outline_of
from lockgate_app.issuers import configured_issuer
from lockgate_app.words import Facts

app = typer.Typer(help="Remote issuers: CAs in other products (on the CA host).", no_args_is_help=True)


@app.command(name="list")
def list_issuers(context: typer.Context, as_json: Json = False) -> None:
    """Every remote issuer of the configuration: its kind, what its CA can, and the CAs that it signs for. None is
    called.

    Example: lockgate --config deployment/ca/lockgate.toml issuer list
    """
    with ca_host(context) as host:
        names = host.container.zone().ca.issuers
        show_all("issuers", [_outline(host, name) for name in names], as_json=as_json)


@app.command(name="test")
def try_issuer(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="As in [ca.issuers.NAME].")],
    as_json: Json = False,
) -> None:
    """Ask an issuer's CA for something without an effect. Exit code 2 if it does not answer, or cannot be asked so.

    Example: lockgate --config deployment/ca/lockgate.toml issuer test backend
    """
    with ca_host(context) as host:
        zone = host.container.zone()
    issuer = configured_issuer(zone, name)
    if not isinstance(issuer, ReachableIssuer):
        kind = zone.ca.issuers[name].kind
        raise CallerError(f"issuer {name}: the adapter of the kind {kind} asks for nothing that has no effect")
    try:
        answered = issuer.reach()
    except (NotSent, Unavailable) as error:
        sent = "nothing has reached its CA" if isinstance(error, NotSent) else "its CA does not answer"
        raise Unavailable(f"issuer {name}: {sent}: {error}") from None
    report(f"issuer {name} answers: {answered}", {"name": name, "answers": answered}, as_json=as_json)


app.command(name="certificates")(issuer_certificates)


def _outline(host: CaHost, name: str) -> Facts:
    signs_for = [authority.name for authority in host.inspection.authorities() if authority.issuer == name]
    return {"name": name, **outline_of(host.container.zone(), name).facts, "signs_for": signs_for}
