"""The approval flow through the installed commands: asked, approved or rejected with an administrator's own key."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from lockgate.queue.polling import PollingBounds
from lockgate_app.container.databases import database_engine
from lockgate_app.deployment import Deployment
from lockgate_app.settings import load_ca
from lockgate_persistence.wakeups import Channel, wake_up
from lockgate_transport.host.clock import HostClock
from tests.integration.app.approving import ask, ca, decide, with_administrators
from tests.integration.app.commands import Outcome, edited, lockgate, request, work
from tests.integration.app.test_messages import in_ca


@pytest.fixture
def approvers(deployment: Deployment) -> Deployment:
    """A deployment whose CA asks for two approvals, with the administrators ann and ben, who have keystores."""
    return with_administrators(deployment)


def resume(own: Deployment) -> Outcome:
    output = own.directory / "alice.pem"
    return lockgate("--config", own.ra_config, "request", "resume", "asked", "--wait", 0, "--output", output)


def test_two_administrators_approve_and_the_certificate_names_them(approvers: Deployment, csr: Path) -> None:
    approval = ask(approvers, csr)
    shown = ca(approvers, "approvals", "show", approval).out
    assert "* subject DN: CN=alice" in shown
    assert "subject alternative name: none" in shown
    assert "0 of 2" in shown
    assert decide(approvers, "ann", "approve", approval).out == f"approval {approval} is pending (1 of 2)\n"
    work(approvers)
    assert resume(approvers).code == 3
    assert decide(approvers, "ben", "approve", approval).out == f"approval {approval} is approved (2 of 2)\n"
    work(approvers)
    done = resume(approvers)
    assert done.code == 0, done.err
    (found,) = json.loads(ca(approvers, "certificate", "search", "--username", "alice", "--json").out)["certificates"]
    behind = json.loads(ca(approvers, "certificate", "show", found["fingerprint"], "--json").out)
    assert behind["approval"] == approval
    assert [decision.split(" (")[0] for decision in behind["decided_by"]] == ["approve by CN=ann", "approve by CN=ben"]
    assert ca(approvers, "audit", "verify").code == 0


def test_a_rejection_reaches_the_client_with_its_reason(approvers: Deployment, csr: Path) -> None:
    approval = ask(approvers, csr)
    rejected = decide(approvers, "ben", "reject", approval, "--reason", "the host name is mistyped")
    assert rejected.out == f"approval {approval} is rejected (0 of 2)\n", rejected.err
    work(approvers)
    done = resume(approvers)
    assert done.code == 1
    assert "(approval_rejected): An administrator has rejected the request. the host name is mistyped" in done.err
    late = decide(approvers, "ann", "approve", approval)
    assert (late.code, late.out) == (2, "")
    assert f"the approval {approval} is rejected: there is nothing to decide" in late.err


def test_whoever_may_not_approve_is_told_which_right_is_missing(approvers: Deployment, csr: Path) -> None:
    approval = ask(approvers, csr)
    ca(approvers, "role", "edit", "ann", "--remove-rule", "/action/approve")
    refused = decide(approvers, "ann", "approve", approval)
    assert refused.code == 2
    assert "Missing: /action/approve" in refused.err
    assert ca(approvers, "approvals", "list", "--status", "approved").out == "no approvals\n"


def test_wrong_commands_change_nothing(approvers: Deployment, csr: Path) -> None:
    approval = ask(approvers, csr)
    asked = ca(approvers, "approvals", "require", "ManagementCA", "issue=2", "keyrecovery=1", "revocation=0")
    assert (asked.code, asked.out) == (0, "approvals asked for by CA ManagementCA: issue 2, keyrecovery 1\n"), asked.err
    for wrong, why in (
        (decide(approvers, "ann", "approve", "0" * 32), "there is no approval"),
        (ca(approvers, "approvals", "approve", approval, "--keystore", "none.p12"), "the keystore needs"),
        (decide(approvers, "ann", "reject", approval, "--reason", ""), "1 to 500 printable characters"),
        (ca(approvers, "approvals", "require", "NoCA", "issue=1"), "there is no CA NoCA"),
        (ca(approvers, "approvals", "require", "ManagementCA", "issue=21"), "from 0 to 20"),
        (ca(approvers, "approvals", "require", "ManagementCA", "issue"), "KIND=NUMBER is needed"),
    ):
        assert wrong.code == 2
        assert why in wrong.err
    assert "0 of 2" in ca(approvers, "approvals", "show", approval).out


def test_how_long_approvals_live_is_configured(approvers: Deployment, csr: Path) -> None:
    edited(approvers.ca_config, "[ca]\n", "[approvals]\nvalidity = 7200\nrejection_memory = 0\n\n[ca]\n")
    approval = json.loads(ca(approvers, "approvals", "show", ask(approvers, csr), "--json").out)
    hours = (int(approval[which][11:13]) for which in ("expires", "opened"))
    assert (next(hours) - next(hours)) % 24 == 2


def test_a_worker_that_takes_unsigned_requests_is_warned_of_where_approvals_are_asked_for(
    approvers: Deployment,
) -> None:
    edited(approvers.ca_config, "signature.required = true", "signature.required = false")
    refused = "unsigned requests that need an approval are refused"
    assert f"{refused}; asked for by CA ManagementCA" in ca(approvers, "check").out
    assert refused in work(approvers).err
    ca(approvers, "approvals", "require", "ManagementCA", "issue=0")
    assert refused not in ca(approvers, "check").out
    assert refused not in work(approvers).err


def test_the_list_shows_pages(approvers: Deployment, csr: Path) -> None:
    for number in range(3):
        assert request(approvers, csr, f"user{number}", "--wait", 0).code == 3
    work(approvers)
    listed = ca(approvers, "approvals", "list", "--limit", 2, "--json").out
    first = json.loads(listed)
    assert (len(first["approvals"]), first["more"]) == (2, 1)
    rest = json.loads(ca(approvers, "approvals", "list", "--after", first["next"], "--json").out)
    assert (len(rest["approvals"]), rest["more"], rest["next"]) == (1, 0, None)
    assert len({approval["id"] for approval in (*first["approvals"], *rest["approvals"])}) == 3
    assert f"there are more (1): --after {first['next']}" in ca(approvers, "approvals", "list", "--limit", 2).out
    assert "there is no approval 0000" in ca(approvers, "approvals", "list", "--after", "0" * 32).err


@pytest.mark.postgresql
def test_a_decision_wakes_the_worker(approvers: Deployment, csr: Path, fresh_database: Callable[[str], str]) -> None:
    url = fresh_database("postgresql")
    for config in (approvers.ca_config, approvers.ra_config):
        edited(config, "sqlite:///../messages/messages.db", url)
    assert ca(approvers, "db", "upgrade").code == 0
    approval = ask(approvers, csr)
    engine = database_engine(load_ca(approvers.ca_config).data_sources["RAMessage1DS"], "RAMessage1DS")
    listener = wake_up(engine, Channel.REQUEST, PollingBounds(60, 60), HostClock().sleep, time.monotonic)
    assert listener.wait(60), "it has just begun to listen"
    listener.looked(found=True)
    listener.wait(0.1)
    decide(approvers, "ann", "approve", approval)
    assert listener.wait(60)
    listener.close()
    engine.dispose()


def test_worker_once_tells_how_many_messages_wait_for_approvals(approvers: Deployment, csr: Path) -> None:
    waits = "lockgate: messages that wait for approvals: {}; see `approvals list --status pending`"
    assert "wait for approvals" not in work(approvers).err
    approval = ask(approvers, csr)
    assert request(approvers, csr, "bob", "--message-id", "another", "--wait", 0).code == 3
    done = work(approvers)
    assert (done.code, done.out) == (0, "0 messages settled; nothing more is due.\n")
    assert done.err.splitlines()[-1] == waits.format(2)
    decide(approvers, "ben", "reject", approval, "--reason", "the host name is mistyped")
    done = work(approvers)
    assert done.out == "1 message settled; nothing more is due.\n"
    assert done.err.splitlines()[-1] == waits.format(1)
    in_ca(approvers, "update approval set expires = opened")
    assert "wait for approvals" not in work(approvers).err
