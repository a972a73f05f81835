"""`lockgate cmp`: the CMP service of a CA node, for clients that reach it directly."""

import logging
from typing import Annotated

import typer

from lockgate_app.cli.console import configuration
from lockgate_app.container.cmp_direct import CmpDirectContainer
from lockgate_app.logs import configure_logs
from lockgate_app.settings import load_ca

app = typer.Typer(help="The CMP service of a CA node, for clients that reach it directly.", no_args_is_help=True)


@app.callback()
def only_command() -> None:
    """The CMP service of a CA node, for clients that reach it directly."""


@app.command(name="serve")
def serve_directly(
    context: typer.Context,
    host: Annotated[str | None, typer.Option(help="The address to listen on, instead of the configured one.")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65_535, help="The port, instead of the configured one (8080 by default).")
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", help="Log debug lines too.")] = False,
) -> None:
    """Answer CMP messages until SIGTERM, without a message database; runs on the CA's host.

    This opens the CA's host to its clients. The table [cmp.direct] switches it on. Clients use
    http://HOST:8080/ejbca/publicweb/cmp/ALIAS, or http://HOST:8080/.well-known/cmp/p/ALIAS.

    Example: lockgate --config deployment/ca/lockgate.toml cmp serve
    """
    configure_logs(logging.DEBUG if verbose else logging.INFO)
    container = CmpDirectContainer(zone=load_ca(configuration(context)))
    serve_http = container.service()
    serve_http(host, port)
