"""`lockgate check` names work that nobody does."""

from pathlib import Path

from lockgate_app.checks import Severity, examine
from lockgate_app.deployment import Deployment
from lockgate_app.settings import load
from tests.integration.app.commands import edited, request, work
from tests.integration.app.remote_issuers import ISSUER
from tests.integration.app.test_messages import in_ca
from tests.integration.app.test_remote_issuers import Site, site

__all__ = ["site"]
HELD = "update worker_lease set expires = strftime('%s', 'now') * 1000 + 1800000 where worker = '{}'"
"""A lease that somebody holds for half an hour."""


def warnings(deployment: Deployment, subject: str) -> list[str]:
    config = deployment.ca_config
    found = examine(config, load(config))
    return [one.text for one in found if one.verdict is Severity.WARNING and one.subject.startswith(subject)]


def test_messages_that_are_due_where_no_worker_runs(deployment: Deployment, csr: Path) -> None:
    work(deployment)
    request(deployment, csr, "alice", "--wait", 0)
    (text,) = warnings(deployment, "data source")
    assert "messages that are due: 1" in text
    assert "no worker of it runs: start `lockgate serve`" in text
    in_ca(deployment, HELD.format("main"))
    assert warnings(deployment, "data source") == []


def test_messages_of_a_data_source_that_no_worker_here_has(deployment: Deployment, csr: Path) -> None:
    request(deployment, csr, "alice", "--wait", 0)
    edited(deployment.ca_config, "[workers.main]\n", "[workers.main]\nactive = false\n")
    (text,) = warnings(deployment, "data source")
    assert "no worker of it runs" in text


def test_operations_that_no_runner_takes_up_and_calls_that_hang(site: Site) -> None:
    site.ask("alice")
    for name in ("main", ISSUER):
        site.operator.told("worker", "--once", "--name", name)
    site.ask("bob")
    site.operator.told("worker", "--once", "--name", "main")
    subject = f"issuer {ISSUER}"
    assert not [text for text in warnings(site.deployment, subject) if "has been due" in text]
    for _ in range(6):
        site.pass_by_a_minute()
    (text,) = [text for text in warnings(site.deployment, subject) if "has been due" in text]
    assert (
        text == "an operation has been due for 6 min and no runner of it runs: start `lockgate serve`,"
        " or see why it does not run"
    )
    in_ca(site.deployment, HELD.format(ISSUER))
    (text,) = [text for text in warnings(site.deployment, subject) if "has been due" in text]
    assert f"its calls hang; `lockgate issuer test {ISSUER}` asks" in text
