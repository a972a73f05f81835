"""The main job through the installed commands, on every database: init, check, request, worker, resume."""

import hashlib
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import URL, make_url

from lockgate_app.deployment import Deployment
from tests.integration.app.commands import copied, edited, lockgate, request, work
from tests.support.databases.servers import DATABASES


def openssl_accepts(deployment: Deployment, certificate: Path) -> bool:
    command = ["openssl", "verify", "-x509_strict", "-CAfile", str(deployment.ca_certificate), str(certificate)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize(
    "database", [pytest.param(name, marks=() if name == "sqlite" else getattr(pytest.mark, name)) for name in DATABASES]
)
def test_a_request_crosses_and_comes_back_as_a_certificate(
    database: str, fresh_database: Callable[[str], str], tmp_path: Path, csr: Path
) -> None:
    directory = tmp_path / "deployment"
    urls = ["--message-db", fresh_database(database), "--ca-db", fresh_database(database)]
    made = lockgate("init", directory, *urls)
    assert made.code == 0, made.err
    # Each folder is carried to its host: nothing may depend on the place where it was made.
    for zone in ("ca", "ra"):
        (directory / zone).rename(tmp_path / zone)
    there = Deployment(tmp_path)
    for config in (there.ca_config, there.ra_config):
        checked = lockgate("--config", config, "check")
        assert checked.code == 0, checked.out
    asked = request(there, csr, "alice", "--message-id", "first", "--wait", 0)
    assert asked.code == 3
    assert "no answer within 0 s; the message stays. Later: request resume first" in asked.err
    assert work(there).out == "1 message settled; nothing more is due.\n"
    chain, output = tmp_path / "chain.p7b", tmp_path / "alice.pem"
    resumed = lockgate("--config", there.ra_config, "request", "resume", "first", "--output", output, "--chain", chain)
    assert resumed.code == 0, resumed.err
    assert openssl_accepts(there, output)
    listed = subprocess.run(["openssl", "pkcs7", "-in", chain, "-print_certs"], capture_output=True, check=True).stdout
    assert x509.load_pem_x509_certificates(listed) == x509.load_pem_x509_certificates(
        output.read_bytes() + there.ca_certificate.read_bytes()
    )


@pytest.mark.db2
def test_messages_in_db2_and_the_ca_in_a_file(fresh_database: Callable[[str], str], tmp_path: Path, csr: Path) -> None:
    deployment = Deployment(tmp_path / "deployment")
    url, password = make_url(fresh_database("db2")), tmp_path / "password"
    password.write_text(url.password or "")
    bare = URL.create(url.drivername, url.username, None, *url[3:]).render_as_string()
    made = lockgate("init", deployment.directory, "--message-db", bare, "--message-db-password-file", password)
    assert made.code == 0, made.err
    for config in (deployment.ca_config, deployment.ra_config):
        assert lockgate("--config", config, "db", "upgrade").code == 0
        checked = lockgate("--config", config, "check")
        assert checked.code == 0, checked.out
    request(deployment, csr, "alice", "--message-id", "first", "--wait", 0)
    assert work(deployment).out == "1 message settled; nothing more is due.\n"
    output = tmp_path / "alice.pem"
    resumed = lockgate("--config", deployment.ra_config, "request", "resume", "first", "--output", output)
    assert resumed.code == 0, resumed.err
    assert openssl_accepts(deployment, output)


@pytest.mark.parametrize("url", ["db2://app@127.0.0.1:1/db", "oracle://app@127.0.0.1:1/service"])
def test_the_ca_s_own_database_is_none_that_holds_messages_only(url: str, tmp_path: Path) -> None:
    refused = lockgate("init", tmp_path / "deployment", "--ca-db", url)
    assert refused.code == 2
    assert "the CA's own database is one of sqlite, postgresql, mariadb" in refused.err


class TestExitCodes:
    def test_0_with_the_certificate_where_the_answer_comes_in_time(self, deployment: Deployment, csr: Path) -> None:
        request(deployment, csr, "alice", "--message-id", "first", "--wait", 0)
        work(deployment)
        # The same bytes are in the outbox: resuming finds the answer that is there already.
        done = lockgate("--config", deployment.ra_config, "request", "resume", "first", "--wait", 0)
        assert done.code == 0
        assert x509.load_pem_x509_certificate(done.out.encode())

    def test_1_with_the_reason_where_the_ca_verifiably_refused(self, deployment: Deployment, csr: Path) -> None:
        request(deployment, csr, "alice", "--message-id", "first", "--wait", 0, ca="AnotherCA")
        work(deployment)
        done = lockgate("--config", deployment.ra_config, "request", "resume", "first", "--wait", 0)
        assert done.code == 1
        assert done.err == (
            "lockgate: refused by the CA (not_authorized): The signer lacks a right that the request needs."
            " Missing: /ca/AnotherCA\n"
        )

    def test_1_for_an_unsigned_request_where_signatures_are_required(self, deployment: Deployment, csr: Path) -> None:
        request(deployment, csr, "alice", "--message-id", "first", "--wait", 0, "--no-sign")
        work(deployment)
        done = lockgate("--config", deployment.ra_config, "request", "resume", "first", "--wait", 0)
        assert done.code == 1
        assert "signature_required" in done.err

    def test_1_for_a_request_in_clear_where_encryption_is_required(self, deployment: Deployment, csr: Path) -> None:
        request(deployment, csr, "alice", "--message-id", "first", "--wait", 0, "--no-encrypt")
        work(deployment)
        done = lockgate("--config", deployment.ra_config, "request", "resume", "first", "--wait", 0)
        assert done.code == 1
        assert "encryption_required" in done.err

    def test_2_for_an_answer_that_is_not_provably_the_cas(
        self, deployment: Deployment, csr: Path, tmp_path: Path
    ) -> None:
        pretender = copied(deployment, tmp_path / "pretender")
        request(deployment, csr, "alice", "--message-id", "first", "--wait", 0)
        work(deployment)
        # The RA pins another certificate than that of the worker that answered.
        pinned = deployment.ra / "worker.pem"
        pinned.write_bytes((pretender.ra / "ManagementCA.pem").read_bytes())
        done = lockgate("--config", deployment.ra_config, "request", "resume", "first", "--wait", 0)
        assert done.code == 2
        assert "not signed as such by a known worker" in done.err

    @pytest.mark.parametrize(
        ("arguments", "complaint"),
        [
            (["request", "resume", "unheard-of"], "the outbox keeps no message 'unheard-of'"),
            (["worker"], "this is an RA host's configuration; the command needs the CA host's"),
        ],
    )
    def test_2_for_anything_else(self, deployment: Deployment, arguments: list[str], complaint: str) -> None:
        done = lockgate("--config", deployment.ra_config, *arguments)
        assert done.code == 2
        assert complaint in done.err
        assert done.err.count("\n") == 1

    def test_2_for_a_csr_that_is_none_and_nothing_is_sent(self, deployment: Deployment, tmp_path: Path) -> None:
        bad = tmp_path / "bad.csr"
        bad.write_text("no request")
        assert request(deployment, bad).err == f"lockgate: {bad}: holds no PKCS#10 certificate request\n"
        assert work(deployment).out.startswith("0 messages")

    def test_2_where_the_answer_could_not_be_stored_and_nothing_is_sent(
        self, deployment: Deployment, csr: Path
    ) -> None:
        done = request(deployment, csr, "alice", "--chain", deployment.directory / "nowhere" / "chain.p7b")
        assert done.code == 2
        assert "cannot be written" in done.err
        assert work(deployment).out.startswith("0 messages")

    def test_2_for_a_message_id_that_is_taken(self, deployment: Deployment, csr: Path) -> None:
        assert request(deployment, csr, "alice", "--message-id", "first", "--wait", 0).code == 3
        done = request(deployment, csr, "bob", "--message-id", "first", "--wait", 0)
        assert done.code == 2
        assert "another message" in done.err


def test_without_requirements_and_keystores_on_either_side(deployment: Deployment, csr: Path) -> None:
    for key in ("signature", "encryption"):
        edited(deployment.ca_config, f"{key}.required = true", f"{key}.required = false")
    edited(deployment.ca_config, 'keystore.pwd = { file = "worker.password" }\n', "")
    edited(deployment.ra_config, 'keystore_path = "ra.p12"\n', "")
    edited(deployment.ra_config, 'keystore_password = { file = "ra.password" }\n', "")
    edited(deployment.ra_config, 'worker_certificates = ["worker.pem"]', "worker_certificates = []")
    edited(deployment.ra_config, "insist_signed = true", "insist_signed = false")
    edited(deployment.ra_config, "insist_encrypted = true", "insist_encrypted = false")
    request(deployment, csr, "alice", "--message-id", "plain", "--wait", 0, "--no-sign", "--no-encrypt")
    assert "insecure setting" in work(deployment).err
    assert lockgate("--config", deployment.ra_config, "request", "resume", "plain", "--wait", 0).code == 0


def test_version() -> None:
    assert lockgate("--version").out.startswith("lockgate 0.")


@pytest.mark.parametrize(
    "command",
    [
        ["quickstart"],
        ["init"],
        ["check"],
        ["worker"],
        ["load"],
        ["db", "upgrade"],
        ["request", "pkcs10"],
        ["request", "resume"],
    ],
)
def test_every_command_shows_an_example(command: list[str]) -> None:
    shown = lockgate(*command, "--help")
    assert shown.code == 0
    assert "Example: lockgate" in shown.out


def test_a_key_on_the_operators_blocklist_is_refused(deployment: Deployment, csr: Path) -> None:
    key = x509.load_pem_x509_csr(csr.read_bytes()).public_key()
    digest = hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()
    (deployment.ca / "key-blocklist.txt").write_text(f"# seen in the wild\n{digest}\n")
    edited(deployment.ca_config, "# key_blocklist =", "key_blocklist =")
    assert "keys that are never certified: 1 " in lockgate("--config", deployment.ca_config, "check").out
    request(deployment, csr, "alice", "--message-id", "first", "--wait", 0)
    work(deployment)
    done = lockgate("--config", deployment.ra_config, "request", "resume", "first", "--wait", 0)
    assert done.code == 1
    assert "weak_key" in done.err
    assert "blocklist" in done.err


def test_a_blocklist_that_cannot_be_read_ends_the_worker_before_anything_is_claimed(deployment: Deployment) -> None:
    edited(deployment.ca_config, "# key_blocklist =", "key_blocklist =")
    for command in (("check",), ("worker",)):
        done = lockgate("--config", deployment.ca_config, *command)
        assert done.code != 0
        assert "key-blocklist.txt cannot be read" in done.out + done.err
