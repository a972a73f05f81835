"""`lockgate serve`: everything that a host runs."""

import typer

from lockgate_app.cli.serve_options import Verbose, log_level
from lockgate_app.cli.terminal import configuration
from lockgate_app.logs import configure_logs
from lockgate_app.serving.notifying import Notifier
from lockgate_app.serving.plan import whole_plan
from lockgate_app.serving.supervisor import Supervisor
from lockgate_app.serving.wishes import Wishes
from lockgate_app.settings import load


def serve(
    context: typer.Context,
    verbose: Verbose = False,
) -> None:
    """Run everything that is configured for this host, each part in a process of its own, until SIGTERM.

    On a CA node: the workers, the runners of remote issuers, the CRLs of [crls], and the CMP service of [cmp.direct].
    On an RA's host: the SCEP server of [scep], the CMP proxy of [cmp] and the enrolment page of [web].

    A process that dies is started again. SIGHUP reads the configuration anew: where everything can start by it, the
    processes whose settings have changed finish what they have in hand, and others take their places; otherwise
    nothing changes. Logs go to standard error: one JSON object a line where that is no terminal.

    Example: lockgate --config deployment/ca/lockgate.toml serve
    """
    level = log_level(verbose=verbose)
    configure_logs(level)
    path, wishes = configuration(context), Wishes()
    with wishes.from_signals(reloads=True):
        code = Supervisor(lambda: whole_plan(load(path)), wishes, Notifier(), level).run()
    raise typer.Exit(code)
