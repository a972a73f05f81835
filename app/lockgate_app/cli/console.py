"""`lockgate console`: the console of a CA node."""

import typer

from lockgate_app.cli.options import Json
from lockgate_app.cli.presentation import report
from lockgate_app.cli.serve_options import Verbose, log_level
from lockgate_app.cli.terminal import configuration
from lockgate_app.container.console import console_service, console_settings, link_file
from lockgate_app.container.http import Place
from lockgate_app.logs import configure_logs
from lockgate_app.settings import load_ca

app = typer.Typer(help="The console: what waits for administrators, and how a CA node does.", no_args_is_help=True)


@app.command(name="serve")
def serve_console(
    context: typer.Context,
    verbose: Verbose = False,
) -> None:
    """Serve the console of this CA node alone, until SIGTERM; `lockgate serve` runs it beside everything else.

    Logs go to standard error: one JSON object a line where that is no terminal.

    Example: lockgate --config deployment/ca/lockgate.toml console serve
    """
    configure_logs(log_level(verbose=verbose))
    with console_service(load_ca(configuration(context))) as serve:
        serve(Place())


@app.command(name="link")
def make_link(context: typer.Context, as_json: Json = False) -> None:
    """Make a one-time link to the console of this host: it lives 5 minutes, and its first use spends it.

    Run it as the user that runs the console. A new link ends the one before.

    Example: lockgate --config deployment/ca/lockgate.toml console link
    """
    table = console_settings(load_ca(configuration(context)))
    host = f"[{table.host}]" if ":" in table.host else table.host
    address = f"http://{host}:{table.port}/enter?link={link_file(table).make()}"
    report(address, {"link": address}, as_json=as_json)
