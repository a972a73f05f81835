"""Rights that administrators take away while transactions use them, on every database."""

import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from threading import Event as ThreadEvent

import pytest

from lockgate.certification.endentity import IssuedCertificate
from lockgate.certification.revocation import RevocationReason
from lockgate.errors import Conflict
from lockgate.rights.authorization import Member, Role
from lockgate.rights.signer import CertificateStanding, TrustedCertificate
from lockgate_ca_backend.administration import Administration
from tests.integration.ca_backend.concurrency import LONG_AGO, another_fence, order
from tests.integration.ca_backend.conftest import Deployment
from tests.support.issuing import issue


@pytest.mark.parametrize(
    "end",
    [
        lambda administration, role: administration.put_role(replace(role, members=frozenset())),
        lambda administration, role: administration.remove_role(role.name),
    ],
    ids=["taken away", "removed"],
)
def test_a_role_that_was_taken_away_counts_in_no_later_commit(
    shared: Deployment, end: Callable[[Administration, Role], None]
) -> None:
    """The command that takes it away ends only after the transactions that have read the role."""
    fingerprint = secrets.token_hex(32)
    role = Role(f"role {fingerprint}", frozenset({"/"}), frozenset({Member(fingerprint)}))
    shared.administration.put_role(role)
    member = TrustedCertificate(b"", fingerprint, "CN=CA", "CN=ra", 1, LONG_AGO, LONG_AGO, True, True, True)
    taken = ThreadEvent()

    def take_away() -> None:
        end(shared.administration, role)
        taken.set()

    with ThreadPoolExecutor(1) as pool:
        with shared.ca.transaction(another_fence(shared)) as work:
            assert work.roles.of(member) == (role,)
            told = pool.submit(take_away)
            assert not taken.wait(0.5)
        told.result(60)
    with shared.ca.transaction(another_fence(shared)) as work:
        assert work.roles.of(member) == ()


@pytest.mark.parametrize("gone", [True, False], ids=["removed", "edited"])
def test_who_joins_a_role_while_it_is_changed_is_treated_as_its_members(shared: Deployment, gone: bool) -> None:
    """Who joins by a renewal that commits first stays where the role does, and leaves nothing where that is removed."""
    fingerprint, joining = secrets.token_hex(32), secrets.token_hex(32)
    role = Role(f"role {fingerprint}", frozenset({"/administrator"}), frozenset({Member(fingerprint)}))
    shared.administration.put_role(role)
    member = TrustedCertificate(b"", fingerprint, "CN=CA", "CN=ra", 1, LONG_AGO, LONG_AGO, True, True, True)
    changed = ThreadEvent()

    def change() -> None:
        if gone:
            shared.administration.remove_role(role.name)
        else:
            shared.administration.edit_role(role.name, lambda one: replace(one, rules=one.rules | {"/action/view"}))
        changed.set()

    with ThreadPoolExecutor(1) as pool:
        with shared.ca.transaction(another_fence(shared)) as work:
            assert work.roles.of(member) == (role,)
            told = pool.submit(change)
            assert not changed.wait(0.5)
            assert work.roles.carry_over(fingerprint, joining) == [role.name]
        told.result(60)
    if gone:
        shared.administration.put_role(role)
    found = next(one for one in shared.administration.roles() if one.name == role.name)
    expected = {fingerprint} if gone else {fingerprint, joining}
    assert {member.fingerprint for member in found.members} == expected


def test_a_certificate_that_was_revoked_signs_for_no_later_commit(shared: Deployment, username: str) -> None:
    """The command that revokes it ends only after the transactions that found it good."""
    with shared.ca.transaction(another_fence(shared)) as work:
        issued = issue(work, order(username))
    assert isinstance(issued, IssuedCertificate)
    signer = TrustedCertificate(b"", issued.fingerprint, "CN=CA", "CN=ra", 1, LONG_AGO, LONG_AGO, True, True, True)
    revoked = ThreadEvent()

    def revoke() -> None:
        shared.administration.revoke(RevocationReason.SUPERSEDED, fingerprint=issued.fingerprint)
        revoked.set()

    with ThreadPoolExecutor(1) as pool:
        with shared.ca.transaction(another_fence(shared)) as work:
            assert work.certificates.standing(signer) is CertificateStanding.GOOD
            told = pool.submit(revoke)
            assert not revoked.wait(0.5)
        told.result(60)
    with shared.ca.transaction(another_fence(shared)) as work:
        assert work.certificates.standing(signer) is CertificateStanding.REVOKED


def test_a_role_that_is_being_changed_is_not_missing(shared: Deployment) -> None:
    """A transaction that reads it meanwhile sees it as it becomes, or is done again."""
    fingerprint = secrets.token_hex(32)
    role = Role(f"role {fingerprint}", frozenset({"/"}), frozenset({Member(fingerprint)}))
    shared.administration.put_role(role)
    changed = replace(role, rules=frozenset({"/administrator"}))
    member = TrustedCertificate(b"", fingerprint, "CN=CA", "CN=ra", 1, LONG_AGO, LONG_AGO, True, True, True)
    seen = ThreadEvent()

    def look() -> tuple[Role, ...]:
        while True:
            with suppress(Conflict), shared.ca.transaction(another_fence(shared)) as work:
                found = work.roles.of(member)
                seen.set()
                return found

    with ThreadPoolExecutor(1) as pool:
        with shared.administration._work() as work:
            work.store.roles.put(changed)
            looked = pool.submit(look)
            assert not seen.wait(0.5)
        assert looked.result(60) == (changed,)
