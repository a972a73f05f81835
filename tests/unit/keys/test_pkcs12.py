"""Soft keystores: PKCS#12 files."""

import stat
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding
from cryptography.hazmat.primitives.serialization import pkcs12

from lockgate.errors import KeystoreError
from lockgate.ports import KeyTransport, SignatureScheme
from lockgate_keys.pkcs12 import SoftKeystore, write_pkcs12
from tests.support.parts import needed_program
from tests.support.pki import identities

PASSWORD = "påssword ✓"


def written(path: Path, identity: identities.Identity) -> Path:
    write_pkcs12(path, identity.key, identity.der, (identities.authority().der,), PASSWORD, "name")
    return path


def test_loads_what_it_writes(tmp_path: Path) -> None:
    keystore = SoftKeystore.load(written(tmp_path / "worker.p12", identities.worker()), PASSWORD)
    assert keystore.certificate == identities.worker().der
    assert keystore.chain == (identities.authority().der,)
    assert keystore.scheme is SignatureScheme.RSA_SHA256


def test_signs_with_rsa() -> None:
    key = identities.rsa_key(1)
    signature = identities.worker().keystore.sign(b"data")
    key.public_key().verify(signature, b"data", padding.PKCS1v15(), hashes.SHA256())


@pytest.mark.parametrize(
    ("curve", "scheme", "digest"),
    [
        (ec.SECP256R1, SignatureScheme.ECDSA_SHA256, hashes.SHA256()),
        (ec.SECP384R1, SignatureScheme.ECDSA_SHA384, hashes.SHA384()),
    ],
)
def test_signs_with_ec(
    tmp_path: Path, curve: type[ec.EllipticCurve], scheme: SignatureScheme, digest: hashes.HashAlgorithm
) -> None:
    identity = identities.ec_signer(curve)
    keystore = SoftKeystore.load(written(tmp_path / "ra.p12", identity), PASSWORD)
    assert keystore.scheme is scheme
    public = identity.key.public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey)
    public.verify(keystore.sign(b"data"), b"data", ec.ECDSA(digest))
    assert keystore.unwrap(b"wrapped", KeyTransport.RSA_PKCS1) is None


def test_what_cannot_be_unwrapped_is_none() -> None:
    assert identities.worker().keystore.unwrap(bytes(256), KeyTransport.RSA_OAEP_SHA256) is None
    assert identities.worker().keystore.unwrap(b"short", KeyTransport.RSA_PKCS1) is None


def test_the_file_is_the_owners_alone_and_never_replaced(tmp_path: Path) -> None:
    path = written(tmp_path / "worker.p12", identities.worker())
    content = path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(KeystoreError, match="exists already"):
        written(path, identities.ra())
    assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]


def test_the_file_is_encrypted_with_aes_256(tmp_path: Path) -> None:
    path = written(tmp_path / "worker.p12", identities.worker())
    openssl = needed_program("openssl", "openssl")
    arguments = [openssl, "pkcs12", "-info", "-noout", "-in", str(path), "-passin", f"pass:{PASSWORD}"]
    told = subprocess.run(arguments, capture_output=True, check=True, text=True).stderr
    assert told.count("AES-256-CBC") == 2
    assert "sha256" in told
    assert "RC2" not in told


def test_a_wrong_password_is_named_without_saying_it(tmp_path: Path) -> None:
    path = written(tmp_path / "worker.p12", identities.worker())
    with pytest.raises(KeystoreError, match="wrong password") as caught:
        SoftKeystore.load(path, "a wrong guess")
    assert "a wrong guess" not in str(caught.value)


def test_missing_and_broken_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(KeystoreError, match=r"none\.p12: No such file"):
        SoftKeystore.load(tmp_path / "none.p12", PASSWORD)
    (tmp_path / "broken.p12").write_bytes(b"broken")
    with pytest.raises(KeystoreError, match=r"broken\.p12"):
        SoftKeystore.load(tmp_path / "broken.p12", PASSWORD)
    with pytest.raises(KeystoreError, match="No such file"):
        written(tmp_path / "nowhere" / "x.p12", identities.worker())


def test_refuses_keystores_without_a_usable_key(tmp_path: Path) -> None:
    encryption = serialization.BestAvailableEncryption(PASSWORD.encode())
    certificate = identities.worker().certificate
    (tmp_path / "none.p12").write_bytes(
        pkcs12.serialize_key_and_certificates(b"name", None, certificate, None, encryption)
    )
    with pytest.raises(KeystoreError, match="no RSA or EC key"):
        SoftKeystore.load(tmp_path / "none.p12", PASSWORD)
    key = ed25519.Ed25519PrivateKey.generate()
    (tmp_path / "ed.p12").write_bytes(pkcs12.serialize_key_and_certificates(b"name", key, None, None, encryption))
    with pytest.raises(KeystoreError, match="no RSA or EC key"):
        SoftKeystore.load(tmp_path / "ed.p12", PASSWORD)


def test_refuses_keys_that_are_weak_unused_or_not_the_certificates() -> None:
    weak = identities.authority().issue("weak", identities.rsa_key(9, 1024))
    with pytest.raises(KeystoreError, match="1024 bits"):
        SoftKeystore(weak.key, weak.der)
    odd = identities.authority().issue("odd", identities.ec_key(9, ec.SECP521R1))
    with pytest.raises(KeystoreError, match="secp521r1"):
        SoftKeystore(odd.key, odd.der)
    with pytest.raises(KeystoreError, match="another key"):
        SoftKeystore(identities.rsa_key(1), identities.ra().der)


def test_nothing_secret_is_shown() -> None:
    assert "PrivateKey" not in repr(identities.worker().keystore)
