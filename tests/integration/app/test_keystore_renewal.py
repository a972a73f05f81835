"""`lockgate keystore issue`: RA and worker get their next certificates, also after all that they had were lost."""

import json
import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from lockgate_app.deployment import Deployment
from lockgate_app.keys import new_key, new_request
from lockgate_keys.durable import write_new
from tests.integration.app.commands import Outcome, edited, lockgate, request, work
from tests.support.parts import needed_program
from tests.support.pki.asked_names import pkcs10_for
from tests.support.pki.identities import rsa_key


def openssl(*arguments: object) -> None:
    command = [needed_program("openssl", "openssl"), *map(str, arguments)]
    subprocess.run(command, capture_output=True, check=True)


def issue(deployment: Deployment, kind: str, output: Path, *more: object) -> Outcome:
    ca = ("--config", deployment.ca_config)
    return lockgate(*ca, "keystore", "issue", kind, "--ca", "ManagementCA", "--output", output, "--json", *more)


def member(deployment: Deployment) -> str:
    shown = lockgate("--config", deployment.ca_config, "role", "show", "RA", "--json")
    return str(json.loads(shown.out)["members"][0]["fingerprint"])


@pytest.mark.parametrize("key_stays", [True, False])
def test_new_keystores_replace_lost_ones(deployment: Deployment, csr: Path, key_stays: bool) -> None:
    own, ca = deployment.ra, ("--config", deployment.ca_config)
    old = member(deployment)
    for lost in (own / "ra.p12", own / "ra.password", deployment.ca / "worker.p12", deployment.ca / "worker.password"):
        lost.unlink()
    assert lockgate(*ca, "role", "remove-member", "RA", "--fingerprint", old).code == 0
    assert issue(deployment, "worker", deployment.ca / "worker.p12").code == 0
    store, secret = deployment.ca / "worker.p12", f"file:{deployment.ca / 'worker.password'}"
    openssl("pkcs12", "-in", store, "-passin", secret, "-nokeys", "-clcerts", "-out", own / "worker.pem")
    if key_stays:
        write_new(own / "ra.password", b"sesame-open-9271\n")
        subject = ("-subj", "/CN=ra", "-keyout", own / "ra.key", "-out", own / "ra.csr")
        openssl("req", "-new", "-newkey", "rsa:3072", "-noenc", *subject)
        done = issue(deployment, "ra", own / "ra.pem", "--role", "RA", "--csr", own / "ra.csr")
        new = ("-passout", f"file:{own / 'ra.password'}")
        openssl("pkcs12", "-export", "-inkey", own / "ra.key", "-in", own / "ra.pem", "-out", own / "ra.p12", *new)
    else:
        done = issue(deployment, "ra", own / "ra.p12", "--role", "RA")
    assert done.code == 0, done.err
    assert json.loads(done.out)["fingerprint"] == member(deployment)
    assert lockgate("--config", deployment.ra_config, "check").code == 0
    assert lockgate(*ca, "check").code == 0
    assert request(deployment, csr, "alice", "--wait", 0, "--message-id", "first").code == 3
    assert work(deployment).code == 0
    resumed = lockgate("--config", deployment.ra_config, "request", "resume", "first", "--json")
    assert resumed.code == 0, resumed.err


def waiting(deployment: Deployment, csr: Path, name: str) -> None:
    assert request(deployment, csr, name, "--wait", 0, "--message-id", name).code == 3


def resume(deployment: Deployment, name: str) -> Outcome:
    output = ("--output", deployment.directory / f"{name}.pem", "--wait", 0)
    return lockgate("--config", deployment.ra_config, "request", "resume", name, *output)


def test_a_worker_rolls_over_while_requests_wait(deployment: Deployment, csr: Path) -> None:
    """As docs/operation.md says; nothing stops, and nothing has to be worked off first."""
    waiting(deployment, csr, "before")
    assert issue(deployment, "worker", deployment.ca / "worker2.p12").code == 0
    store, secret = deployment.ca / "worker2.p12", f"file:{deployment.ca / 'worker2.password'}"
    openssl("pkcs12", "-in", store, "-passin", secret, "-nokeys", "-clcerts", "-out", deployment.ra / "worker2.pem")
    old = 'worker_certificates = ["worker.pem"]'
    both = edited(deployment.ra_config, old, 'worker_certificates = ["worker.pem", "worker2.pem"]')
    waiting(deployment, csr, "between")
    named = 'keystore.path = "worker.p12"\nkeystore.pwd = { file = "worker.password" }\n'
    previous = named.replace("keystore.", "keystore.previous.")
    edited(deployment.ca_config, named, named.replace('"worker.', '"worker2.') + previous)
    edited(both, '["worker.pem", "worker2.pem"]', '["worker2.pem", "worker.pem"]')
    waiting(deployment, csr, "after")
    checked = lockgate("--config", deployment.ca_config, "check")
    assert (checked.code, "worker.p12 decrypts messages that were encrypted to it" in checked.out) == (0, True), (
        checked.out
    )
    assert work(deployment).code == 0
    for name in ("before", "between", "after"):
        assert resume(deployment, name).code == 0, name
    edited(deployment.ca_config, previous, "")
    edited(both, '["worker2.pem", "worker.pem"]', '["worker2.pem"]')
    waiting(deployment, csr, "later")
    assert work(deployment).code == 0
    assert resume(deployment, "later").code == 0


def test_half_a_previous_keystore_is_none(deployment: Deployment) -> None:
    edited(deployment.ca_config, "[workers.main]\n", '[workers.main]\nkeystore.previous.path = "worker.p12"\n')
    refused = work(deployment)
    assert (refused.code, "belong together" in refused.err) == (2, True), refused.err


def test_what_is_not_issued(deployment: Deployment, tmp_path: Path) -> None:
    output = tmp_path / "next.p12"
    assert "only RAs belong to roles" in issue(deployment, "worker", output, "--role", "RA").err
    assert "no role None" in issue(deployment, "ra", output, "--role", "None").err
    forged = bytearray(x509.load_pem_x509_csr(new_request(new_key(), "ra")).public_bytes(Encoding.DER))
    forged[-1] ^= 1
    (tmp_path / "forged.csr").write_bytes(forged)
    assert "forged.csr" in issue(deployment, "ra", output, "--csr", tmp_path / "forged.csr").err
    (tmp_path / "named.csr").write_bytes(pkcs10_for(rsa_key(4), [x509.DNSName("ra.example")]))
    assert "asks for alternative names" in issue(deployment, "ra", output, "--csr", tmp_path / "named.csr").err
    assert not output.exists()
    before = (deployment.ra / "ra.p12").read_bytes()
    assert "exists already" in issue(deployment, "ra", deployment.ra / "ra.p12").err
    assert (deployment.ra / "ra.p12").read_bytes() == before
