"""The SCEP server of an RA host: its keys, its secrets, and whom it lets in."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from pathlib import Path

from lockgate_app.checks.certificates import check_certificate
from lockgate_app.checks.files import check_private, check_secret
from lockgate_app.checks.finding import Finding, good, guarded, warning
from lockgate_app.checks.tls import check_tls
from lockgate_app.checks.tokens import check_token_key
from lockgate_app.container.enrolments import transaction_sealer
from lockgate_app.container.keystores import ra_keystore
from lockgate_app.fronts import FRONTS
from lockgate_app.scep import alias_rules, judge_keystore, transport_keystore
from lockgate_app.settings import RaZone, ScepEnrolment, ScepTable

MIN_CHALLENGE = 16
"""Characters of a challenge password that all devices share, below which it is easily guessed."""


def check_scep(path: Path, zone: RaZone, table: ScepTable, now: datetime) -> Iterator[Finding]:
    """Every rule about the table `[scep]` of the configuration `path`.

    Args:
        now: UTC.
    """
    yield from guarded("SCEP", partial(_server, path, table, now))
    for alias, enrolment in table.addresses.items():
        subject = f"SCEP alias {alias}" if alias else "SCEP"
        yield from guarded(subject, partial(_address, subject, path, zone, alias, enrolment, now))


def _server(path: Path, table: ScepTable, now: datetime) -> Iterator[Finding]:
    yield from check_secret("SCEP", table.secret, path)
    transaction_sealer(FRONTS["scep"].protocol, table)
    yield from check_tls("SCEP", table, now)


def _address(
    subject: str, path: Path, zone: RaZone, alias: str, enrolment: ScepEnrolment, now: datetime
) -> Iterator[Finding]:
    yield from check_token_key(subject, enrolment.keystore_path, enrolment.keystore_password)
    keystore, rules = transport_keystore(alias, enrolment), alias_rules(alias, enrolment)
    judge_keystore(keystore, ra_keystore(zone), rules)
    yield from check_private(subject, enrolment.keystore_path)
    yield from check_secret(subject, enrolment.keystore_password, path)
    yield from check_certificate(subject, keystore.certificate, rules.holders, rules.ca_name, now)
    yield from _challenge(subject, path, enrolment)
    if enrolment.legacy:
        yield warning(subject, "legacy = true: SHA-1 and triple DES are accepted")


def _challenge(subject: str, path: Path, enrolment: ScepEnrolment) -> Iterator[Finding]:
    if enrolment.shared_challenge is not None:
        yield from check_secret(subject, enrolment.shared_challenge, path)
        if len(enrolment.shared_challenge.reveal()) < MIN_CHALLENGE:
            yield warning(subject, f"authPwd: shorter than {MIN_CHALLENGE} characters, and so easily guessed")
    elif enrolment.create_or_edit_user:
        yield warning(subject, "authPwd = none: without approvals, whoever reaches the server gets a certificate")
    else:
        yield good(subject, "each device has a challenge password of its own")
