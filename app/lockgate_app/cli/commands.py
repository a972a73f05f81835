"""The commands, and the options common to all. Rule: a module that takes time to import is imported where it is needed.

A command's module is imported when the command is called, so `--help` lists the commands from this module, and
loads none. A module that a command needs in few of its runs (tables, consoles, log lines, migrations) is imported by
the function that needs it, with a reference to this rule. tests/integration/app/test_start.py names the modules that a
start may not load.
"""

import gc
from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from lockgate_app.cli.interrupts import end_in_order
from lockgate_app.late_logs import await_first_line
from lockgate_app.workers.core_dumps import forbid_core_dumps

COMMANDS: Mapping[str, tuple[str, str]] = {
    "quickstart": (
        "quickstart:quickstart",
        "Try Lockgate on this host: make a deployment, send a signed and encrypted request, get the certificate.",
    ),
    "init": ("init:init", "Make a new deployment: DIR/ca for the CA host and DIR/ra for the RA host."),
    "import-properties": (
        "import_properties:import_properties",
        "Make lockgate.toml of the properties files of EJBCA's External RA, and say what became of each key.",
    ),
    "import-database": (
        "import_database:import_database",
        "Write the end entities and certificates of EJBCA's database to files that other commands import.",
    ),
    "check": ("check:check", "Verify this zone's deployment and say in plain words what is wrong."),
    "status": ("status:status", "Show how this host does: messages, workers, CAs, CRLs, remote issuers, keystores."),
    "schema": (
        "schema:schema",
        (
            "Show the JSON Schema of every request type that is installed, and of the answers; for clients in any"
            " language."
        ),
    ),
    "worker": (
        "worker:worker",
        "Fetch requests from the message database, have them processed by the CA, and write the answers back.",
    ),
    "serve": (
        "serve:serve",
        "Run everything that is configured for this host, each part in a process of its own, until SIGTERM.",
    ),
    "load": (
        "load:load",
        "Send sample requests at a steady pace, and tell how fast they were answered: one line each, then a summary.",
    ),
    "audit": ("audit:app", "The CA's audit log."),
    "db": ("db:app", "The databases: their schema, and retention in the CA's."),
    "messages": ("messages:app", "The messages in a message database (on the CA host)."),
    "request": ("request:app", "Send requests to the CA, and pick up the answers."),
    "ca": ("ca:app", "Certification authorities and their CRLs (on the CA host)."),
    "profile": ("profile:app", "Certificate profiles and end entity profiles (on the CA host)."),
    "end-entity": ("end_entity:app", "Whom certificates are issued to (on the CA host)."),
    "certificate": ("certificate:app", "Certificates that were issued (on the CA host)."),
    "key": ("key:app", "Public keys that are condemned or in doubt (on the CA host)."),
    "keystore": ("keystore:app", "Certificates and keystores of RAs and workers."),
    "role": ("role:app", "What RA administrators may do, and who they are (on the CA host)."),
    "issuer": ("issuer:app", "Remote issuers: CAs in other products (on the CA host)."),
    "operation": ("operation:app", "What remote issuers have been asked for (on the CA host)."),
    "approvals": ("approvals:app", "Requests that wait for administrators (on the CA host)."),
    "console": ("console:app", "The console: what waits for administrators, and how a CA node does."),
    "notices": ("notices:app", "What operators are told of without asking (on the CA host)."),
    "scep-ra": ("scep_ra:app", "The SCEP server of an RA host, and its keystore."),
    "cmp-proxy": ("cmp_proxy:app", "The CMP proxy of an RA host."),
    "ocsp": ("ocsp:app", "OCSP answers about this installation's certificates."),
    "web": ("web:app", "The enrolment page of an RA host."),
    "cmp": ("cmp:app", "The CMP service of a CA: its keystore, and direct clients."),
}
"""By name: the module in this package with the function or `typer.Typer` in it, and what `--help` says of it."""


class Commands(TyperGroup):
    """`COMMANDS`: listed without their modules, called with them."""

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """The command that `args` begin with, imported."""
        name, _, rest = super().resolve_command(ctx, args)
        return name, None if name is None else _loaded(name), rest


def defined(name: str) -> Any:
    """The `typer.Typer` or function of the command `name`, imported."""
    module, _, attribute = COMMANDS[name][0].partition(":")
    return getattr(import_module(f"lockgate_app.cli.{module}"), attribute)


def _loaded(name: str) -> Any:
    whole, found = typer.Typer(add_completion=False, rich_markup_mode="markdown"), defined(name)
    if isinstance(found, typer.Typer):
        whole.add_typer(found, name=name)
    else:
        whole.command(name=name)(found)
    whole.callback()(_listed)
    return typer.main.get_group(whole).commands[name]


def _listed() -> None:
    """Represents a command in the list."""


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"lockgate {version('lockgate')}")
        raise typer.Exit


app = typer.Typer(
    name="lockgate",
    help="External registration authority: certificate requests cross a database, never a connection into the CA's"
    " zone.\n\nStart with: lockgate quickstart",
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
for _name, (_, _help) in COMMANDS.items():
    app.command(name=_name, help=_help)(_listed)


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
    """Options that are given before the command."""
    if not core_dumps:
        forbid_core_dumps()
    await_first_line()
    context.obj = config
    gc.freeze()  # what is imported stays: the first search for garbage would go through all of it
    gc.enable()
    end_in_order()
