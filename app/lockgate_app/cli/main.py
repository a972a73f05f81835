"""The command `lockgate`: options common to all commands, the commands, and how errors are told.

Rule: an error is one plain line on standard error and exit code 2; a traceback is never shown, because a line of it
could hold what must not be seen.
"""

import sys
import traceback
from collections.abc import Sequence
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from lockgate.errors import CallerError, LockgateError
from lockgate_app.cli import (
    approvals,
    audit,
    ca,
    certificate,
    check,
    db,
    end_entity,
    init,
    key,
    keystore,
    load,
    messages,
    profile,
    quickstart,
    request,
    role,
    scep_ra,
    schema,
    worker,
)
from lockgate_app.cli.console import complain, speak_any_encoding
from lockgate_app.core_dumps import forbid_core_dumps
from lockgate_app.logs import configure_logs

app = typer.Typer(
    name="lockgate",
    help="External registration authority: certificate requests cross a database, never a connection into the CA's"
    " zone.\n\nStart with: lockgate quickstart",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    add_completion=False,
)
app.command(name="quickstart")(quickstart.quickstart)
app.command(name="init")(init.init)
app.command(name="check")(check.check)
app.command(name="schema")(schema.schema)
app.command(name="worker")(worker.worker)
app.command(name="load")(load.load)
app.add_typer(audit.app, name="audit")
app.add_typer(db.app, name="db")
app.add_typer(messages.app, name="messages")
app.add_typer(request.app, name="request")
app.add_typer(ca.app, name="ca")
app.add_typer(profile.app, name="profile")
app.add_typer(end_entity.app, name="end-entity")
app.add_typer(certificate.app, name="certificate")
app.add_typer(key.app, name="key")
app.add_typer(keystore.app, name="keystore")
app.add_typer(role.app, name="role")
app.add_typer(approvals.app, name="approvals")
app.add_typer(scep_ra.app, name="scep-ra")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"lockgate {version('lockgate')}")
        raise typer.Exit


@app.callback()
def common(
    context: typer.Context,
    config: Annotated[
        Path, typer.Option(help="The zone's configuration file: DIR/ca/lockgate.toml or DIR/ra/lockgate.toml.")
    ] = Path("lockgate.toml"),
    show_version: Annotated[  # noqa: ARG001  (the callback has already answered)
        bool, typer.Option("--version", help="Show the version and exit.", callback=_show_version, is_eager=True)
    ] = False,
    core_dumps: Annotated[
        bool, typer.Option("--core-dumps", help="Leave core dumps as the system has them; they hold secrets.")
    ] = False,
) -> None:
    """Options that stand before the command."""
    if not core_dumps:
        forbid_core_dumps()
    configure_logs()
    context.obj = config


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; ends the process.

    Args:
        arguments: without the program's name; None for those of this process.
    """
    speak_any_encoding()
    try:
        given = _require_text(sys.argv[1:] if arguments is None else arguments)
        app(args=_with_options_first(given), prog_name="lockgate")
    except LockgateError as error:
        complain(str(error))
        sys.exit(2)
    except KeyboardInterrupt:
        complain("interrupted")
        sys.exit(130)
    except Exception as error:  # noqa: BLE001  (the outermost caller: whatever else happens is a defect)
        complain(_defect(error))
        sys.exit(2)


def _require_text(arguments: Sequence[str]) -> Sequence[str]:
    """`arguments`, if all are text.

    Raises:
        CallerError: one holds octets that are no UTF-8.
    """
    for number, argument in enumerate(arguments, start=1):
        if not argument.isprintable() and any("\ud800" <= character <= "\udfff" for character in argument):
            raise CallerError(f"argument {number} is no text in UTF-8")
    return arguments


def _with_options_first(arguments: Sequence[str]) -> list[str]:
    """`--config FILE` counts wherever it stands; no command has an option of that name."""
    end = list(arguments).index("--") if "--" in arguments else len(arguments)
    found, others = list[str](), list[str]()
    rest = iter(arguments[:end])
    for argument in rest:
        if argument == "--config":
            found += [argument, *islice(rest, 1)]
        elif argument.startswith("--config="):
            found.append(argument)
        else:
            others.append(argument)
    return [*found, *others, *arguments[end:]]


def _defect(error: Exception) -> str:
    """Where the defect is, without what was being worked on."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"a defect in lockgate, please report it: {type(error).__name__} at {Path(last.filename).name}:{last.lineno}"


if __name__ == "__main__":
    main()
