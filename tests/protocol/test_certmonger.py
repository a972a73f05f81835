"""certmonger and its helper `scep-submit` against real processes."""

import base64
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tests.integration.app.commands import edited
from tests.protocol.certmonger import certmonger
from tests.protocol.devices import CAPABILITIES, PROFILES, one_time_password
from tests.protocol.processes import PATIENCE
from tests.protocol.site import Client, Site, program, run
from tests.support.pki.identities import rsa_key
from tests.support.wire.scep_answers import CertRep
from tests.support.wire.scep_client import Device
from tests.support.wire.scep_values import RENEWAL_REQ

pytestmark = pytest.mark.postgresql


def submit(*arguments: object) -> Client:
    return run(program("scep-submit", "certmonger"), *arguments)


def test_certmonger_asks_for_capabilities_and_certificates(site: Site, server_certificate: x509.Certificate) -> None:
    assert submit("-u", site.url(), "-c").out.strip() == CAPABILITIES.strip()
    found = x509.load_pem_x509_certificates(submit("-u", site.url(), "-C").out)
    assert found[0] == server_certificate
    assert found[1].subject.rfc4514_string() == "CN=ManagementCA,O=Lockgate"


@pytest.fixture
def trusted(site: Site, server_certificate: x509.Certificate, tmp_path: Path) -> Path:
    """A directory with the RA's certificate, `ra.pem`, and the CA's, `ca.pem`."""
    (tmp_path / "ra.pem").write_bytes(server_certificate.public_bytes(Encoding.PEM))
    (tmp_path / "ca.pem").write_bytes(site.deployment.ca_certificate.read_bytes())
    return tmp_path


def test_certmongers_helper_enrols_and_renews_by_polling(site: Site, device: Device, trusted: Path) -> None:
    def send(message: bytes) -> Client:
        (trusted / "message").write_bytes(_pem("PKCS7", message))
        certificates = ("-r", trusted / "ra.pem", "-N", trusted / "ca.pem", "-I", trusted / "ca.pem")
        return submit("-u", site.url(), *certificates, "-p", trusted / "message")

    def answer(first: bytes, poll: Callable[[], bytes]) -> x509.Certificate:
        assert send(first).code in (1, 5)
        deadline = time.monotonic() + PATIENCE
        while (answer := send(poll())).code in (1, 5):
            assert time.monotonic() < deadline
            time.sleep(0.5)
        assert answer.code == 0, answer.log
        encoded = answer.out.decode().split("-----")[2]
        return x509.load_der_x509_certificate(device.opened(CertRep({}, base64.b64decode(encoded), b"", ""))[0][0])

    first = answer(device.pkcs_req(), device.cert_poll)
    assert first.subject.rfc4514_string() == f"CN={device.name}"
    renewal, new = device.with_(transaction_id=f"{device.transaction_id}-renewal"), rsa_key(92)
    wish = renewal.message(RENEWAL_REQ, device.with_(key=new, challenge=None).request, certificate=first)
    second = answer(wish, lambda: renewal.cert_poll(certificate=first))
    assert (second.subject, second.public_key()) == (first.subject, new.public_key())


def test_certmonger_enrols_and_renews(site: Site, trusted: Path) -> None:
    """Its renewal is a PKCSReq that the old key has signed, as before RFC 8894, for its configured name."""
    challenge = trusted / "challenge"
    known = ("-R", trusted / "ca.pem", "-N", trusted / "ca.pem", "-r", trusted / "ra.pem")
    with certmonger(trusted / "certmonger") as client:

        def got(*command: object) -> x509.Certificate:
            done = client.getcert(*command)
            assert done.code == 0, done.log
            assert "status: MONITORING" in (status := client.status()), status
            return x509.load_pem_x509_certificate(client.certificate.read_bytes())

        assert client.getcert("add-scep-ca", "-c", "lockgate", "-u", site.url(alias="own"), *known).code == 0
        challenge.write_text(one_time_password(site, "add", "monger", *PROFILES))
        assert site.ca("end-entity", "edit", "monger", "--subject-dn", "CN=monger,O=Example").code == 0
        files = ("-k", client.key, "-f", client.certificate)
        first = got("request", "-c", "lockgate", "-I", "device", *files, "-N", "CN=monger", "-l", challenge)
        assert first.subject.rfc4514_string() == "CN=monger,O=Example"
        second = got("rekey", "-i", "device")
        assert second.subject == first.subject
        assert second.public_key() != first.public_key()
        with same_key_renewals(site, trusted / "enduser.yaml"):
            third = got("resubmit", "-i", "device")
        assert third.public_key() == second.public_key()
        assert third.serial_number != second.serial_number


@contextmanager
def same_key_renewals(site: Site, profile: Path) -> Iterator[None]:
    """Certificates may be renewed for the key that they have."""
    site.ca("profile", "export", "ENDUSER", "--output", profile)
    for before, after in (("false", "true"), ("true", "false")):
        edited(profile, f"renewal_same_key: {before}", f"renewal_same_key: {after}")
        assert site.ca("profile", "import", profile, "--replace").code == 0
        if after == "true":
            yield


def _pem(label: str, der: bytes) -> bytes:
    return f"-----BEGIN {label}-----\n".encode() + base64.encodebytes(der) + f"-----END {label}-----\n".encode()
