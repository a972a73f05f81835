"""`lockgate status`: the facts that monitoring gets, for people and for programs."""

import json
import signal
import subprocess
from pathlib import Path
from typing import Any

from lockgate_app.deployment import CA_NAME, Deployment
from tests.integration.app.commands import LOCKGATE, PATIENCE, lockgate, request, running, until, work
from tests.support.pki.tls import make_server_identity


def status(config: Path) -> dict[str, Any]:
    done = lockgate("--config", config, "status", "--json")
    found: dict[str, Any] = json.loads(done.out)
    assert done.code == (0 if found["ready"] else 1)
    return found


def only_queue(facts: dict[str, Any]) -> dict[str, Any]:
    (queue,) = facts["queues"].values()
    return dict(queue)


def test_each_zone_shows_what_waits_and_the_ca_node_what_else_it_sees(deployment: Deployment, csr: Path) -> None:
    request(deployment, csr, "alice", "--wait", 0)
    for config in (deployment.ca_config, deployment.ra_config):
        queue = only_queue(status(config))
        assert (queue["waiting"], queue["due"], queue["in_process"], queue["set_aside"]) == (1, 1, 0, 0)
        assert 0 < queue["overdue_seconds"] <= queue["oldest_seconds"] < PATIENCE
    work(deployment)
    node, host = status(deployment.ca_config), status(deployment.ra_config)
    assert only_queue(node) == only_queue(host)
    assert only_queue(node)["waiting"] == 0
    assert host["ca"] is None
    assert node["ca"]["journal_entries"] == 1
    (worker,) = node["ca"]["workers"]
    assert (worker["name"], worker["alive"], worker["lease_changes"]) == ("main", False, 2)
    (authority,) = node["ca"]["authorities"]
    assert (authority["name"], authority["crl_age_seconds"]) == (CA_NAME, None)
    assert [store["name"] for store in host["keystores"]] == ["RA keystore", "worker certificate worker.pem"]


def test_people_read_tables_and_first_why_the_host_cannot_work(deployment: Deployment) -> None:
    with running(deployment):
        until(lambda: status(deployment.ca_config)["ready"])
        done = lockgate("--config", deployment.ca_config, "status")
    assert done.code == 0
    assert done.out.startswith("ready\n")
    assert "certificate ends in" in done.out
    assert "main" in done.out
    (deployment.ca / "worker.p12").unlink()
    done = lockgate("--config", deployment.ca_config, "status")
    assert done.code == 1
    assert done.out.startswith("keystore of worker main cannot be opened\n")


def test_a_ca_node_whose_worker_does_not_run_is_not_ready(deployment: Deployment) -> None:
    done = lockgate("--config", deployment.ca_config, "status")
    assert (done.code, done.out.splitlines()[0]) == (1, "worker main does not run on any node")
    facts = status(deployment.ca_config)
    assert (facts["ready"], facts["troubles"]) == (False, ["worker main does not run on any node"])
    assert status(deployment.ra_config)["ready"]


def test_the_certificate_of_the_console_is_among_those_that_end(deployment: Deployment) -> None:
    with deployment.ca_config.open("a") as config:
        config.write('[console]\ntls_certificate = "ManagementCA.pem"\ntls_key = "console.key"\n')
    assert "TLS certificate of the console" in [one["name"] for one in status(deployment.ca_config)["keystores"]]


def heed_ctrl_c() -> None:
    """As a terminal's programs do; one that was started in the background ignores it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def test_it_is_shown_again_and_again_until_ctrl_c(deployment: Deployment) -> None:
    command = [LOCKGATE, "--config", str(deployment.ra_config), "status", "--watch", "--interval", "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, preexec_fn=heed_ctrl_c) as process:  # noqa: PLW1509
        assert process.stdout is not None
        while "keystores" not in process.stdout.readline():
            pass
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 0


def test_a_program_gets_one_document(deployment: Deployment) -> None:
    done = lockgate("--config", deployment.ca_config, "status", "--watch", "--json")
    assert done.code == 2
    assert "leave it out for --json" in done.err


def test_the_end_of_the_consoles_certificate_is_told(deployment: Deployment) -> None:
    files = make_server_identity(deployment.ca, "localhost")
    table = f'[console]\ntls_certificate = "{files.certificate}"\ntls_key = "{files.key}"\n'
    deployment.ca_config.write_text(f"{deployment.ca_config.read_text()}\n{table}")
    names = [store["name"] for store in status(deployment.ca_config)["keystores"]]
    assert names == ["keystore of worker main", "TLS certificate of the console"]
