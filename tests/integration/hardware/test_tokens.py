"""Keys in tokens of SoftHSM: what makes them, who else may use them, and what happens when a token goes away."""

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import NoReturn

import pkcs11
import pytest
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pkcs11 import Attribute

from lockgate.errors import KeyAway, KeystoreError, TokenAway, Unavailable
from lockgate_formats.public_keys import encoded
from lockgate_keys.hardware import library, making
from lockgate_keys.hardware.keys import TokenEcKey, TokenKey, TokenRsaKey
from lockgate_keys.hardware.keystore import TokenKeystore, read_token_keystore, write_token_keystore
from lockgate_keys.hardware.making import destroy_key
from lockgate_keys.hardware.token import Token, TokenSession, token_of
from tests.support.hardware import DATA, TestToken, keystore, sign
from tests.support.pki.identities import rsa_key


@pytest.mark.parametrize("specification", ["RSA-2048", "P-256", "P-384"])
def test_a_key_is_made_in_the_token_and_does_not_leave_it(token: TestToken, specification: str) -> None:
    key = token.new_key(specification)
    assert sign(key)
    made = key.token.use(lambda session: session.key(key.uri))
    held = {name: made[name] for name in (Attribute.SENSITIVE, Attribute.ALWAYS_SENSITIVE, Attribute.NEVER_EXTRACTABLE)}
    assert all(held.values()), held
    secret = Attribute.PRIVATE_EXPONENT if isinstance(key, TokenRsaKey) else Attribute.VALUE
    with pytest.raises(pkcs11.AttributeSensitive):
        made[secret]
    with pytest.raises(KeystoreError, match="do not leave it"):
        key.private_numbers()
    with pytest.raises(KeystoreError, match="do not leave it"):
        key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def test_a_key_that_was_made_although_the_token_failed_is_not_made_twice(
    token: TestToken, monkeypatch: pytest.MonkeyPatch
) -> None:
    token.token.try_pin()
    original = making._spki
    failed: list[pkcs11.PublicKey] = []

    def lost(public: pkcs11.PublicKey, specification: str) -> bytes:
        if not failed:
            failed.append(public)
            raise pkcs11.DeviceError
        return original(public, specification)

    monkeypatch.setattr(making, "_spki", lost)
    key = token.new_key("P-256")
    assert failed
    assert sign(key)
    assert len(key.token.use(lambda session: list(session.session.get_objects({})))) == 2  # private and public


def test_a_new_key_that_does_not_sign_is_removed(token: TestToken, monkeypatch: pytest.MonkeyPatch) -> None:
    def another(public: pkcs11.PublicKey, specification: str) -> bytes:
        return encoded(rsa_key(81).public_key())

    monkeypatch.setattr(making, "_spki", another)
    with pytest.raises(KeyAway, match="signature is wrong"):
        token.new_key()
    assert not token.token.use(lambda session: list(session.session.get_objects({})))


def test_a_destroyed_key_is_gone(token: TestToken) -> None:
    key, other = token.new_key("P-256"), token.new_key("P-256")
    assert sign(key)
    destroy_key(key)
    with pytest.raises(KeyAway, match="it has 0 private keys"):
        sign(key)
    assert sign(other)


def test_a_key_that_is_not_there_ends_no_session(token: TestToken) -> None:
    key, lost = token.new_key("P-256"), token.new_key("P-256")
    begun = key.token._library.begun
    token.lose(label=lost.uri.object)
    for _ in range(2):
        with pytest.raises(KeyAway, match="it has 0 private keys"):
            sign(lost)
    assert sign(key)
    assert key.token._library.begun == begun


def test_while_the_token_is_away_nothing_is_signed_and_afterwards_it_is(token: TestToken) -> None:
    key = token.new_key()
    assert isinstance(key, TokenRsaKey)
    wrapped = key.public_key().encrypt(b"secret", padding.PKCS1v15())
    with token.softhsm.away():
        for _ in range(2):
            with pytest.raises(TokenAway, match="cannot be used now"):
                sign(key)
            with pytest.raises(TokenAway, match="cannot be used now"):
                key.decrypt(wrapped, padding.PKCS1v15())
    assert sign(key)
    assert key.decrypt(wrapped, padding.PKCS1v15()) == b"secret"


@pytest.mark.parametrize("number", [0, 1, -1, None], ids=["0", "1", "n - 1", "n"])
def test_a_number_that_nobody_encrypts_is_not_asked_of_the_token(token: TestToken, number: int | None) -> None:
    key = token.new_key()
    assert isinstance(key, TokenRsaKey)
    modulus = key.public_key().public_numbers().n
    ciphertext = (modulus if number is None else number % modulus).to_bytes(key.key_size // 8)
    with token.softhsm.away(), pytest.raises(ValueError, match="not encrypted to this key"):
        key.decrypt(ciphertext, padding.PKCS1v15())


@pytest.mark.parametrize("error", [pkcs11.EncryptedDataInvalid, pkcs11.EncryptedDataLenRange, pkcs11.DataInvalid])
def test_a_ciphertext_that_the_token_refuses_is_no_failure_of_the_token(
    token: TestToken, monkeypatch: pytest.MonkeyPatch, error: type[pkcs11.PKCS11Error]
) -> None:
    key = token.new_key()
    assert isinstance(key, TokenRsaKey)
    begun = key.token._library.begun

    def decrypt(_ciphertext: bytes, **_: object) -> NoReturn:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(TokenSession, "key", lambda _session, _uri: SimpleNamespace(decrypt=decrypt))
        with pytest.raises(ValueError, match="not encrypted to this key"):
            key.decrypt(b"\2" * (key.key_size // 8), padding.PKCS1v15())
    assert key.token._library.begun == begun
    assert key.decrypt(key.public_key().encrypt(b"secret", padding.PKCS1v15()), padding.PKCS1v15()) == b"secret"


def test_a_keystore_whose_token_is_away_is_not_a_wrong_one(token: TestToken, tmp_path: Path) -> None:
    path = keystore(token, tmp_path / "worker.p11")
    with token.softhsm.away(), pytest.raises(TokenAway, match=f"{path}: .* cannot be used now"):
        TokenKeystore.load(path, token.pin)
    assert TokenKeystore.load(path, token.pin).sign(DATA)
    token.lose(label=read_token_keystore(path).uri.object)
    with pytest.raises(KeyAway, match=f"{path}: .* it has 0 private keys"):
        TokenKeystore.load(path, token.pin)


def test_a_token_that_makes_extractable_keys_is_not_used(token: TestToken, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "stays", lambda _private: False)
    with pytest.raises(KeystoreError, match="makes keys that may leave it"):
        token.new_key("P-256")
    assert not token.token.use(lambda session: list(session.session.get_objects({})))


def _signs_in_child(key: TokenKey) -> None:
    sign(key)


def test_a_forked_child_signs_and_so_does_its_parent(token: TestToken) -> None:
    key = token.new_key()
    assert sign(key)
    child = multiprocessing.get_context("fork").Process(target=_signs_in_child, args=(key,))
    with key.token._library.alone():  # the fork comes while a thread of the parent is at the token
        child.start()
    child.join(60)
    assert child.exitcode == 0
    assert sign(key)


def test_many_processes_share_one_slot(token: TestToken, tmp_path: Path) -> None:
    path = keystore(token, tmp_path / "worker.p11")
    command = [sys.executable, "-c", _SIGNING, str(path)]
    children = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ)
        for _ in range(3)
    ]
    said = [child.communicate(token.pin, timeout=100)[0] for child in children]
    assert said == ["50\n"] * 3


_SIGNING = """
import sys
from pathlib import Path
from lockgate_keys.hardware.keystore import TokenKeystore
keystore = TokenKeystore.load(Path(sys.argv[1]), sys.stdin.read())
print(len([keystore.sign(b"data") for _ in range(50)]))
"""


def test_threads_take_turns(token: TestToken) -> None:
    keys = [token.new_key("P-256"), token.new_key()]
    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(sign, keys * 40))


def test_a_thread_does_not_wait_for_ever(token: TestToken, monkeypatch: pytest.MonkeyPatch) -> None:
    key = token.new_key("P-256")
    monkeypatch.setattr(library, "BUSY", 0.01)
    with key.token._library.alone(), pytest.raises(Unavailable, match="another thread"):
        sign(key)
    assert sign(key)


def test_a_signature_of_another_key_is_not_given_out(token: TestToken) -> None:
    key, other = token.new_key("P-256"), token.new_key("P-256")
    assert isinstance(key, TokenEcKey)
    swapped = TokenEcKey(key.token, other.uri, key.public_key())
    with pytest.raises(KeyAway, match="signature is wrong, or the key is another one"):
        sign(swapped)


def _no_module(token: TestToken) -> Token:
    return token_of(replace(token.uri, module=Path("/nowhere/hsm.so")), token.pin)


def _other_file(token: TestToken) -> Token:
    return token_of(replace(token.uri, module=token.softhsm.configuration), token.pin)


def _no_token(token: TestToken) -> Token:
    return token_of(replace(token.uri, token="nobody's"), token.pin)


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (_no_module, r"there is no PKCS#11 library /nowhere/hsm\.so"),
        (_other_file, "is no PKCS#11 library that can be loaded"),
        (_no_token, "cannot be used now: it is not there"),
    ],
    ids=["no module", "no library", "no token"],
)
def test_what_is_missing_is_named(token: TestToken, made: Callable[[TestToken], Token], said: str) -> None:
    with pytest.raises(Unavailable, match=said):
        made(token).use(lambda session: session)


def test_a_keystore_that_has_no_certificate_yet_says_so(token: TestToken, tmp_path: Path) -> None:
    path = tmp_path / "ra.p11"
    write_token_keystore(path, token.new_key())
    with pytest.raises(KeystoreError, match="holds no certificate of its key yet"):
        TokenKeystore.load(path, token.pin)
