"""`lockgate check`: verify a zone's deployment."""

import json

import typer
from rich.table import Table
from rich.text import Text

from lockgate.names.counted import counted
from lockgate_app.checks import Finding, Severity, examine
from lockgate_app.cli.options import Json
from lockgate_app.cli.terminal import configuration, out
from lockgate_app.logs import configure_logs
from lockgate_app.settings import load

_SHOWN = {
    Severity.GOOD: Text("good", "green"),
    Severity.WARNING: Text("warning", "yellow"),
    Severity.WRONG: Text("wrong", "bold red"),
}


def check(context: typer.Context, as_json: Json = False) -> None:
    """Verify this zone's deployment and say in plain words what is wrong.

    Looks at databases and their schemas, keystores and certificates, file modes and settings. Works with either
    zone's configuration. Exit code 0: nothing is wrong (there may be warnings); 1: something is; 2: the
    configuration cannot be read.

    Example: lockgate --config deployment/ca/lockgate.toml check
    """
    configure_logs()
    path = configuration(context)
    findings = list(examine(path, load(path)))
    wrong = sum(finding.verdict is Severity.WRONG for finding in findings)
    warnings = sum(finding.verdict is Severity.WARNING for finding in findings)
    if as_json:
        facts = [
            {"verdict": finding.verdict, "subject": finding.subject, "finding": finding.text} for finding in findings
        ]
        typer.echo(json.dumps({"findings": facts, "wrong": wrong, "warnings": warnings}, indent=2))
        raise typer.Exit(1 if wrong else 0)
    _show(findings)
    out().print(f"{counted(len(findings), 'check')}: {wrong} wrong, {counted(warnings, 'warning')}.")
    raise typer.Exit(1 if wrong else 0)


def _show(findings: list[Finding]) -> None:
    table = Table("", "What", "Finding", box=None, pad_edge=False)
    for finding in findings:
        table.add_row(_SHOWN[finding.verdict], finding.subject, finding.text)
    out().print(table)
