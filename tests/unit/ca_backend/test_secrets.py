"""CA keys, passwords and clients' secrets at rest."""

from dataclasses import replace

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from lockgate.errors import ConfigurationError, KeystoreError
from lockgate.ports import TransactionKey
from lockgate_ca_backend.client_secrets import ClientSecrets
from lockgate_ca_backend.key_sealing import KeySealer
from lockgate_ca_backend.passwords import hash_password, is_password
from lockgate_ca_backend.signing import CaKey, generate_key
from tests.support.pki.certificate_requests import spki
from tests.support.pki.identities import ec_key, rsa_key

SECRET = b"0123456789abcdef"
SEALER = KeySealer(SECRET)


@pytest.mark.parametrize("key", [rsa_key(1), ec_key(1), ec_key(2, ec.SECP384R1)], ids=["RSA", "P-256", "P-384"])
def test_a_sealed_key_opens(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> None:
    opened = SEALER.open(SEALER.seal(key, "CA", spki(key)), "CA", spki(key))
    assert isinstance(opened, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey)
    assert opened.private_numbers() == key.private_numbers()


def test_a_sealed_key_shows_nothing() -> None:
    key = ec_key(1)
    sealed = SEALER.seal(key, "CA", spki(key))
    document = msgspec.json.decode(sealed)
    assert document["kdf"] == "argon2id"
    assert key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()) not in msgspec.json.decode(
        document["ciphertext"].join('""').encode(), type=bytes
    )
    assert sealed != SEALER.seal(key, "CA", spki(key))
    assert "0123" not in repr(SEALER)


def test_what_does_not_open_it() -> None:
    key = ec_key(1)
    sealed = SEALER.seal(key, "CA", spki(key))
    document = msgspec.json.decode(sealed)
    attempts = [
        (KeySealer(SECRET + b"!"), sealed, "CA", spki(key)),
        (SEALER, sealed, "Another CA", spki(key)),
        (SEALER, sealed, "CA", spki(ec_key(2))),
        (SEALER, SEALER.seal(key, "CA", spki(ec_key(2))), "CA", spki(ec_key(2))),
        (SEALER, SEALER.seal(rsa_key(1), "CA", spki(rsa_key(2))), "CA", spki(rsa_key(2))),
        (SEALER, msgspec.json.encode(document | {"iterations": 1}), "CA", spki(key)),
        (SEALER, msgspec.json.encode(document | {"memory_kib": 1}), "CA", spki(key)),
        (SEALER, msgspec.json.encode(document | {"salt": "AAAAAAAAAAAAAAAAAAAAAA=="}), "CA", spki(key)),
        (SEALER, b"{}", "CA", spki(key)),
        (SEALER, b"", "CA", spki(key)),
    ]
    for sealer, octets, name, public_key in attempts:
        with pytest.raises(KeystoreError, match="cannot be opened"):
            sealer.open(octets, name, public_key)


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="16 octets"):
        KeySealer(b"only 15 octets.")


STORED = hash_password("sesame é")  # as this module is collected: the features hash with less work


def test_passwords() -> None:
    assert STORED.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert "sesame" not in STORED
    assert hash_password("sesame é") != STORED
    assert is_password("sesame é", STORED)
    assert not is_password("Sesame é", STORED)
    assert not is_password("", STORED)
    assert not is_password("\udcff", STORED)
    assert not is_password("anything", None)


@pytest.mark.parametrize("specification", ["RSA-2048", "P-256", "P-384"])
def test_ca_keys_are_made(specification: str) -> None:
    assert "…" in repr(CaKey(generate_key(specification)))


@pytest.mark.parametrize("specification", ["RSA-1024", "RSA-8192", "P-521", "Ed25519", ""])
def test_other_ca_keys_are_not(specification: str) -> None:
    with pytest.raises(ConfigurationError):
        generate_key(specification)


def test_keys_that_no_ca_may_have() -> None:
    for key in (rsa.generate_private_key(65537, 1024), ec_key(3, ec.SECP521R1)):
        with pytest.raises(KeystoreError):
            CaKey(key)


KEY = TransactionKey("cmp", "0a")


def test_a_clients_secret_opens_and_shows_nothing() -> None:
    boxes = ClientSecrets(SECRET), ClientSecrets(SECRET)
    sealed = boxes[0].seal_for_transaction(b"\0 0f a transacti0n \xff", KEY)
    assert boxes[1].open_for_transaction(sealed, KEY) == b"\0 0f a transacti0n \xff"
    assert b"0f a transacti0n" not in sealed
    assert sealed != boxes[0].seal_for_transaction(b"\0 0f a transacti0n \xff", KEY)
    of_user = boxes[0].seal_for_end_entity("0f an end entity é", "user")
    assert boxes[1].open_for_end_entity(of_user, "user") == "0f an end entity é"
    assert b"0f an end entity" not in of_user
    assert "0123" not in repr(boxes[0])


def test_what_does_not_open_a_clients_secret() -> None:
    box = ClientSecrets(SECRET)
    sealed = box.seal_for_transaction(b"0f a transacti0n", KEY)
    changed = [bytes([*sealed[:at], sealed[at] ^ 1, *sealed[at + 1 :]]) for at in range(len(sealed))]
    for octets in (*changed, sealed[:-1], sealed[:33], sealed[:5], b"", sealed + b"\0"):
        with pytest.raises(KeystoreError, match="cannot be opened"):
            box.open_for_transaction(octets, KEY)
    for other in (TransactionKey("cmq", "0a"), TransactionKey('cmp","0a', ""), replace(KEY, id="0b")):
        with pytest.raises(KeystoreError, match="cannot be opened"):
            box.open_for_transaction(sealed, other)
    with pytest.raises(KeystoreError, match="cannot be opened"):
        ClientSecrets(SECRET + b"!").open_for_transaction(sealed, KEY)
    of_user = box.seal_for_end_entity("0f an end entity", "user")
    with pytest.raises(KeystoreError, match="cannot be opened"):
        box.open_for_end_entity(of_user, "users")


def test_a_short_secret_protects_no_clients_secret() -> None:
    with pytest.raises(ConfigurationError, match="16 octets"):
        ClientSecrets(b"only 15 octets.")
