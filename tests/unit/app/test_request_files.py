"""PKCS#10 requests in files: as devices write them, in PEM or DER."""

import base64
from pathlib import Path

import pytest

from lockgate.errors import ConfigurationError
from lockgate_app.request_files import read_request
from tests.support.pki import identities
from tests.support.pki.identities import rsa_key
from tests.support.wire.scep_client import Device

DEVICE = Device(
    rsa_key(31),
    identities.ra().certificate,
    deviations=frozenset({"a PKCS#10 with an underscore in a PrintableString"}),
)


def pem(label: str) -> bytes:
    lines = base64.encodebytes(DEVICE.request).decode()
    return f"text before\n-----BEGIN {label}-----\n{lines}-----END {label}-----\n".encode()


@pytest.mark.parametrize(
    "content",
    [DEVICE.request, pem("CERTIFICATE REQUEST"), pem("NEW CERTIFICATE REQUEST")],
    ids=["DER", "PEM", "new PEM"],
)
def test_a_devices_pkcs10_is_read_as_it_was_written(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "router.csr"
    file.write_bytes(content)
    assert read_request(file) == DEVICE.request


OF_NO_VERSION = DEVICE.request.replace(b"\x02\x01\x00", b"\x02\x01\x05", 1)


@pytest.mark.parametrize(
    "content", [b"", DEVICE.request[:-1], pem("CERTIFICATE"), pem("CERTIFICATE REQUEST")[:200], OF_NO_VERSION]
)
def test_what_is_none_is_refused(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "router.csr"
    file.write_bytes(content)
    with pytest.raises(ConfigurationError, match="holds no PKCS#10 certificate request"):
        read_request(file)
