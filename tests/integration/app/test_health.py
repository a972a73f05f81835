"""What `lockgate serve` tells monitoring, on a CA node and on an RA's host, with real processes."""

import os
import re
import signal
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text

from lockgate.requests.submessages import PKCS10Request
from lockgate_app.container.ca_host import opened
from lockgate_app.container.ra import connect
from lockgate_app.deployment import CA_NAME, Deployment
from lockgate_app.request_files import read_request
from tests.integration.app.commands import PATIENCE, edited, until
from tests.integration.app.serving import NOT_TAKEN, serving
from tests.protocol.site import free_port
from tests.support.deployments import created
from tests.test_monitoring import named_metrics

Labels = dict[str, str]


class Monitoring:
    """Whoever scrapes a host."""

    def __init__(self, port: int) -> None:
        self._port = port

    def get(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._port}{path}", timeout=PATIENCE) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def values(self, name: str, **labels: str) -> list[float]:
        """Of the samples of that name with these labels."""
        families = text_string_to_metric_families(self.get("/metrics")[1])
        samples = (sample for family in families for sample in family.samples if sample.name == name)
        return [sample.value for sample in samples if labels.items() <= sample.labels.items()]

    def ready(self) -> bool:
        return self.get("/readyz") == (200, "ready\n")


def watched(config: Path) -> Monitoring:
    """Let the host tell how it does."""
    port = free_port()
    config.write_text(f'{config.read_text()}\n[health]\nlisten = "127.0.0.1:{port}"\ninterval = 1\n')
    return Monitoring(port)


def order(csr: Path, profile: str) -> PKCS10Request:
    return PKCS10Request(
        request_id=1, username="alice", subject_dn="CN=alice", end_entity_profile=profile,
        certificate_profile="ENDUSER", ca_name=CA_NAME, pkcs10=read_request(csr),
    )  # fmt: skip


@pytest.fixture
def node(deployment: Deployment) -> Deployment:
    edited(deployment.ca_config, "period = 10", "period = 5\nlease = 2")
    return deployment


def test_a_ca_node_tells_of_its_queue_its_work_and_its_certificates(
    node: Deployment, csr: Path, tmp_path: Path
) -> None:
    monitoring = watched(node.ca_config)
    with serving(node.ca_config, tmp_path) as host, connect(node.ra_config) as ra:
        until(monitoring.ready)
        assert monitoring.get("/healthz") == (200, "alive\n")
        until(lambda: monitoring.values("lockgate_audit_events_total", event="certificate.issued") == [0])
        until(lambda: monitoring.values("lockgate_worker_up", worker="main") == [1])
        for profile in ("EMPTY", "NO-SUCH-PROFILE"):
            ra.wait(ra.send([order(csr, profile)]), timedelta(seconds=PATIENCE))
        until(lambda: monitoring.values("lockgate_audit_events_total", event="certificate.issued") == [1])
        until(lambda: sum(monitoring.values("lockgate_refusals_total")) == 1)
        for step in ("read", "answer"):
            assert monitoring.values("lockgate_step_seconds_count", step=step, worker="main") == [2]
        for step in ("claim", "commit", "write_back"):
            assert monitoring.values("lockgate_step_seconds_count", step=step, worker="main")[0] >= 1
        families = re.findall("^# TYPE (.*) ", monitoring.get("/metrics")[1], re.MULTILINE)
        assert {re.sub("_(bucket|sum|count)$", "", name) for name in named_metrics()} <= set(families)
        assert monitoring.values("lockgate_ca_certificate_seconds_left", ca=CA_NAME)[0] > 86_400
        assert monitoring.values("lockgate_keystore_seconds_left", keystore="keystore of worker main")[0] > 86_400
        assert monitoring.values("lockgate_messages", status="waiting") == [0]
        assert monitoring.values("lockgate_journal_entries") == [2]
        assert monitoring.values("lockgate_ca_database_octets")[0] > 10_000
        host.process.terminate()
        assert host.process.wait(PATIENCE) == 0


def test_a_node_that_cannot_do_its_work_says_why(node: Deployment, tmp_path: Path) -> None:
    monitoring = watched(node.ca_config)
    with serving(node.ca_config, tmp_path) as host:
        until(monitoring.ready)
        keystore = node.ca / "worker.p12"
        keystore.rename(node.ca / "elsewhere.p12")
        until(lambda: monitoring.get("/readyz") == (503, "keystore of worker main cannot be opened\n"))
        assert monitoring.values("lockgate_ready") == monitoring.values("lockgate_keystore_up") == [0]
        (node.ca / "elsewhere.p12").rename(keystore)
        until(monitoring.ready)
        messages = node.directory / "messages" / "messages.db"
        messages.write_bytes(b"no database" * 1000)
        until(lambda: monitoring.get("/readyz")[0] == 503)
        source = monitoring.get("/readyz")[1]
        assert source.startswith("data source ")
        assert source.endswith(" does not answer\n")
        assert monitoring.values("lockgate_database_up", database="CA database") == [1]
        assert host.process.poll() is None


def test_a_host_that_is_about_to_end_is_not_ready_until_all_have_ended(node: Deployment, tmp_path: Path) -> None:
    monitoring = watched(node.ca_config)
    with serving(node.ca_config, tmp_path) as host:
        until(monitoring.ready)
        until(lambda: monitoring.values("lockgate_worker_up") == [1])
        worker = holder_of_lease(node)
        os.kill(worker, signal.SIGSTOP)
        host.process.terminate()
        until(lambda: "this host is about to end\n" in monitoring.get("/readyz")[1])
        os.kill(worker, signal.SIGCONT)
        assert host.process.wait(PATIENCE) == 0


@pytest.fixture
def temporary(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where the host leaves temporary files; its path is short, because sockets are among them."""
    with tempfile.TemporaryDirectory() as directory:
        monkeypatch.setenv("TMPDIR", directory)
        yield Path(directory)


def test_a_host_is_not_ready_while_nobody_knows_which_processes_run(
    node: Deployment, tmp_path: Path, temporary: Path
) -> None:
    monitoring = watched(node.ca_config)
    with serving(node.ca_config, tmp_path, watchdog=0) as host:
        until(monitoring.ready)
        until(lambda: monitoring.values("lockgate_worker_up") == [1])
        (report,) = temporary.glob("lockgate-*/processes.json")
        in_its_way = report.with_suffix(".new")
        in_its_way.mkdir()
        worker = holder_of_lease(node)
        os.kill(worker, signal.SIGKILL)
        until(lambda: holder_of_lease(node) != worker)
        until(lambda: monitoring.get("/readyz") == (503, "it is not known which processes run\n"))
        assert monitoring.values("lockgate_ready") == [0]
        assert monitoring.values("lockgate_process_up") == []
        in_its_way.rmdir()
        until(monitoring.ready)
        assert len(host.events("monitoring does not learn which processes run, trying again")) == 1


def holder_of_lease(node: Deployment) -> int:
    """The process of the worker, which its lease names."""
    with opened(node.ca_config, "test") as host, host.container.engine().connect() as connection:
        return int(connection.execute(text("select holder from worker_lease")).scalar_one().split("/")[1])


def test_an_ra_host_tells_what_it_may_see(tmp_path: Path) -> None:
    made = created(tmp_path / "deployment", fronts={"scep"})
    scep = free_port()
    edited(made.ra_config, "port = 8080", f"port = {scep}")
    monitoring = watched(made.ra_config)
    with serving(made.ra_config, tmp_path):
        until(monitoring.ready)
        assert monitoring.values("lockgate_process_up", process="SCEP server") == [1]
        assert monitoring.values("lockgate_keystore_seconds_left", keystore="RA keystore")[0] > 86_400
        assert monitoring.values("lockgate_messages_due") == [0]
        assert monitoring.values("lockgate_enrolment_refusals_total") == []
        for number in range(3):
            with pytest.raises(urllib.error.HTTPError, match="404"):
                urllib.request.urlopen(f"http://127.0.0.1:{scep}/chosen-outside-{number}", timeout=PATIENCE)
        counted = {"server": "SCEP server", "reason": "unknown_address"}
        assert monitoring.values("lockgate_enrolment_refusals_total", **counted) == [3]
        assert "chosen-outside" not in monitoring.get("/metrics")[1]
        assert not monitoring.values("lockgate_worker_up")
        assert not monitoring.values("lockgate_audit_events_total")


def test_another_host_reaches_the_metrics_only_where_the_operator_says_so(node: Deployment, tmp_path: Path) -> None:
    watched(node.ca_config)
    with serving(node.ca_config, tmp_path) as host:
        edited(node.ca_config, 'listen = "127.0.0.1:', 'listen = "0.0.0.0:')
        host.reload(NOT_TAKEN)
        assert "exposed = true" in str(host.events(NOT_TAKEN))
