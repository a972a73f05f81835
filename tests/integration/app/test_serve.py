"""`lockgate serve` with real processes: what is killed comes back or ends, and a reload loses nothing."""

import os
import signal
import subprocess
import tempfile
import urllib.request
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509

from lockgate.administration.listings import CertificateQuery
from lockgate.requests.submessages import PKCS10Request
from lockgate_app.container.ca_host import opened
from lockgate_app.container.ra import connect
from lockgate_app.deployment import CA_NAME, Deployment
from lockgate_app.request_files import read_request
from tests.integration.app.commands import LOCKGATE, PATIENCE, children, edited, until
from tests.integration.app.serving import NOT_TAKEN, TAKEN, Serving, serving
from tests.protocol.site import free_port
from tests.support.deployments import created

REQUESTS = 24
MOST = 75
"""Octets that the name of the directory of temporary files may have."""


def successors(host: Serving, before: list[int]) -> list[int]:
    """The processes in the places of those before."""
    until(lambda: len(children(host.process)) == len(before) and not set(before) & set(children(host.process)))
    return children(host.process)


def ended(*pids: int) -> bool:
    return not any(Path(f"/proc/{pid}/cmdline").exists() and Path(f"/proc/{pid}/cmdline").read_bytes() for pid in pids)


def order(csr: Path, username: str) -> PKCS10Request:
    return PKCS10Request(
        request_id=1, username=username, subject_dn=f"CN={username}", end_entity_profile="EMPTY",
        certificate_profile="ENDUSER", ca_name=CA_NAME, pkcs10=read_request(csr),
    )  # fmt: skip


@pytest.fixture
def node(deployment: Deployment) -> Deployment:
    """A CA node with one worker in two processes, and its CRLs."""
    (deployment.ca / "crl").mkdir()
    edited(deployment.ca_config, "period = 10", "period = 5\nlease = 2\nprocesses = 2\n[crls]\ndirectory = 'crl'")
    return deployment


def require_one_certificate_each(deployment: Deployment, usernames: Iterable[str]) -> None:
    with opened(deployment.ca_config, "test") as host:
        for username in usernames:
            host.inspection.certificate(CertificateQuery(username=username))  # raises where there is more than one


class TestCaNode:
    def test_a_reload_under_load_loses_and_doubles_nothing_and_a_broken_file_changes_nothing(
        self, node: Deployment, csr: Path, tmp_path: Path
    ) -> None:
        good = node.ca_config.read_text()
        with serving(node.ca_config, tmp_path) as host, connect(node.ra_config) as ra:
            before = children(host.process)
            assert len(before) == 3
            for old, new in (("[crls]", "[crsl]"), ('"worker.password"', '"no-such-file"')):
                edited(node.ca_config, old, new)
                host.reload(NOT_TAKEN)
                node.ca_config.write_text(good)
            until(lambda: children(host.process) == before)
            pending = [ra.send([order(csr, f"user{number}")]) for number in range(REQUESTS)]
            edited(node.ca_config, "lease = 2", "lease = 2\nbatch = 3")
            host.reload(TAKEN)
            until(lambda: len(children(host.process)) == 3)
            assert len(set(children(host.process)) & set(before)) == 1  # nothing was changed for the CRLs
            answers = [ra.wait(each, timedelta(seconds=PATIENCE))[0] for each in pending]
            assert all(answer.success for answer in answers)
            host.process.terminate()
            assert host.process.wait(PATIENCE) == 0
            assert host.tells("RELOADING=1") == host.tells("MONOTONIC_USEC=") == 3
            assert host.tells("STOPPING=1") == 1
            assert host.tells("WATCHDOG=1")
        require_one_certificate_each(node, [f"user{number}" for number in range(REQUESTS)])
        assert not list(x509.load_der_x509_crl((node.ca / "crl" / f"{CA_NAME}.crl").read_bytes()))

    def test_what_is_killed_comes_back_and_all_end_with_the_one_who_started_them(
        self, node: Deployment, csr: Path, tmp_path: Path
    ) -> None:
        with serving(node.ca_config, tmp_path) as host, connect(node.ra_config) as ra:
            first = children(host.process)
            for pid in first:
                os.kill(pid, signal.SIGKILL)
            second = successors(host, first)
            server = int(Path(f"/proc/{second[0]}/stat").read_text().rpartition(")")[2].split()[1])
            os.kill(server, signal.SIGKILL)  # what they were forked from
            third = successors(host, second)
            until(lambda: ended(*second))
            assert ra.wait(ra.send([order(csr, "alice")]), timedelta(seconds=PATIENCE))[0].success
            host.process.kill()
            until(lambda: ended(*third))


def test_an_ra_host_answers_scep_and_cmp_and_goes_on_while_it_is_reloaded(tmp_path: Path) -> None:
    made = created(tmp_path / "deployment", fronts={"scep", "cmp"})
    scep, cmp = free_port(), free_port()
    for old, new in (("port = 8080", f"port = {scep}"), ("port = 8081", f"port = {cmp}")):
        edited(made.ra_config, old, new)
    with serving(made.ra_config, tmp_path) as host:
        before = children(host.process)
        assert len(before) == 2
        edited(made.ra_config, f"port = {scep}", f"port = {scep}\nopen_in_all = 9000")
        host.process.send_signal(signal.SIGHUP)
        while not host.events(TAKEN):
            assert "SHA-256" in capabilities(scep)  # while one ends and another begins
        until(lambda: len(children(host.process)) == 2)
        assert len(set(children(host.process)) & set(before)) == 1
        assert "SHA-256" in capabilities(scep)
        with pytest.raises(urllib.error.HTTPError, match="415"):
            urllib.request.urlopen(f"http://127.0.0.1:{cmp}/cmpProxy/cmp", b"no message", timeout=PATIENCE)
        edited(made.ra_config, f"port = {scep}", f"port = {cmp}")
        host.reload(NOT_TAKEN)
        assert "would both listen" in str(host.events(NOT_TAKEN))
        host.process.terminate()
        assert host.process.wait(PATIENCE) == 0


def capabilities(port: int) -> str:
    """The answer to GetCACaps."""
    url = f"http://127.0.0.1:{port}/scepraserver/scep/pkiclient.exe?operation=GetCACaps"
    with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
        return str(answer.read().decode())


class TestTemporaryFiles:
    def test_a_directory_whose_name_is_too_long_is_named(self, deployment: Deployment) -> None:
        with tempfile.TemporaryDirectory(dir="/tmp") as place:
            directory = Path(place, "x" * (MOST - len(place)))
            directory.mkdir()
            command = [LOCKGATE, "--config", str(deployment.ca_config), "serve"]
            environment = os.environ | {"TMPDIR": str(directory)}
            refused = subprocess.run(command, env=environment, capture_output=True, timeout=PATIENCE, check=False)
        assert refused.returncode == 2
        assert refused.stderr.decode() == (
            f"lockgate: TMPDIR {directory} is too long for the name of a socket: it may have {MOST} octets;"
            " set TMPDIR to a directory with a shorter name\n"
        )

    def test_the_longest_name_will_do(
        self, deployment: Deployment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with tempfile.TemporaryDirectory(dir="/tmp") as place:
            directory = Path(place, "x" * (MOST - len(place) - 1))
            directory.mkdir()
            monkeypatch.setenv("TMPDIR", str(directory))
            with serving(deployment.ca_config, tmp_path) as host:
                assert len(children(host.process)) == 1
