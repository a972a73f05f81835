"""`lockgate web`: the enrolment page of an RA host."""

import typer

from lockgate_app.cli.serve_options import Host, Port, Verbose, log_level
from lockgate_app.cli.terminal import configuration
from lockgate_app.container.http import Place
from lockgate_app.container.web import WebContainer
from lockgate_app.logs import configure_logs
from lockgate_app.settings import load_ra

app = typer.Typer(help="The enrolment page of an RA host.", no_args_is_help=True)


@app.command(name="serve")
def serve_web(
    context: typer.Context,
    host: Host = None,
    port: Port = None,
    verbose: Verbose = False,
) -> None:
    """Show the enrolment page, until SIGTERM; runs on the RA's host.

    People get certificates and keystores there with a username and a one-time password. Other hosts reach it over TLS
    only. Logs go to standard error: one JSON object a line where that is no terminal.

    Example: lockgate --config deployment/ra/lockgate.toml web serve
    """
    configure_logs(log_level(verbose=verbose))
    container = WebContainer(zone=load_ra(configuration(context)))
    serve_http = container.service()
    serve_http(Place(host, port))
