"""What an RA's operator learns of messages: their ids, what is kept, and what was asked for."""

import json
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from lockgate.requests.submessages import EditUserRequest
from lockgate_app.container.ra import connect
from lockgate_app.deployment import Deployment
from tests.integration.app.commands import edited, lockgate, request, work
from tests.support.pki.identities import name, rsa_key

NAMES = x509.SubjectAlternativeName([x509.DNSName("host.example"), x509.IPAddress(ip_address("192.0.2.1"))])


def asking_for(directory: Path, names: x509.SubjectAlternativeName) -> Path:
    """A PKCS#10 that asks for alternative names."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(name("host")).add_extension(names, critical=False)
    path = directory / "host.csr"
    path.write_bytes(builder.sign(rsa_key(4), hashes.SHA256()).public_bytes(Encoding.PEM))
    return path


def added(request_id: int, ca: str) -> EditUserRequest:
    """Adds an end entity of that CA."""
    return EditUserRequest(
        request_id=request_id,
        username=f"user-{request_id}",
        subject_dn=f"CN=user-{request_id}",
        ca_name=ca,
        end_entity_profile="EMPTY",
        certificate_profile="ENDUSER",
        password="some donkey",
    )


def test_the_id_is_said_before_anything_can_go_wrong(deployment: Deployment, csr: Path) -> None:
    (deployment.directory / "messages" / "messages.db").rename(deployment.directory / "away")
    edited(deployment.ra_config, "messages.db", "missing/messages.db")
    (deployment.directory / "messages" / "missing").mkdir()
    failed = request(deployment, csr, "alice", "--wait", 0)
    assert failed.code == 2
    first, *_ = failed.err.splitlines()
    message_id = first.removeprefix("lockgate: message ")
    assert len(message_id) == 32
    edited(deployment.ra_config, "missing/messages.db", "messages.db")
    (deployment.directory / "away").rename(deployment.directory / "messages" / "messages.db")
    listed = json.loads(lockgate("--config", deployment.ra_config, "request", "list", "--json").out)
    assert listed == {"messages": [{"message_id": message_id, "requests": ["PKCS10Request"]}]}
    resumed = lockgate("--config", deployment.ra_config, "request", "resume", message_id, "--wait", 0)
    assert resumed.code == 3
    work(deployment)
    picked = lockgate("--config", deployment.ra_config, "request", "resume", message_id, "--wait", 0, "--json")
    assert json.loads(picked.out)["message_id"] == message_id
    assert "no messages" in lockgate("--config", deployment.ra_config, "request", "list").out


def test_a_damaged_file_of_the_outbox_is_named_and_hides_no_message(deployment: Deployment, csr: Path) -> None:
    request(deployment, csr, "alice", "--message-id", "mine", "--wait", 0)
    damaged = deployment.ra / "outbox" / "damaged.message"
    damaged.write_bytes(b"{")
    listed = lockgate("--config", deployment.ra_config, "request", "list", "--json")
    assert json.loads(listed.out) == {"messages": [{"message_id": "mine", "requests": ["PKCS10Request"]}]}
    assert listed.code == 2
    assert f"{damaged}: the outbox's record is damaged" in listed.err


def test_the_answers_to_several_requests_of_one_message_are_json(deployment: Deployment, csr: Path) -> None:
    with connect(deployment.ra_config) as ra:
        ra.send([added(1, "ManagementCA"), added(2, "NoSuchCA")], message_id="two")
    work(deployment)
    resume = ("--config", deployment.ra_config, "request", "resume", "two")
    refused = lockgate(*resume, "--chain", csr.with_name("chain.pem"))
    assert (refused.code, "message two holds 2 requests" in refused.err) == (2, True)
    done = lockgate(*resume)
    told = json.loads(done.out)
    assert (done.code, told["message_id"]) == (1, "two")
    assert [answer["success"] for answer in told["answers"]] == [True, False]
    assert "no messages" in lockgate("--config", deployment.ra_config, "request", "list").out


def test_a_message_that_still_waits_is_replaced(deployment: Deployment, csr: Path) -> None:
    refused = request(deployment, csr, "alice", "--wait", 0, "--replace")
    assert (refused.code, refused.err) == (2, "lockgate: --replace needs --message-id: the message to replace\n")
    mine = ("--message-id", "mine", "--wait", 0)
    assert request(deployment, csr, "alice", *mine).code == 3
    assert "keeps another message" in request(deployment, csr, "bob", *mine).err
    assert request(deployment, csr, "bob", *mine, "--replace").code == 3
    work(deployment)
    late = request(deployment, csr, "carol", *mine, "--replace")
    assert late.code == 2
    assert "was answered and cannot be replaced any more" in late.err
    picked = lockgate("--config", deployment.ra_config, "request", "resume", "mine", "--wait", 0)
    certificate = x509.load_pem_x509_certificate(picked.out.encode())
    assert certificate.subject.rfc4514_string() == "CN=bob"


def test_the_alternative_names_of_a_pkcs10_are_asked_for(deployment: Deployment, tmp_path: Path) -> None:
    request(deployment, asking_for(tmp_path, NAMES), "host", "--message-id", "host", "--wait", 0)
    work(deployment)
    picked = lockgate("--config", deployment.ra_config, "request", "resume", "host", "--wait", 0)
    certificate = x509.load_pem_x509_certificate(picked.out.encode())
    assert certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value == NAMES


@pytest.mark.parametrize("given", ["DNSNAME=other.example", ""])
def test_names_that_are_given_count_instead(deployment: Deployment, tmp_path: Path, given: str) -> None:
    option = ("--subject-alt-name", given)
    request(deployment, asking_for(tmp_path, NAMES), "host", "--message-id", "host", "--wait", 0, *option)
    work(deployment)
    picked = lockgate("--config", deployment.ra_config, "request", "resume", "host", "--wait", 0)
    certificate = x509.load_pem_x509_certificate(picked.out.encode())
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        names = x509.SubjectAlternativeName([])
    assert [f"DNSNAME={name}" for name in names.get_values_for_type(x509.DNSName)] == [given] * bool(given)


def test_a_kind_that_cannot_be_asked_for_is_refused(deployment: Deployment, tmp_path: Path) -> None:
    unfit = x509.SubjectAlternativeName([x509.OtherName(x509.ObjectIdentifier("1.2.3"), b"\x05\x00")])
    request(deployment, asking_for(tmp_path, unfit), "host", "--message-id", "host", "--wait", 0)
    work(deployment)
    refused = lockgate("--config", deployment.ra_config, "request", "resume", "host", "--wait", 0)
    assert refused.code == 1
    assert "otherName 1.2.3, which is not used here; subject_alt_name says" in refused.err
