"""`lockgate ocsp`: answers that the CA's side publishes, and the responder of an RA host that serves them."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Annotated

import typer

from lockgate.errors import Defect, LockgateError, Unavailable
from lockgate.publishing.rounds import AnswerPublishing
from lockgate_app.cli.options import Json
from lockgate_app.cli.presentation import show_all
from lockgate_app.cli.serve_options import Host, Port, Verbose, log_level
from lockgate_app.cli.terminal import complain, configuration
from lockgate_app.container.http import Place
from lockgate_app.logs import configure_logs
from lockgate_app.settings import load_ca, load_ra
from lockgate_app.words import Facts

app = typer.Typer(help="OCSP answers about this installation's certificates.", no_args_is_help=True)
MOST = 16
"""Data sources in which answers are published at a time: a slow one keeps no other waiting."""
FAILED = 2
"""The exit code where a CA could not sign, or nothing could be published in a data source."""


@app.command()
def publish(
    context: typer.Context,
    anew: Annotated[
        bool, typer.Option("--anew", help="Replace every answer, whatever stands there: after a restore.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Sign and publish the OCSP answers that are due; for a scheduler. `lockgate serve` does the same by itself.

    A certificate has an answer in each data source of [ocsp] until it ends. One is due where there is none, where the
    certificate was revoked, put on hold or released since, and when half of the answer's time is over. A CA that cannot
    sign, or a data source that is away, keeps no other from it; the exit code is 2 then.

    Example: lockgate --config deployment/ca/lockgate.toml ocsp publish
    """
    from lockgate_app.container.ocsp import answer_publishing  # noqa: PLC0415  (an RA host has nothing of it)

    with answer_publishing(load_ca(configuration(context))) as publishing, ThreadPoolExecutor(MOST) as threads:
        outcomes = list(threads.map(partial(_tried, publishing, anew=anew), publishing.sources))
    rows = [outcome.row for outcome in outcomes if outcome.row is not None]
    refusals = dict.fromkeys(refusal for outcome in outcomes for refusal in outcome.refusals)
    if rows:
        show_all("data_sources", rows, as_json=as_json)
    if refusals:
        complain("\n".join(refusals))
        raise typer.Exit(FAILED)


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What came of publishing in a data source."""

    row: Facts | None
    refusals: Sequence[str]


def _tried(publishing: AnswerPublishing, source: str, *, anew: bool) -> _Outcome:
    try:
        return _published(publishing, source, anew=anew)
    except Defect:
        raise
    except LockgateError as error:
        return _Outcome(None, [str(error)])


def _published(publishing: AnswerPublishing, source: str, *, anew: bool) -> _Outcome:
    done = publishing.publish_all(source, anew=anew)
    if done is None:
        raise Unavailable(f"another process publishes OCSP answers in data source {source} now; try again later")
    return _Outcome({"data source": source, "certificates": done.certificates}, done.refusals)


@app.command(name="serve")
def serve_responder(
    context: typer.Context,
    host: Host = None,
    port: Port = None,
    verbose: Verbose = False,
) -> None:
    """Answer OCSP requests with what the CA's side has published, until SIGTERM; runs on the RA's host.

    Clients use http://HOST:8080/ocsp, by GET or POST. Logs go to standard error: one JSON object a line where that is
    no terminal.

    Example: lockgate --config deployment/ra/lockgate.toml ocsp serve
    """
    from lockgate_app.container.ocsp_responder import OcspResponderContainer  # noqa: PLC0415  (a CA host has no HTTP)

    configure_logs(log_level(verbose=verbose))
    serve_http = OcspResponderContainer(zone=load_ra(configuration(context))).service()
    serve_http(Place(host, port))
