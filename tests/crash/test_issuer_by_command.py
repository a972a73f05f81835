"""Crashes around an issuer by command, with `openssl ca` behind it: one certificate for each order, or an operator's
decision, and never two that stand.

Worker and runner are killed at every boundary, and the program itself before and after each step that it takes.
"""

import json
import os
import secrets
import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from lockgate.certification.revocation import RevocationReason
from lockgate.errors import Unavailable
from lockgate.ports import Issued, Order, RevocationOrder
from lockgate_issuers.command import CommandIssuer, Promise
from lockgate_testing.contracts.remote_issuer import RemoteIssuerSubject
from lockgate_testing.contracts.remote_issuer.subjects import drafted, revocation
from tests.contract.test_issuer_by_command import OpensslSubject
from tests.crash import chance
from tests.crash.installation import Installation
from tests.crash.operations import WORKER, Lane, Site
from tests.crash.remote import ISSUER, LEASE, Lives
from tests.support.openssl_ca import PATH, OpensslCa
from tests.support.parts import MissingPart, do_without

PROMISES: Mapping[str, list[str]] = {
    "idempotent": ["idempotent"],
    "looks up": ["looks_up"],
    "promises nothing": [],
}
KILLS = -(-chance.KILLS // 10)
"""For each kind: each life starts programs."""
TIMEOUT = 30
STEP = timedelta(seconds=TIMEOUT + 15)
"""Every lease and every run has ended then: see `Traits.timeout` and `Traits.handover`."""
pytestmark = [pytest.mark.crash, pytest.mark.timeout(300 + 20 * KILLS)]


class RecordedCa(OpensslCa):
    """The CA of `openssl ca`; each request to its program is noted."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.requests = folder / "requests"
        self.requests.touch()
        self.recording = folder / "recording"
        self.recording.write_text(f"#!/bin/sh\ntee -a {self.requests} | {folder}/program\n")
        self.recording.chmod(0o755)

    def calls(self) -> Mapping[str, int]:
        return Counter(order["operation"] for order in self._orders())

    def issued_for(self, operation: str) -> Sequence[bytes]:
        serials = {order["serial_number"] for order in self._orders("issue") if order["operation"] == operation}
        return [self.issued_as(serial) for serial in serials if self.has_issued(serial)]

    def _orders(self, *verbs: str) -> list[dict[str, str]]:
        found = map(json.loads, self.requests.read_text().splitlines())
        return [order for order in found if order["verb"] in (verbs or ("issue", "revoke"))]

    def table(self, promises: Sequence[str]) -> str:
        """Of the issuer, in the configuration."""
        options = {
            "program": str(self.recording),
            "directory": str(self.folder),
            "promises": promises,
            "timeout": TIMEOUT,
        }
        lines = (f"{name} = {json.dumps(value)}" for name, value in options.items())
        variables = f'environment = {{ PATH = "{PATH["PATH"]}" }}'
        return "\n".join(['kind = "command"', f"[ca.issuers.{ISSUER}.options]", *lines, variables, ""])


@pytest.fixture
def ca(tmp_path: Path) -> RecordedCa:
    try:
        return RecordedCa(tmp_path / "openssl")
    except MissingPart as missing:
        do_without(missing)


@pytest.mark.parametrize("kind", PROMISES)
def test_lives_killed_at_any_boundary_of_an_operation(kind: str, ca: RecordedCa, tmp_path: Path) -> None:
    seed = os.environ.get("LOCKGATE_CRASH_SEED") or secrets.token_hex(8)
    print(f"LOCKGATE_CRASH_SEED={seed} for {KILLS} kills of {kind}")
    urls = f"sqlite:///{tmp_path / 'ca.db'}", [f"sqlite:///{tmp_path / 'messages.db'}"]
    with Installation(tmp_path / "site", *urls, LEASE.total_seconds()) as installation:
        site = Site(installation, ca, ca.table(PROMISES[kind]))
        with Lives(installation.config(WORKER), WORKER, step=STEP) as lives:
            lane = Lane(site, lives, f"{seed} {kind}")
            lane.run(KILLS)
        assert not (wrong := list(site.complaints())), wrong
        print(lane.killed, f"{site.refused()} refused by an operator")
        if PROMISES[kind]:
            assert site.refused() == 0
        issuing = {operation: count for operation, count in ca.calls().items() if ca.issued_for(operation)}
        assert issuing
        if kind == "promises nothing":
            assert max(issuing.values()) == 1


class Interrupted:
    """An issuer whose program is killed beside one of the steps that it takes: before or after an `openssl`."""

    def __init__(self, ca: OpensslCa) -> None:
        self.folder = ca.folder.parent / "killing"
        self.folder.mkdir()
        self.count = self.folder / "count"
        openssl = self.folder / "openssl"
        real = next(path for path in map(Path, PATH["PATH"].split(":")) if (path / "openssl").exists()) / "openssl"
        openssl.write_text(
            f"""#!/bin/sh
echo >>{shlex.quote(str(self.count))}
step=$(wc -l <{shlex.quote(str(self.count))})
[ "$KILLED" = "before $step" ] && kill -KILL $PPID
{real} "$@"; code=$?
[ "$KILLED" = "after $step" ] && kill -KILL $PPID
exit $code
"""
        )
        openssl.chmod(0o755)
        self._program = ca.program

    def issuer(self, killed: str) -> CommandIssuer:
        """One whose program is killed there."""
        self.count.write_text("")
        environment = {"PATH": f"{self.folder}:{PATH['PATH']}", "KILLED": killed}
        return CommandIssuer("backend", replace(self._program, environment=environment), list(Promise))


def steps(interrupted: Interrupted, draft: bytes) -> int:
    """How many there are; the order is carried out."""
    interrupted.issuer("never").call(draft)
    return len(interrupted.count.read_text().splitlines())


@pytest.mark.parametrize("proven", [True, False], ids=["PKCS10", "a key alone"])
def test_the_program_killed_beside_each_step_of_a_certificate(ca: RecordedCa, *, proven: bool) -> None:
    subject, interrupted = OpensslSubject(ca, proven), Interrupted(ca)
    total = steps(interrupted, drafted(subject, subject.order()))
    assert total >= 3
    for place in [f"{side} {step}" for step in range(1, total + 1) for side in ("before", "after")]:
        draft, before = drafted(subject, subject.order()), subject.issued()
        with pytest.raises(Unavailable, match="signal 9"):
            interrupted.issuer(place).call(draft)
        found = subject.issuer.lookup(draft)
        answer = subject.issuer.call(draft)
        assert isinstance(answer, Issued)
        assert found in (None, answer)
        assert len(subject.issued()) == len(before) + 1
        assert subject.issued()[-1] == answer.certificate


def test_the_program_killed_beside_each_step_of_a_revocation(ca: RecordedCa) -> None:
    subject, interrupted = OpensslSubject(ca, proven=True), Interrupted(ca)
    total = steps(interrupted, drafted(subject, revoked(subject)))
    assert total >= 1
    for place in [f"{side} {step}" for step in range(1, total + 1) for side in ("before", "after")]:
        draft, before = drafted(subject, revoked(subject)), subject.revoked()
        with pytest.raises(Unavailable, match="signal 9"):
            interrupted.issuer(place).call(draft)
        subject.issuer.call(draft)
        assert len(subject.revoked()) == len(before) + 1


@pytest.mark.parametrize("name", ["index.txt", "crlnumber"])
@pytest.mark.parametrize("written", [True, False], ids=["new", "old"])
def test_a_file_that_openssl_has_half_replaced(ca: RecordedCa, name: str, *, written: bool) -> None:
    subject = OpensslSubject(ca, proven=True)
    draft = drafted(subject, subject.order())
    made = subject.issuer.call(draft)
    file = ca.folder / name
    file.rename(ca.folder / f"{name}.new" if written else ca.folder / f"{name}.old")
    assert subject.issuer.call(draft) == made
    assert file.exists()


def revoked(subject: RemoteIssuerSubject) -> RevocationOrder:
    """An order to revoke a new certificate."""
    order: Order = subject.order()
    answer = subject.issuer.call(drafted(subject, order))
    assert isinstance(answer, Issued)
    return revocation(subject, answer.certificate, RevocationReason.SUPERSEDED)
