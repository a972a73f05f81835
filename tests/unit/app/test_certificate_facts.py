"""Single facts of certificates."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from lockgate_app.certificate_facts import certificate_contents, is_ca
from tests.support.pki.identities import ec_key

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def certificate(*extensions: x509.ExtensionType) -> bytes:
    key, name = ec_key(1), x509.Name([])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, BEGIN, BEGIN + timedelta(1))
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


@pytest.mark.parametrize(
    ("extensions", "expected"),
    [
        ((x509.BasicConstraints(ca=True, path_length=None),), True),
        ((x509.BasicConstraints(ca=False, path_length=None),), False),
        ((), False),
    ],
    ids=["of a CA", "of an end entity", "without the extension"],
)
def test_whether_it_is_a_cas(extensions: tuple[x509.ExtensionType, ...], expected: bool) -> None:
    der = certificate(*extensions)
    assert is_ca(der) is certificate_contents(der)["is_ca"] is expected
