"""The keystore that signs the answers of the CMP service."""

from pathlib import Path

import pytest

from lockgate.errors import KeystoreError
from lockgate_app.container.cmp import cmp_keystore
from lockgate_app.settings.cmp import CmpTable
from lockgate_keys.pkcs12 import write_pkcs12
from tests.support.pki.identities import authority, ec_key

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


@pytest.mark.parametrize("case", ["the CA's own key", "a key that only encrypts"])
def test_no_other_key_does(tmp_path: Path, case: str) -> None:
    encrypting = authority().issue("cmp", ec_key(61), "key_agreement").der
    certificate, number = {"the CA's own key": (authority().der, 1), "a key that only encrypts": (encrypting, 61)}[case]
    with pytest.raises(KeystoreError, match="must allow digital signatures, and must not be a CA's own"):
        opened(tmp_path, certificate, number)
