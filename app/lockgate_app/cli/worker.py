"""`lockgate worker`: run the service workers of a CA host, and the runners of its remote issuers."""

from collections.abc import Iterable, Sequence
from typing import Annotated

import typer

from lockgate.names.counted import counted
from lockgate.operations.status import DOUBTFUL
from lockgate_app.cli.serve_options import Verbose, log_level
from lockgate_app.cli.terminal import complain, configuration, out
from lockgate_app.logs import configure_logs
from lockgate_app.serving.plan import Plan, worker_plan
from lockgate_app.settings import CaZone, load_ca
from lockgate_app.workers import choice, running

OPERATOR = "lockgate worker"


def worker(
    context: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="Work off what is due now, then end.")] = False,
    name: Annotated[str | None, typer.Option(help="Run this worker or issuer's runner only; otherwise all.")] = None,
    verbose: Verbose = False,
) -> None:
    """Fetch requests from the message database, have them processed by the CA, and write the answers back.

    Each active worker runs in a process of its own, and so does the runner of each remote issuer, which has the
    issuer carry out what the workers have stored for it. SIGTERM ends them after the batch in hand. Logs go to
    standard error: one JSON object a line where that is no terminal.

    With --once the workers, the runners and again the workers have their turns until nothing is due: an issuer that
    answers at once has then brought its certificates. One that cannot be reached, or that answers later, is waited
    for by the next run. CRLs and OCSP answers of CAs outside that are due are fetched before and after the messages.
    At the end, standard error tells how many messages wait for approvals, and how many operations are open.

    Example: lockgate --config deployment/ca/lockgate.toml worker --once
    """
    level = log_level(verbose=verbose)
    configure_logs(level)
    zone = load_ca(configuration(context))
    names = choice.chosen(zone, name)
    if once:
        settled = running.run_once(zone, names)
        out().print(f"{counted(settled, 'message')} settled; nothing more is due.")
        _tell_what_waits(zone, names)
        return
    plan = worker_plan(zone, names)
    if len(plan) == 1:
        running.run(zone, *names)
        return
    raise typer.Exit(_watched(plan, level))


def _watched(plan: Plan, level: int) -> int:
    """Run each in a process of its own until a stop; the command's exit code."""
    from lockgate_app.serving.notifying import Notifier  # noqa: PLC0415  (one worker alone needs nothing of that)
    from lockgate_app.serving.supervisor import Supervisor  # noqa: PLC0415
    from lockgate_app.serving.wishes import Wishes  # noqa: PLC0415

    wishes = Wishes()
    with wishes.from_signals(reloads=False):
        return Supervisor(lambda: plan, wishes, Notifier(), level).run()


def _tell_what_waits(zone: CaZone, names: Sequence[str]) -> None:
    """Which messages wait for administrators, and which operations for remote issuers: no fault of this command."""
    sources = {zone.workers[name].data_source for name in names if name in zone.workers}
    if waiting := _await_approvals(zone, sources):
        complain(f"messages that wait for approvals: {waiting}; see `approvals list --status pending`")
    if zone.ca.issuers:
        _tell_open_operations(zone)


def _await_approvals(zone: CaZone, data_sources: Iterable[str]) -> int:
    from lockgate_app.container.ca import CaContainer  # noqa: PLC0415  (see `lockgate_app.cli.commands`)

    container = CaContainer(zone=zone)
    try:
        return container.inspection().messages_awaiting_approvals(data_sources)
    finally:
        container.engine().dispose()


def _tell_open_operations(zone: CaZone) -> None:
    from lockgate_app.container.ca_host import opened_zone  # noqa: PLC0415  (workers need nothing of that)

    with opened_zone(zone, OPERATOR) as host:
        found = host.administration.open_operations()
    if not found:
        return
    doubtful = sum(one.status is DOUBTFUL for one in found)
    complain(f"open operations at remote issuers: {len(found)}, {doubtful} of them in doubt; see `operation list`")
