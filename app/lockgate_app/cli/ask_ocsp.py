"""`lockgate ca ask-ocsp`: a CA outside, asked by OCSP now."""

from typing import Annotated

import typer

from lockgate.outside.asking import Asked
from lockgate_app.cli.ca_host import ca_host
from lockgate_app.cli.options import Json
from lockgate_app.cli.presentation import show_all
from lockgate_app.cli.terminal import complain
from lockgate_app.words import Facts, moment

FAILED = 2
"""The exit code where a question was not answered."""


def ask_ocsp(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The CA's name: that of its [ca.outside.NAME].")],
    as_json: Json = False,
) -> None:
    """Ask a CA outside by OCSP now, as a worker does when that is due, and keep the answers that are newer.

    It is asked about each of its certificates that has signed something here in the last 7 days. The exit code is 2 if
    a question was not answered, or if an answer is not kept; the one before counts on, until it is too old.

    Example: lockgate --config deployment/ca/lockgate.toml ca ask-ocsp FriendCA
    """
    with ca_host(context) as host:
        asked = host.ask_ocsp(name)
    show_all("certificates", map(_facts, asked), as_json=as_json)
    if troubles := [f"{one.question.serial_number:x}: {one.trouble}" for one in asked if one.trouble]:
        complain("\n".join(troubles))
        raise typer.Exit(FAILED)


def _facts(one: Asked) -> Facts:
    status = one.answer.status if one.answer else None
    revoked = status.revoked if status else None
    return {
        "serial_number": f"{one.question.serial_number:x}",
        "kept": not one.trouble,
        "status": None if status is None else "good" if revoked is None else "revoked",
        "reason": None if revoked is None else revoked.reason.name,
        "this_update": moment(status.this_update if status else None),
        "next_update": moment(status.next_update if status else None),
    }
