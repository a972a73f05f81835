"""The issuer passes the contract suite of its port, and the product serves an RA."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from ca_product import CA_NAME, make_authority, product_issuer
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from lockgate_ra import PKCS10Request, PKCS10Response, SentMessage, connect
from lockgate_testing.contracts.issuer import IssuerContract, IssuerSubject

LOCKGATE = str(Path(sys.executable).with_name("lockgate"))
PATIENCE = timedelta(minutes=2)


class TestProductIssuer(IssuerContract):
    """Each test has a key of its own."""

    @pytest.fixture
    def subject(self, tmp_path: Path) -> IssuerSubject:
        """The product's issuer."""
        make_authority(tmp_path / "product")
        return IssuerSubject(product_issuer(tmp_path / "product"), CA_NAME, (tmp_path / "product/ca.der").read_bytes())


def run(*command: object) -> None:
    """Run it to its end, which is a good one."""
    subprocess.run([*map(str, command)], check=True, capture_output=True, timeout=120)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A deployment, whose RA may ask the product's CA."""
    run(LOCKGATE, "init", tmp_path / "deployment")
    config = tmp_path / "deployment/ca/lockgate.toml"
    run(sys.executable, "-m", "ca_product", "--set-up", config, tmp_path / "product")
    run(LOCKGATE, "--config", config, "role", "edit", "RA", "--add-rule", f"/ca/{CA_NAME}")
    return tmp_path


@contextmanager
def served(site: Path) -> Iterator[subprocess.Popen[str]]:
    """The product, killed at the end if it is still there."""
    command = [sys.executable, "-m", "ca_product", str(site / "deployment/ca/lockgate.toml"), str(site / "product")]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, text=True, **streams) as process:  # type: ignore[call-overload]
        try:
            yield process
        finally:
            process.kill()


def ask(site: Path) -> SentMessage:
    """An RA asks the product's CA for a certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name.from_rfc4514_string("CN=alice")
    pkcs10 = x509.CertificateSigningRequestBuilder(name).sign(key, hashes.SHA256()).public_bytes(Encoding.DER)
    with connect(site / "deployment/ra/lockgate.toml") as ra:
        return ra.send(
            [
                PKCS10Request(
                    request_id=1,
                    username="alice",
                    subject_dn="CN=alice",
                    ca_name=CA_NAME,
                    end_entity_profile="EMPTY",
                    certificate_profile="ENDUSER",
                    pkcs10=pkcs10,
                )
            ]
        )


def test_the_product_serves_an_ra_and_ends_when_it_is_asked_to(site: Path) -> None:
    sent = ask(site)
    with served(site) as product, connect(site / "deployment/ra/lockgate.toml") as ra:
        (response,) = ra.wait(sent, PATIENCE)
        product.send_signal(signal.SIGTERM)
        said, logged = product.communicate(timeout=120)
        assert product.returncode == 0, logged
    assert isinstance(response, PKCS10Response)
    assert response.success
    assert response.certificate is not None
    authority = x509.load_der_x509_certificate((site / "product/ca.der").read_bytes())
    x509.load_der_x509_certificate(response.certificate).verify_directly_issued_by(authority)
    states = [json.loads(line) for line in said.splitlines()]
    assert states[-1] == {"state": "stopped", "settled": 1, "trouble": None}
    assert "INFO:lockgate.worker:stopped worker=main" in logged
