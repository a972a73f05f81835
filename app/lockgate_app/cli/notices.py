"""`lockgate notices`: operators are told by a program or a webhook."""

import typer

from lockgate.names.counted import counted
from lockgate_app.cli.options import Json
from lockgate_app.cli.presentation import report
from lockgate_app.cli.terminal import configuration
from lockgate_app.container.notices import notice_channel
from lockgate_app.notices.telling import message_of, notices_table, telling
from lockgate_app.settings import load_ca

app = typer.Typer(help="What operators are told of without asking (on the CA host).", no_args_is_help=True)
TRIAL = {"kind": "trial", "text": "somebody tries whether notices arrive"}


@app.command()
def send(context: typer.Context, as_json: Json = False) -> None:
    """Tell of all that nobody was told of yet, once; for a scheduler. `lockgate serve` does the same by itself.

    Example: lockgate --config deployment/ca/lockgate.toml notices send
    """
    with telling(load_ca(configuration(context))) as teller:
        count = teller.look()
    report(f"operators told of {counted(count, 'matter')}", {"told": count}, as_json=as_json)


@app.command()
def trial(context: typer.Context, as_json: Json = False) -> None:
    """Send a message of the kind `trial`, to see whether it arrives.

    Example: lockgate --config deployment/ca/lockgate.toml notices trial
    """
    notice_channel(notices_table(load_ca(configuration(context))))(message_of([TRIAL]))
    report("the message was taken", {"taken": True}, as_json=as_json)
