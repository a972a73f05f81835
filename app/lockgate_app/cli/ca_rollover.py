"""`lockgate ca rollover`: next keys and certificates of CAs, announced before they take over."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from lockgate.administration.authorities import CA_KEY_SPECIFICATIONS
from lockgate_app.certificate_facts import certificate_contents
from lockgate_app.cli.ca_host import ca_host
from lockgate_app.cli.options import CaName, Force, Json, utc
from lockgate_app.cli.presentation import report, show_all
from lockgate_app.facts import generation_outline
from lockgate_app.keys import certificate_pem
from lockgate_app.outputs import require_writable, write_file

app = typer.Typer(help="A CA's next key and certificate, announced before they take over.", no_args_is_help=True)


@app.command()
def prepare(
    context: typer.Context,
    name: CaName,
    key: Annotated[
        str | None, typer.Option(help=f"One of: {', '.join(CA_KEY_SPECIFICATIONS)}; like the current one by default.")
    ] = None,
    certificate_profile: Annotated[str | None, typer.Option(help="The current certificate's by default.")] = None,
    starts: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"],
            metavar="TIME",
            help="Valid from then (UTC); at once by default.",
        ),
    ] = None,
    output: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the certificate there, too.")] = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Make a CA's next key and certificate. They sign nothing until they are activated.

    A root's next certificate is signed by its own key, another CA's by its issuer, which must be in this database.

    Example: lockgate --config deployment/ca/lockgate.toml ca rollover prepare ManagementCA --output next.pem
    """
    require_writable(output, force=force)
    start = utc(starts)
    with ca_host(context) as host:
        made = host.administration.prepare_rollover(
            name, key=key, certificate_profile=certificate_profile, starts=start
        )
    if output is not None:
        write_file(output, certificate_pem(made), replace=force)
    report(f"CA {name} has a next certificate", {"name": name, **certificate_contents(made)}, as_json=as_json)


@app.command(name="show")
def show_generations(context: typer.Context, name: CaName, as_json: Json = False) -> None:
    """A CA's keys and certificates: the next one, the current one, and those before it, which sign CRLs only.

    Example: lockgate --config deployment/ca/lockgate.toml ca rollover show ManagementCA
    """
    with ca_host(context) as host:
        show_all("generations", map(generation_outline, host.inspection.generations(name)), as_json=as_json)


@app.command()
def activate(context: typer.Context, name: CaName, as_json: Json = False) -> None:
    """Let the next key and certificate take over: they sign everything from now on.

    The key before goes on signing CRLs, for those who hold its certificates. Of a root, the two keys sign each other's
    certificates: `ca show NAME --pem --cross`.

    Example: lockgate --config deployment/ca/lockgate.toml ca rollover activate ManagementCA
    """
    with ca_host(context) as host:
        made = host.administration.activate_rollover(name)
    contents = certificate_contents(made)
    text = f"CA {name} signs with its next key now, until {contents['valid_until']}"
    report(text, {"name": name, **contents}, as_json=as_json)


@app.command()
def cancel(context: typer.Context, name: CaName, as_json: Json = False) -> None:
    """Destroy the next key and revoke the next certificate. The current ones stay.

    Example: lockgate --config deployment/ca/lockgate.toml ca rollover cancel ManagementCA
    """
    with ca_host(context) as host:
        host.administration.cancel_rollover(name)
    report(f"CA {name} has no next certificate any more", {"name": name}, as_json=as_json)
