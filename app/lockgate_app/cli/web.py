"""`lockgate web`: the enrolment page of an RA host."""

import logging
from typing import Annotated

import typer

from lockgate_app.cli.console import configuration
from lockgate_app.container.http import Place
from lockgate_app.container.web import WebContainer
from lockgate_app.logs import configure_logs
from lockgate_app.settings import load_ra

app = typer.Typer(help="The enrolment page of an RA host.", no_args_is_help=True)


@app.command(name="serve")
def serve_web(
    context: typer.Context,
    host: Annotated[str | None, typer.Option(help="The address to listen on, instead of the configured one.")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65_535, help="The port, instead of the configured one (8080 by default).")
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", help="Log debug lines too.")] = False,
) -> None:
    """Show the enrolment page, until SIGTERM; runs on the RA's host.

    People get certificates and keystores there with a username and a one-time password. Other hosts reach it over TLS
    only. Logs go to standard error: one JSON object a line where that is no terminal.

    Example: lockgate --config deployment/ra/lockgate.toml web serve
    """
    configure_logs(logging.DEBUG if verbose else logging.INFO)
    container = WebContainer(zone=load_ra(configuration(context)))
    serve_http = container.service()
    serve_http(Place(host, port))
