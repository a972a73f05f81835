"""Traces with real processes: one from a request to its answer, and a collector that hangs holds nothing up."""

import re
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12

from lockgate_app.deployment import Deployment
from lockgate_transport.tracing import LAST_DELIVERY
from tests.integration.app.commands import PATIENCE, edited, lockgate, request, until
from tests.integration.app.serving import serving
from tests.integration.app.test_cmp_proxy import posted
from tests.protocol.site import free_port, post
from tests.support.deployments import created
from tests.support.pki.identities import rsa_key
from tests.support.wire.cmp_carried import message
from tests.support.wire.otlp_collector import Collector, collecting
from tests.support.wire.scep_client import Device

SECRET, TOKEN = "quittenbrot-5871", "Bearer schlehenfeuer-2206"
WORKER_SPANS = {"message", "claim", "read", "answer", "commit", "write_back"}
SPANS = {"request", "response", *WORKER_SPANS}


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as found:
        yield found


def traced(deployment: Deployment, collector: Collector) -> Deployment:
    """Let both hosts send their traces."""
    table = f'\n[tracing]\nendpoint = "{collector.url}"\nheaders = {{ Authorization = "{TOKEN}" }}\n'
    for config in (deployment.ca_config, deployment.ra_config):
        config.write_text(config.read_text() + table)
    edited(deployment.ca_config, "period = 10", "period = 5")
    return deployment


def test_a_request_and_its_answer_are_one_trace(
    deployment: Deployment, csr: Path, tmp_path: Path, collector: Collector
) -> None:
    traced(deployment, collector)
    checked = [lockgate("--config", config, "check") for config in (deployment.ca_config, deployment.ra_config)]
    assert all("traces of 100 % of the messages go to 127.0.0.1" in done.out for done in checked)
    assert TOKEN not in str(checked)
    with serving(deployment.ca_config, tmp_path) as host:
        done = request(deployment, csr)
        assert done.code == 0, done.err
        host.process.terminate()
        assert host.process.wait(PATIENCE) == 0
    assert list(collector.names().values()) == [SPANS]
    assert {span.name for span in collector.of("lockgate-ca")} == WORKER_SPANS
    (sent,) = (span for span in collector.of("lockgate-ra") if span.name == "request")
    (whole,) = (span for span in collector.of("lockgate-ca") if span.name == "message")
    assert whole.parent == sent.context.span_id
    assert sent.began <= sent.ended <= whole.ended
    assert {headers["Authorization"] for headers, _ in collector.deliveries} == {TOKEN}


def scep_device(made: Deployment, port: int) -> None:
    """Enrol over SCEP."""
    store = load_pkcs12((made.ra / "scep.p12").read_bytes(), (made.ra / "scep.password").read_bytes().strip())
    assert store.cert is not None
    server = store.cert.certificate
    device = Device(rsa_key(81), server, server.issuer.public_bytes(), "router-7", SECRET)
    url = f"http://127.0.0.1:{port}/scepraserver/scep/pkiclient.exe"
    answer, deadline = device.read(post(url, device.pkcs_req())), time.monotonic() + PATIENCE
    while answer.status == "3":
        assert time.monotonic() < deadline
        answer = device.read(post(url, device.cert_poll()))
    assert answer.status == "0"


def cmp_client(made: Deployment, port: int) -> None:
    """Enrol over CMP."""
    secret = made.directory / "factory.secret"
    secret.write_text(SECRET)
    where = ("--protocol", "cmp", "--url", f"http://127.0.0.1:{port}/cmpProxy/cmp", "--implicit-confirm")
    done = lockgate("load", *where, "--reference", "factory", "--secret-file", secret, "--count", 1, "--ras", 1)
    assert done.code == 0, done.out + done.err


FRONTS: Mapping[str, Callable[[Deployment, int], None]] = {"scep": scep_device, "cmp": cmp_client}


@pytest.mark.parametrize("front", FRONTS)
def test_an_enrolment_over_a_server_of_the_ra_is_one_trace(front: str, tmp_path: Path, collector: Collector) -> None:
    made, port = traced(created(tmp_path / "deployment", fronts={front}), collector), free_port()
    made.ra_config.write_text(re.sub(r"port = 80\d\d", f"port = {port}", made.ra_config.read_text()))
    if front == "scep":
        edited(made.ra_config, 'createOrEditUser = false\nauthPwd = "none"', f'authPwd = "{SECRET}"')
    else:
        edited(made.ca_config, 'mode = "client"', f'mode = "ra"\nsecrets = {{ factory = "{SECRET}" }}')
    granted = lockgate("--config", made.ca_config, "role", "edit", "RA", "--add-rule", "/action/create")
    assert granted.code == 0, granted.err
    nodes = [tmp_path / name for name in ("ca", "ra")]
    for node in nodes:
        node.mkdir()
    with serving(made.ca_config, nodes[0]) as ca, serving(made.ra_config, nodes[1]) as ra:
        FRONTS[front](made, port)
        for host in (ca, ra):
            host.process.terminate()
            assert host.process.wait(PATIENCE) == 0
    assert list(collector.names().values()) == [SPANS]


def test_a_client_that_reaches_the_ca_directly_has_a_trace_for_each_message(
    tmp_path: Path, collector: Collector
) -> None:
    made, port = traced(created(tmp_path / "deployment", fronts={"cmp"}), collector), free_port()
    edited(made.ca_config, "[cmp.alias.cmp]", f"[cmp.direct]\nport = {port}\n\n[cmp.alias.cmp]")
    with serving(made.ca_config, tmp_path) as host:
        for number in range(2):
            posted(port, message(number))
        until(lambda: len(collector.spans) >= 2)
        host.process.terminate()
        assert host.process.wait(PATIENCE) == 0
    assert list(collector.names().values()) == [{"cmp_answer"}] * 2
    assert {name for name, _ in collector.spans} == {"lockgate-ca"}


def test_a_collector_that_hangs_holds_up_neither_a_message_nor_the_end(
    deployment: Deployment, csr: Path, tmp_path: Path, collector: Collector
) -> None:
    traced(deployment, collector)
    collector.hangs = True
    with serving(deployment.ca_config, tmp_path) as host:
        done = request(deployment, csr)
        assert done.code == 0, done.err
        until(collector.asked.is_set)
        begun = time.monotonic()
        host.process.terminate()
        assert host.process.wait(PATIENCE) == 0
        assert time.monotonic() - begun < LAST_DELIVERY + 15
    assert collector.spans == []
