"""Decisions on approvals at one instant, on every database: each gets a result, and no rejection is lost."""

import json
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from threading import Barrier, Event

import pytest
from cryptography import x509

from lockgate.errors import CallerError, Conflict
from lockgate.requests.content import ContentKind
from lockgate.rights.approval import ApprovalRequest, ApprovalStatus, Decision, Verdict
from lockgate.rights.authorization import Member, Role
from lockgate.rights.votes import Votes
from lockgate_ca_backend.administration.approvals import ApprovalAdministration
from lockgate_ca_backend.facilities import Facilities
from lockgate_ca_backend.inspection import Inspection
from lockgate_formats.cms import CmsEnvelopes
from lockgate_formats.submessages.contents import JsonContents
from lockgate_formats.trust import CurrentIssuersTrust
from tests.contract.registries import SECRET, new_engine
from tests.integration.ca_backend.conftest import Deployment
from tests.support.databases.servers import DATABASES, marked
from tests.support.pki.certificate_requests import spki
from tests.support.pki.identities import Identity, rsa_key

RULES = frozenset({"/administrator", "/ca/*", "/endentityprofile/*", "/action/approve"})
PAIRS = 8
SECONDS = 60


@dataclass
class Hall:
    """A CA, two administrators, and where they decide."""

    deployment: Deployment
    approvals: ApprovalAdministration
    votes: Votes
    ann: Identity
    ben: Identity

    def open(self, quorum: int = 2) -> ApprovalRequest:
        action = {"ca_names": ["ManagementCA"], "end_entity_profiles": ["EMPTY"], "number": secrets.token_hex(8)}
        with self.deployment.ca.transaction(self.deployment.fence()) as work:
            now = work.now()
            approval = ApprovalRequest(
                requester="a" * 64,
                action=json.dumps(action).encode(),
                quorum=quorum,
                opened=now,
                expires=now + timedelta(hours=1),
            )
            work.approvals.open(approval)
        return approval

    def decide(self, who: Identity, approval: ApprovalRequest, verdict: Verdict) -> str:
        """What the administrator is told: where the approval stands then, or what there is no decision about."""
        decision = Decision(
            approval=approval.id,
            action=approval.action,
            verdict=verdict,
            reason="no" if verdict is Verdict.REJECT else "",
            opened=approval.opened,
            expires=approval.expires,
            created=approval.opened,
        )
        content = JsonContents().encode_decision(decision)
        octets = CmsEnvelopes(who.keystore).seal(content, ContentKind.APPROVAL, sign=True, encrypt_to=None)
        try:
            return self.approvals.decide(approval.id, octets).standing.status
        except CallerError as error:
            return str(error)

    def status(self, approval: ApprovalRequest) -> ApprovalStatus:
        return self.approvals.approval(approval.id).standing.status


@pytest.fixture(scope="module", params=marked(DATABASES))
def hall(request: pytest.FixtureRequest, fresh_database: Callable[[str], str]) -> Iterator[Hall]:
    engine = new_engine(fresh_database(request.param))
    deployment = Deployment(engine)
    deployment.administration.create_ca("ManagementCA", "CN=ManagementCA", key="P-256")
    people = []
    for number, name in enumerate(("ann", "ben")):
        key = rsa_key(61 + number)
        issued = deployment.administration.issue_keystore_certificate(
            name, f"CN={name}", spki(key), ca_name="ManagementCA", certificate_profile="RA"
        )
        member = Member(sha256(issued.certificate).hexdigest())
        deployment.administration.put_role(Role(name, RULES, frozenset({member})))
        people.append(Identity(x509.load_der_x509_certificate(issued.certificate), key))
    trust = CurrentIssuersTrust(Inspection(engine).issuer_certificates)
    votes = Votes(CmsEnvelopes(None), JsonContents(), trust)
    yield Hall(deployment, ApprovalAdministration(engine, Facilities.under(SECRET), votes=votes), votes, *people)
    engine.dispose()


def test_of_two_who_decide_at_one_instant_both_get_a_result(hall: Hall) -> None:
    opened = [hall.open() for _ in range(PAIRS)]
    barrier = Barrier(2 * PAIRS)

    def decide(who: Identity, approval: ApprovalRequest, verdict: Verdict) -> str:
        barrier.wait(SECONDS)
        return hall.decide(who, approval, verdict)

    with ThreadPoolExecutor(2 * PAIRS) as pool:
        approving = [pool.submit(decide, hall.ann, approval, Verdict.APPROVE) for approval in opened]
        rejecting = [pool.submit(decide, hall.ben, approval, Verdict.REJECT) for approval in opened]
        told = [(future.result(SECONDS)) for future in approving], [future.result(SECONDS) for future in rejecting]
    too_late = [f"the approval {approval.id} is rejected: there is nothing to decide" for approval in opened]
    assert all(said in (ApprovalStatus.PENDING, late) for said, late in zip(told[0], too_late, strict=True)), told[0]
    assert told[1] == [ApprovalStatus.REJECTED] * PAIRS
    assert [hall.status(approval) for approval in opened] == [ApprovalStatus.REJECTED] * PAIRS


def test_two_who_approve_at_one_instant_are_two(hall: Hall) -> None:
    opened = [hall.open() for _ in range(PAIRS)]
    barrier = Barrier(2 * PAIRS)

    def approve(who: Identity, approval: ApprovalRequest) -> str:
        barrier.wait(SECONDS)
        return hall.decide(who, approval, Verdict.APPROVE)

    with ThreadPoolExecutor(2 * PAIRS) as pool:
        futures = [pool.submit(approve, who, approval) for approval in opened for who in (hall.ann, hall.ben)]
        assert {future.result(SECONDS) for future in futures} == {ApprovalStatus.PENDING, ApprovalStatus.APPROVED}
    assert [hall.status(approval) for approval in opened] == [ApprovalStatus.APPROVED] * PAIRS


def test_what_is_rejected_before_it_is_committed_is_not_carried_out(hall: Hall) -> None:
    """The request is judged approved, then the rejection comes, then the request's transaction goes on."""
    approval = hall.open(quorum=1)
    hall.decide(hall.ann, approval, Verdict.APPROVE)
    fence = hall.deployment.fence()
    judged, rejected = Event(), Event()
    waits = hall.deployment.engine.dialect.name != "sqlite"  # there a transaction has the database to itself

    def carry_out() -> bool:
        try:
            with hall.deployment.ca.transaction(fence) as work:
                assert hall.votes.judge(approval, work).standing.status is ApprovalStatus.APPROVED
                judged.set()
                if waits:
                    assert rejected.wait(SECONDS)
                work.approvals.settle(replace(approval, settled=work.now(), succeeded=True))
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(carry_out)
        assert judged.wait(SECONDS)
        told = hall.decide(hall.ben, approval, Verdict.REJECT)
        rejected.set()
        carried_out = done.result(SECONDS)
    if waits:
        assert (carried_out, told) == (False, ApprovalStatus.REJECTED)
    else:
        assert (carried_out, told) == (True, f"the approval {approval.id} is executed: there is nothing to decide")
    assert hall.status(approval) is (ApprovalStatus.EXECUTED if carried_out else ApprovalStatus.REJECTED)


def test_a_rejection_waits_for_what_is_being_committed(hall: Hall) -> None:
    """The request's transaction has used the approval, but is not committed: the rejection is told so afterwards."""
    approval = hall.open(quorum=1)
    hall.decide(hall.ann, approval, Verdict.APPROVE)
    used = Event()

    def reject() -> str:
        assert used.wait(SECONDS)
        return hall.decide(hall.ben, approval, Verdict.REJECT)

    with ThreadPoolExecutor(1) as pool:
        told = pool.submit(reject)
        with hall.deployment.ca.transaction(hall.deployment.fence()) as work:
            work.approvals.settle(replace(approval, settled=work.now(), succeeded=True))
            used.set()
        assert told.result(SECONDS) == f"the approval {approval.id} is executed: there is nothing to decide"
    assert hall.status(approval) is ApprovalStatus.EXECUTED
