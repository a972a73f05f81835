"""`lockgate audit`: the CA's audit log, verified and exported."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from lockgate.administration.audit import AuditEntry, AuditQuery
from lockgate.administration.pages import Page
from lockgate.audit import Event
from lockgate.names.counted import counted
from lockgate_app.cli.ca_host import ca_host
from lockgate_app.cli.options import MOMENTS, After, Json, Limit, utc
from lockgate_app.cli.presentation import show_all
from lockgate_app.cli.terminal import out
from lockgate_app.facts import audit_entry
from lockgate_app.outputs import output_file, require_writable

app = typer.Typer(help="The CA's audit log.", no_args_is_help=True)
TAMPERED = 1


@app.callback()
def audit() -> None:
    """The CA's audit log."""


@app.command()
def verify(context: typer.Context, as_json: Json = False) -> None:
    """Find every entry that was changed, removed or moved since it was written. Exit code 1 if there is one.

    Note the heads printed here somewhere else from time to time: with them it shows if an earlier state of the whole
    log was restored.

    Example: lockgate --config deployment/ca/lockgate.toml audit verify
    """
    with ca_host(context) as host:
        tamperings, heads = host.auditor.verify()
    if as_json:
        typer.echo(msgspec.json.encode({"tampered": tamperings, "heads": heads}).decode())
    else:
        for tampering in tamperings:
            out().print(f"{tampering.writer}, entry {tampering.number}: {tampering.text}", soft_wrap=True)
        for writer, head in sorted(heads.items()):
            out().print(f"{writer}: {counted(head.number, 'entry', 'entries')}, head {head.seal}", soft_wrap=True)
        out().print("The log is as it was written." if not tamperings else "The log was tampered with.")
    if tamperings:
        raise typer.Exit(TAMPERED)


@app.command(name="show")
def show_entries(
    context: typer.Context,
    event: Annotated[
        Event | None, typer.Option(metavar="EVENT", help="For example certificate.revoked.", show_choices=False)
    ] = None,
    writer: Annotated[str | None, typer.Option(help="A worker's name, or: administration.")] = None,
    who: Annotated[str | None, typer.Option(metavar="PATTERN", help="Who did it: `*` any characters, `?` one.")] = None,
    target: Annotated[str | None, typer.Option(metavar="PATTERN", help="What was concerned.")] = None,
    since: Annotated[datetime | None, typer.Option(formats=MOMENTS, help="From then on (UTC).")] = None,
    until: Annotated[datetime | None, typer.Option(formats=MOMENTS, help="Before then (UTC).")] = None,
    limit: Limit = 50,
    after: After = None,
    as_json: Json = False,
) -> None:
    """Entries that fit everything asked for, the latest first. `lockgate audit verify` tells whether they are genuine.

    Example: lockgate --config deployment/ca/lockgate.toml audit show --event certificate.revoked --since 2026-11-01
    """
    query = AuditQuery(event=event, writer=writer, who=who, target=target, since=utc(since), until=utc(until))
    with ca_host(context) as host:
        found = host.inspection.audit_entries(query, Page(limit, after))
    show_all("entries", map(audit_entry, found.items), as_json=as_json, after=found.next, paged=True)


@app.command()
def export(
    context: typer.Context,
    output: Annotated[Path | None, typer.Option(metavar="FILE", help="A new file; standard output by default.")] = None,
) -> None:
    """Write the whole log as JSON lines, by writer and number.

    Example: lockgate --config deployment/ca/lockgate.toml audit export --output audit.jsonl
    """
    require_writable(output)
    with ca_host(context) as host:
        lines = map(_line, host.auditor.entries())
        if output is None:
            for line in lines:
                typer.echo(line.decode())
            return
        with output_file(output, 0o600) as file:
            file.writelines(line + b"\n" for line in lines)


def _line(entry: AuditEntry) -> bytes:
    """One entry; its details are JSON already."""
    return msgspec.json.encode(msgspec.to_builtins(entry) | {"details": msgspec.Raw(entry.details.encode())})
