"""`lockgate scep-ra`: the SCEP server of an RA host, and its keystore."""

from pathlib import Path
from typing import Annotated

import typer

from lockgate_app.cli.ca_host import ca_host
from lockgate_app.cli.keystore import NewKeystore
from lockgate_app.cli.options import Json
from lockgate_app.cli.presentation import report
from lockgate_app.cli.serve_options import Host, Port, Verbose, log_level
from lockgate_app.cli.terminal import configuration
from lockgate_app.container.http import Place
from lockgate_app.container.scep import ScepContainer
from lockgate_app.logs import configure_logs
from lockgate_app.settings import load_ra

app = typer.Typer(help="The SCEP server of an RA host, and its keystore.", no_args_is_help=True)


@app.command(name="serve")
def serve_scep(
    context: typer.Context,
    host: Host = None,
    port: Port = None,
    verbose: Verbose = False,
) -> None:
    """Answer SCEP devices until SIGTERM; runs on the RA's host.

    Devices use http://HOST:8080/scepraserver/scep/pkiclient.exe, or …/scep/noca/pkiclient.exe for answers without the
    CA's chain. Logs go to standard error: one JSON object a line where that is no terminal.

    Example: lockgate --config deployment/ra/lockgate.toml scep-ra serve
    """
    configure_logs(log_level(verbose=verbose))
    container = ScepContainer(zone=load_ra(configuration(context)))
    serve_http = container.service()
    serve_http(Place(host, port))


@app.command(name="keystore")
def keystore(
    context: typer.Context,
    ca: Annotated[str, typer.Option(help="The CA that SCEP devices get their certificates from.")],
    output: Annotated[Path, typer.Option(metavar="FILE", help="The new PKCS#12; its password goes beside it.")],
    subject_dn: Annotated[
        str | None, typer.Option(help="The certificate's subject; CN=scep-RANDOM by default.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Make the SCEP server's transport keystore: a new key, certified by the SCEP CA. Runs on the CA's host.

    Writes FILE and FILE's name with the ending .password; carry both to the RA's host. The key is for SCEP messages
    alone: requests from the RA to the CA are signed with the RA's own key.

    Example: lockgate --config deployment/ca/lockgate.toml scep-ra keystore --ca ManagementCA --output scep.p12
    """
    made = NewKeystore("scep", "RA", ca, subject_dn)
    with ca_host(context) as host:
        facts = made.with_new_key(host, output)
    report(f"{output}, its password in {facts['password_file']}", facts, as_json=as_json)
