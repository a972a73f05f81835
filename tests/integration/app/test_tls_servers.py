"""From a TLS server's PKCS#10 to a server that TLS clients trust, with the profile that is built in."""

import socket
import ssl
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID

from lockgate_app.deployment import Deployment
from tests.integration.app.commands import Outcome, lockgate, work
from tests.support.pki.identities import ec_key, name

KEY = ec_key(5)
NAMES = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))])


def on_ca(deployment: Deployment, *arguments: object) -> str:
    done = lockgate("--config", deployment.ca_config, *arguments)
    assert done.code == 0, done.err
    return done.out


def requested(deployment: Deployment, kind: str, *more: object, names: x509.SubjectAlternativeName = NAMES) -> Outcome:
    """A request for the server's certificate by the issuing CA, sent, answered and picked up."""
    csr = deployment.directory / "server.csr"
    builder = x509.CertificateSigningRequestBuilder().subject_name(name("any")).add_extension(names, critical=False)
    csr.write_bytes(builder.sign(KEY, hashes.SHA256()).public_bytes(Encoding.PEM))
    file = "--csr" if kind == "pkcs10" else "--request"
    return lockgate(
        "--config", deployment.ra_config, "request", kind, "--username", "server", "--subject-dn", "CN=server",
        file, csr, "--ca", "IssuingCA", "--end-entity-profile", "SERVER", "--certificate-profile", "SERVER",
        "--message-id", kind, "--wait", 0, "--output", deployment.directory / "server.pem", *more,
    )  # fmt: skip


def picked_up(deployment: Deployment, kind: str, *more: object) -> Outcome:
    work(deployment)
    output = ("--output", deployment.directory / "server.pem")
    return lockgate("--config", deployment.ra_config, "request", "resume", kind, "--wait", 0, *output, *more)


@pytest.fixture
def servers(deployment: Deployment) -> Deployment:
    """A deployment with a subordinate CA, whose RA may have TLS servers' certificates issued."""
    on_ca(
        deployment, "ca", "create", "IssuingCA", "--subject-dn", "CN=Issuing CA", "--issuer", "ManagementCA",
        "--key", "P-256",
    )  # fmt: skip
    rules = ("--add-rule", "/ca/IssuingCA", "--add-rule", "/endentityprofile/SERVER")
    on_ca(deployment, "role", "edit", "RA", *rules)
    return deployment


def greeted(chain: Path, key: Path, root: Path) -> bytes:
    """What a TLS client that trusts `root` alone hears from a server with that chain and key."""
    serving, asking = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context(cafile=str(root))
    serving.load_cert_chain(chain, key)
    asking.verify_flags |= ssl.VERIFY_X509_STRICT
    here, there = socket.socketpair()

    def serve() -> None:
        with serving.wrap_socket(there, server_side=True) as connection:
            connection.sendall(b"hello")

    with (
        ThreadPoolExecutor(1) as pool,
        asking.wrap_socket(here, server_hostname="localhost", do_handshake_on_connect=False) as client,
    ):
        served = pool.submit(serve)
        client.do_handshake()
        said = client.recv(5)
        served.result()
    return said


@pytest.mark.parametrize(
    ("kind", "more"), [("pkcs10", ()), ("certificate", ("--create-or-edit", "--response", "pkcs7withchain"))]
)
def test_a_tls_server_is_trusted_with_its_full_chain(servers: Deployment, kind: str, more: tuple[str, ...]) -> None:
    full, key = servers.directory / "fullchain.pem", servers.directory / "server.key"
    key.write_bytes(KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    assert requested(servers, kind, *more).code == 3
    done = picked_up(servers, kind, "--fullchain", full)
    assert done.code == 0, done.err
    leaf, issuing = x509.load_pem_x509_certificates(full.read_bytes())
    assert leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value == NAMES
    assert leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value == x509.ExtendedKeyUsage(
        [ExtendedKeyUsageOID.SERVER_AUTH]
    )
    leaf.verify_directly_issued_by(issuing)
    assert greeted(full, key, servers.ra / "ManagementCA.pem") == b"hello"


def test_the_root_is_there_where_it_is_asked_for(servers: Deployment) -> None:
    full = servers.directory / "fullchain.pem"
    requested(servers, "pkcs10")
    done = picked_up(servers, "pkcs10", "--fullchain", full, "--with-root")
    assert done.code == 0, done.err
    leaf, issuing, root = x509.load_pem_x509_certificates(full.read_bytes())
    leaf.verify_directly_issued_by(issuing)
    issuing.verify_directly_issued_by(root)
    root.verify_directly_issued_by(root)


def test_an_answer_without_the_chain_makes_no_full_chain(servers: Deployment) -> None:
    full = servers.directory / "fullchain.pem"
    refused = requested(servers, "certificate", "--create-or-edit", "--fullchain", full)
    assert (refused.code, refused.err) == (2, "lockgate: --fullchain needs --response pkcs7withchain\n")
    assert requested(servers, "certificate", "--create-or-edit").code == 3
    kept = picked_up(servers, "certificate", "--fullchain", full)
    assert (kept.code, full.exists()) == (2, False)
    assert "the answer holds no CA chain" in kept.err
    assert picked_up(servers, "certificate").code == 0


def test_other_names_than_a_tls_servers_are_refused(servers: Deployment) -> None:
    requested(servers, "pkcs10", names=x509.SubjectAlternativeName([x509.RFC822Name("a@example.org")]))
    refused = picked_up(servers, "pkcs10")
    assert refused.code == 1
    assert "RFC822NAME may occur 0 times at most" in refused.err


def test_an_older_deployment_gets_the_profile_with_its_upgrade(deployment: Deployment) -> None:
    for kind in ("end-entity", "certificate"):
        on_ca(deployment, "profile", "delete", kind, "SERVER")
    assert "SERVER" not in on_ca(deployment, "profile", "list")
    on_ca(deployment, "db", "upgrade")
    assert "serverAuth" in on_ca(deployment, "profile", "show", "certificate", "SERVER")
    assert "SERVER" in on_ca(deployment, "profile", "show", "end-entity", "SERVER")
