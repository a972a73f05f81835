"""What tests ask of devices and of the CA on their behalf."""

import json
import time

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.protocol.processes import PATIENCE
from tests.protocol.site import Site, post
from tests.support.wire.scep_answers import CertRep
from tests.support.wire.scep_client import Device
from tests.support.wire.scep_values import PENDING, SUCCESS

CAPABILITIES = b"AES\nGetNextCACert\nPOSTPKIOperation\nRenewal\nSHA-256\nSHA-384\nSHA-512\nSCEPStandard\n"
PROFILES = ("--ca", "ManagementCA", "--end-entity-profile", "EMPTY", "--certificate-profile", "ENDUSER")


def polled(device: Device, url: str) -> CertRep:
    """The answer when it is another than PENDING."""
    deadline = time.monotonic() + PATIENCE
    while (answer := device.read(post(url, device.cert_poll()))).status == PENDING:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    return answer


def subject(certificate: bytes) -> str:
    return x509.load_der_x509_certificate(certificate).subject.rfc4514_string()


def one_time_password(site: Site, verb: str, name: str, *more: object) -> str:
    """One that the CA has made for an end entity."""
    subject = ("--subject-dn", f"CN={name}") if verb == "add" else ()
    made = site.ca("end-entity", verb, name, *subject, *more, "--one-time-password", "--json")
    assert made.code == 0, made.err
    return str(json.loads(made.out)["one_time_password"])


def received(device: Device, answer: CertRep) -> bytes:
    """The certificate in an answer to a device, encrypted to its key, or under its challenge password."""
    assert answer.status == SUCCESS, answer
    password = None if isinstance(device.key, rsa.RSAPrivateKey) else device.challenge
    return device.opened(answer, password)[0][0]
