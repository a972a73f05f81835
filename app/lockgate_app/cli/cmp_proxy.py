"""`lockgate cmp-proxy`: the CMP proxy of an RA host."""

import typer

from lockgate_app.cli.serve_options import Host, Port, Verbose, log_level
from lockgate_app.cli.terminal import configuration
from lockgate_app.container.cmp_proxy import CmpProxyContainer
from lockgate_app.container.http import Place
from lockgate_app.logs import configure_logs
from lockgate_app.settings import load_ra

app = typer.Typer(help="The CMP proxy of an RA host.", no_args_is_help=True)


@app.command(name="serve")
def serve_proxy(
    context: typer.Context,
    host: Host = None,
    port: Port = None,
    verbose: Verbose = False,
) -> None:
    """Hand CMP messages to the CA and its answers back, until SIGTERM; runs on the RA's host.

    Clients use http://HOST:8080/cmpProxy/ALIAS, or http://HOST:8080/.well-known/cmp/p/ALIAS. Logs go to standard error:
    one JSON object a line where that is no terminal.

    Example: lockgate --config deployment/ra/lockgate.toml cmp-proxy serve
    """
    configure_logs(log_level(verbose=verbose))
    container = CmpProxyContainer(zone=load_ra(configuration(context)))
    serve_http = container.service()
    serve_http(Place(host, port))
