"""`lockgate cmp-proxy`: the CMP proxy of an RA host."""

import logging
from typing import Annotated

import typer

from lockgate_app.cli.terminal import configuration
from lockgate_app.container.cmp_proxy import CmpProxyContainer
from lockgate_app.container.http import Place
from lockgate_app.logs import configure_logs
from lockgate_app.settings import load_ra

app = typer.Typer(help="The CMP proxy of an RA host.", no_args_is_help=True)


@app.command(name="serve")
def serve_proxy(
    context: typer.Context,
    host: Annotated[str | None, typer.Option(help="The address to listen on, instead of the configured one.")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65_535, help="The port, instead of the configured one (8080 by default).")
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", help="Log debug lines too.")] = False,
) -> None:
    """Hand CMP messages to the CA and its answers back, until SIGTERM; runs on the RA's host.

    Clients use http://HOST:8080/cmpProxy/ALIAS, or http://HOST:8080/.well-known/cmp/p/ALIAS. Logs go to standard error:
    one JSON object a line where that is no terminal.

    Example: lockgate --config deployment/ra/lockgate.toml cmp-proxy serve
    """
    configure_logs(logging.DEBUG if verbose else logging.INFO)
    container = CmpProxyContainer(zone=load_ra(configuration(context)))
    serve_http = container.service()
    serve_http(Place(host, port))
