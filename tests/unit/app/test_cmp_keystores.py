"""The keystore that signs the answers of the CMP service."""

from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from lockgate.errors import KeystoreError
from lockgate_app.container.cmp import cmp_keystore
from lockgate_app.settings.cmp import CmpTable
from lockgate_keys.pkcs12 import write_pkcs12
from tests.support.pki.identities import authority, ec_key, key_usage

PASSWORD = "a password of a keystore"


def opened(directory: Path, certificate: bytes, number: int) -> bytes:
    """The certificate of the keystore, as the service opens it."""
    path = directory / "cmp.p12"
    write_pkcs12(path, ec_key(number), certificate, (), PASSWORD, "cmp")
    (directory / "cmp.password").write_text(PASSWORD)
    return cmp_keystore(CmpTable.model_validate({"keyStorePath": str(path), "keyStorePassword": PASSWORD})).certificate


def test_a_key_of_its_own_signs_answers(tmp_path: Path) -> None:
    own = authority().issue("cmp", ec_key(61), "digital_signature").der
    assert opened(tmp_path, own, 61) == own


def test_that_of_the_ca_does_not(tmp_path: Path) -> None:
    """Not even where its certificate allows digital signatures, as those of CAs here do."""
    builder = (
        authority()
        .builder("CA", ec_key(62))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    )
    builder = builder.add_extension(key_usage("digital_signature", "key_cert_sign"), critical=True)
    ca = builder.sign(authority().key, hashes.SHA256()).public_bytes(Encoding.DER)
    with pytest.raises(KeystoreError, match="the certificate is a CA's own"):
        opened(tmp_path, ca, 62)


def test_one_that_only_encrypts_does_not(tmp_path: Path) -> None:
    encrypting = authority().issue("cmp", ec_key(61), "key_agreement").der
    with pytest.raises(KeystoreError, match="the certificate lacks the key usage digitalSignature"):
        opened(tmp_path, encrypting, 61)
