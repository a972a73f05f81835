"""`lockgate load`: a sample client that loads the line at a steady pace."""

import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from lockgate_app.cli.interrupts import INTERRUPTED
from lockgate_app.cli.load_cmp import (
    CmpOptions,
    ImplicitConfirm,
    LoadProtocol,
    Protocol,
    Reference,
    SecretFile,
    Signers,
    SigningKeystore,
    Url,
)
from lockgate_app.cli.options import Json, PasswordFile
from lockgate_app.cli.presentation import show
from lockgate_app.cli.requests import Ca, CertificateProfile, EndEntityProfile, KeyAlgorithm, KeySpec, Wait
from lockgate_app.cli.terminal import configuration, out, plain
from lockgate_app.container.cmp_load import CmpTarget, enrolling_at
from lockgate_app.container.ra import connect_as
from lockgate_app.deployment import CA_NAME
from lockgate_app.load import (
    Crowd,
    EnrollingClient,
    EnrolmentSample,
    LoadKind,
    LoadPace,
    Making,
    Outcome,
    Sample,
    Security,
    SteadyClient,
    Tally,
)
from lockgate_app.logs import configure_logs
from lockgate_app.workers.stops import EventRest, stopped_by_signals

FAILED = 1

MessageKind = Annotated[
    LoadKind, typer.Option(case_sensitive=False, help="CERT: a PKCS#10 each. KEYSTORE: a PKCS#10 and a PKCS#12 each.")
]
Protection = Annotated[
    Security, typer.Option(case_sensitive=False, help="How requests are protected; answers must be no less.")
]
PerMinute = Annotated[int, typer.Option(min=1, max=100_000, help="Requests a minute, of all clients together.")]
Ras = Annotated[int, typer.Option(min=1, max=100, help="RA clients at the same time.")]
Count = Annotated[int | None, typer.Option(min=1, help="Requests in all; without it until --duration or Ctrl-C.")]
Duration = Annotated[int | None, typer.Option(metavar="SECONDS", min=1, help="Send nothing more after this time.")]
Prefix = Annotated[str, typer.Option(help="What usernames start with; a random part and a number follow.")]
Subject = Annotated[str, typer.Option(help="The subject; {username} is replaced by the username.")]


def load(
    context: typer.Context,
    protocol: Protocol = LoadProtocol.SUBMESSAGES,
    kind: MessageKind = LoadKind.CERT,
    security: Protection = Security.SIGNED_ENCRYPTED,
    per_minute: PerMinute = 60,
    ras: Ras = 1,
    wait: Wait = 60,
    count: Count = None,
    duration: Duration = None,
    username_prefix: Prefix = "load",
    subject_dn: Subject = "CN={username}",
    ca: Ca = CA_NAME,
    end_entity_profile: EndEntityProfile = "EMPTY",
    certificate_profile: CertificateProfile = "ENDUSER",
    key_alg: KeyAlgorithm = "ECDSA",
    key_spec: KeySpec = "P-256",
    url: Url = None,
    reference: Reference = None,
    secret_file: SecretFile = None,
    keystore: SigningKeystore = None,
    password_file: PasswordFile = None,
    signers: Signers = None,
    implicit_confirm: ImplicitConfirm = False,
    as_json: Json = False,
) -> None:
    """Send sample requests at a steady pace, and tell how fast they were answered: one line each, then a summary.

    Every request is for a new end entity and a new key; keys and certificates are thrown away. Requests are sent when
    they are due, however many wait for answers.

    Exit code 0: every request succeeded. 1: some failed; the summary counts them by reason. 130: interrupted (Ctrl-C)
    after nothing but successes; what was not answered then is given up. 2: nothing could be sent.

    Example: lockgate --config deployment/ra/lockgate.toml load --kind CERT --security SIGNEDENCRYPTED
    --per-minute 120 --ras 2 --wait 60 --count 100
    """
    configure_logs()
    prefix = f"{username_prefix}-{secrets.token_hex(4)}"
    pace = LoadPace(per_minute=per_minute, ras=ras, count=count, duration=duration)
    rest = EventRest()
    cmp = CmpOptions(url, reference, secret_file, keystore, password_file, signers, implicit_confirm)
    if protocol is LoadProtocol.CMP:
        clients = _cmp_clients(cmp.target(wait), EnrolmentSample(prefix, subject_dn), pace, rest)
    else:
        cmp.require_none()
        sample = Sample(
            kind=kind,
            security=security,
            prefix=prefix,
            subject_dn=subject_dn,
            ca_name=ca,
            end_entity_profile=end_entity_profile,
            certificate_profile=certificate_profile,
            key_alg=key_alg,
            key_spec=key_spec,
        )
        clients = _ra_clients(configuration(context), sample, pace, wait, rest)
    with clients as making:
        _run(making, count, rest, as_json=as_json)


def _run(making: Sequence[Making], count: int | None, rest: EventRest, *, as_json: bool) -> NoReturn:
    tally = Tally()
    with stopped_by_signals(rest):
        crowd = Crowd(making, rest)
        with _display(count, quiet=as_json) as tell:
            for outcome in crowd.outcomes():
                tally.add(outcome)
                tell(outcome, tally, crowd.elapsed)
        show(tally.summary(crowd.sent, crowd.elapsed), as_json=as_json)
    raise typer.Exit(FAILED if tally.failed else INTERRUPTED if rest.stopping() else 0)


@contextmanager
def _ra_clients(
    config: Path, sample: Sample, pace: LoadPace, wait: float, rest: EventRest
) -> Iterator[Sequence[Making]]:
    security = sample.security
    insist_signed = security is not Security.UNSECURED
    clients = connect_as(config, pace.ras, insist_signed=insist_signed, insist_encrypted=security.encrypted)
    with clients[0]:
        yield [partial(SteadyClient, client, ra, sample, pace, wait, rest) for ra, client in enumerate(clients)]


@contextmanager
def _cmp_clients(
    target: CmpTarget, sample: EnrolmentSample, pace: LoadPace, rest: EventRest
) -> Iterator[Sequence[Making]]:
    with enrolling_at(target, pace.ras) as clients:
        yield [partial(EnrollingClient, enrol, ra, sample, pace, rest) for ra, enrol in enumerate(clients)]


@contextmanager
def _display(count: int | None, *, quiet: bool) -> Iterator[Callable[[Outcome, Tally, float], None]]:
    """Shows a line for each request; on a terminal with a bar beneath. Nothing if `quiet`."""
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=out(), transient=True, disable=quiet or not out().is_terminal) as progress:
        task = progress.add_task("sending", total=count)

        def tell(outcome: Outcome, tally: Tally, elapsed: float) -> None:
            total = f"{tally.succeeded} succeeded, {tally.failed} failed, {tally.per_minute(elapsed):.0f} a minute"
            if not quiet:
                out().print(f"{_line(outcome)}  [{total}]", soft_wrap=True)
            progress.update(task, completed=tally.done, description=total)

        yield tell


def _line(outcome: Outcome) -> str:
    result = "ok" if outcome.reason is None else f"failed ({outcome.reason}): {plain(outcome.detail or '')}"
    return f"{outcome.username}  {outcome.seconds:.3f} s  {result}"
