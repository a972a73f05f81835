"""OCSP answers about this installation's certificates, by the tables `[ocsp]` of both zones."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from lockgate.administration.observations import AnswerTally
from lockgate_app.checks.finding import Finding, good, guarded, warning
from lockgate_app.checks.tls import check_tls
from lockgate_app.container.ca import CaContainer
from lockgate_app.settings.ocsp import OcspAnswersTable, OcspResponderTable

SUBJECT = "OCSP"
WITHOUT_URL = "no certificate profile names the responder in ocsp: clients do not find it by a certificate"
NEVER = "no round has published all answers yet: start `lockgate serve`, or run `lockgate ocsp publish`"
LATE = "see in the log of `lockgate serve` what keeps it from publishing, or run `lockgate ocsp publish`"
UNSIGNED = "none of their CA's keys has signed them, as with a next CA certificate that was cancelled"


def check_ocsp_answers(table: OcspAnswersTable | None, container: CaContainer) -> Iterator[Finding]:
    """Whether answers are published, and clients find them."""
    if table is not None:
        yield from guarded(SUBJECT, partial(_answers, table, container))


def _answers(table: OcspAnswersTable, container: CaContainer) -> Iterator[Finding]:
    for source, found in container.observation().ocsp_answers(table.data_sources, table.terms, table.late).items():
        yield from _published(source, found, table.late)
    if not any(profile.ocsp for profile in container.inspection().profiles().certificate.values()):
        yield warning(SUBJECT, WITHOUT_URL)


def _published(source: str, tally: AnswerTally, late: timedelta) -> Iterator[Finding]:
    if tally.age is None:
        yield warning(SUBJECT, f"data source {source}: {NEVER}")
        return
    minutes = late // timedelta(minutes=1)
    if tally.overdue:
        text = f"certificates whose answer has been due for more than {minutes} minutes: {tally.overdue}"
        yield warning(SUBJECT, f"data source {source}: {text}; {LATE}")
    elif tally.age > late:
        text = f"no round has published all answers for more than {minutes} minutes"
        yield warning(SUBJECT, f"data source {source}: {text}; {LATE}")
    else:
        yield good(SUBJECT, f"answers are published in data source {source}")
    if tally.unsigned:
        text = f"certificates without an answer, because {UNSIGNED}: {tally.unsigned}"
        yield good(SUBJECT, f"data source {source}: {text}")


def check_ocsp_responder(table: OcspResponderTable | None, now: datetime) -> Iterator[Finding]:
    """Whether the responder can listen as it is configured.

    Args:
        now: UTC.
    """
    if table is not None:
        yield from guarded(SUBJECT, partial(_responder, table, now))


def _responder(table: OcspResponderTable, now: datetime) -> Iterator[Finding]:
    yield from check_tls(SUBJECT, table, now)
    yield good(SUBJECT, f"the responder answers on {table.host}, port {table.port}")
