"""SIGKILL at every boundary of an operation whose CA is another installation of Lockgate, reached by CMP over HTTP.

One effect, or an operator's decision: never two certificates of one order that both stand. LOCKGATE_CRASH_KILLS and
LOCKGATE_CRASH_SEED are as in `test_operations`.
"""

import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509

from lockgate.certification.revocation import RevocationReason
from tests.crash import chance
from tests.crash.installation import Installation
from tests.crash.operations import WORKER, Lane, Site
from tests.crash.remote import LEASE, Lives
from tests.support.scenarios.cmp_ca import ALIAS, PASSWORD, CmpCa
from tests.support.wire.cmp_serve import serving

KINDS: Mapping[str, str] = {
    "answers again": "answers_again = true",
    "answers again, and later": "answers_again = true",
    "revokes what is not confirmed": "revokes_unconfirmed = true",
    "promises nothing": "",
}
"""The settings that say what the CA promises."""
KILLS = -(-chance.KILLS // len(KINDS))
"""For each kind."""
STEP = timedelta(seconds=8)
"""How far the clock is put forward between two lives: longer than a call may have an effect."""
TABLE = """kind = "cmp"

[ca.issuers.backend.options]
url = "{url}"
keyStorePath = "{keystore}"
keyStorePassword = "{password}"
ca_certificates = "{authority}"
answer_within = 1
settled_after = 2
{promise}
"""
pytestmark = [pytest.mark.crash, pytest.mark.timeout(600 + 20 * KILLS)]


class Operators:
    """Of the other installation: they tell what it has done."""

    def __init__(self, ca: CmpCa) -> None:
        self._ca = ca

    @property
    def certificate(self) -> bytes:
        return self._ca.certificate

    def issued(self) -> Sequence[bytes]:
        return self._ca.counted()

    def issued_for(self, operation: str) -> Sequence[bytes]:
        """What waits for a confirmation that nobody can send is revoked: nothing was issued."""
        return ()

    def revoked(self) -> Mapping[int, RevocationReason]:
        return self._ca.revoked()


class ChainedSite(Site):
    """Whatever has to be approved there is approved between two lives."""

    def __init__(self, installation: Installation, ca: CmpCa, table: str) -> None:
        super().__init__(installation, Operators(ca), table)
        self._other = ca

    def decide(self) -> None:
        self._other.approve()
        super().decide()


@pytest.fixture
def other(tmp_path: Path) -> Iterator[CmpCa]:
    ca = CmpCa(tmp_path / "other")
    yield ca
    ca.close()


@pytest.mark.parametrize("kind", KINDS)
def test_lives_killed_at_any_boundary_of_an_operation_by_cmp(kind: str, other: CmpCa, tmp_path: Path) -> None:
    seed = os.environ.get("LOCKGATE_CRASH_SEED") or secrets.token_hex(8)
    print(f"LOCKGATE_CRASH_SEED={seed} for {KILLS} kills of {kind}")
    urls = f"sqlite:///{tmp_path / 'ca.db'}", [f"sqlite:///{tmp_path / 'messages.db'}"]
    if "later" in kind:
        other.ask_for_approvals()
    with serving(other.config) as url, Installation(tmp_path / "site", *urls, LEASE.total_seconds()) as installation:
        files = {"keystore": other.keystore, "authority": other.authority, "password": PASSWORD}
        table = TABLE.format(url=f"{url}/{ALIAS}", promise=KINDS[kind], **files)
        site = ChainedSite(installation, other, table)
        with Lives(installation.config(WORKER), WORKER, step=STEP) as lives:
            lane = Lane(site, lives, f"{seed} {kind}")
            lane.run(KILLS)
        other.revoke_unconfirmed()
        assert not (wrong := list(site.complaints())), wrong
        print(lane.killed, f"{site.refused()} refused by an operator; {other.transactions()} transactions")
        if kind != "promises nothing":
            assert site.refused() == 0
        assert not other.unconfirmed()
        subjects = [x509.load_der_x509_certificate(one).subject for one in other.counted()]
        assert len(set(subjects)) == len(subjects), "two certificates of one order have counted"
