"""Keystores: those of workers and RAs, as the configuration names them, and those that a command is given."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from lockgate.errors import KeyAway, KeystoreError, TokenAway
from lockgate.ports import Keystore
from lockgate_app.settings import RaZone, Secret, WorkerProperties
from lockgate_keys.certified import CertifiedKey, KeystoreKey
from lockgate_keys.hardware.uri import names_token_key
from lockgate_keys.pkcs12 import SoftKeystore, WrongPassword
from lockgate_keys.replacing import previous_of

RA_PASSWORD = "[ra] keystore_password"  # noqa: S105  (the setting's name)
"""The setting that gives the password of an RA's keystore."""


def open_keystore(path: Path, password: str) -> Keystore:
    """The keystore in the file `path`: a PKCS#12, or one that names a key in a token, whose PIN is the password.

    Raises:
        KeystoreError: it cannot be opened.
        TokenAway, KeyAway: its key is in a token, and cannot be used now.
    """
    if not names_token_key(path):
        return SoftKeystore.load(path, password)
    from lockgate_keys.hardware.keystore import TokenKeystore  # noqa: PLC0415  (others need nothing of that)

    return TokenKeystore.load(path, password)


def configured_keystore(path: Path, password: Secret, setting: str) -> Keystore:
    """The keystore that the configuration names, as `open_keystore` gives it.

    Args:
        setting: the password's, which is named where the password is wrong.

    Raises:
        ConfigurationError: there is no password where the setting says that it is.
        KeystoreError, TokenAway, KeyAway: as `open_keystore`.
    """
    try:
        return open_keystore(path, password.reveal())
    except WrongPassword as error:
        raise WrongPassword(f"{error}; {setting} gives the password: {password}") from None


def keystore_of(key: KeystoreKey, certificate: bytes) -> Keystore:
    """A keystore of `key` and its DER certificate.

    Raises:
        KeystoreError: they do not belong together.
    """
    return CertifiedKey(key, certificate)


def worker_keystore(properties: WorkerProperties) -> Keystore | None:
    """A worker's keystore; None where it signs and decrypts nothing.

    Raises:
        KeystoreError: it cannot be opened.
    """
    if properties.keystore_password is None:
        return None
    return configured_keystore(properties.keystore_path, properties.keystore_password, "keystore.pwd")


def previous_worker_keystores(properties: WorkerProperties) -> Sequence[Keystore]:
    """The worker's replaced keystore, which still decrypts messages that were encrypted to it.

    Raises:
        KeystoreError: it cannot be opened.
    """
    path, password = properties.previous_keystore_path, properties.previous_keystore_password
    return () if path is None or password is None else (configured_keystore(path, password, "keystore.previous.pwd"),)


def ra_keystore(zone: RaZone) -> Keystore | None:
    """The RA's keystore; None where there is none.

    Raises:
        KeystoreError: it cannot be opened.
    """
    if zone.ra.keystore_path is None or zone.ra.keystore_password is None:
        return None
    return configured_keystore(zone.ra.keystore_path, zone.ra.keystore_password, RA_PASSWORD)


def previous_ra_keystores(zone: RaZone) -> Sequence[Keystore]:
    """The RA's keystore before `keystore renew`; it still decrypts answers that were encrypted to it. None where it has
    another password by now, or its key is away."""
    if zone.ra.keystore_path is None or zone.ra.keystore_password is None:
        return ()
    with suppress(KeystoreError, KeyAway, TokenAway):
        return (open_keystore(previous_of(zone.ra.keystore_path), zone.ra.keystore_password.reveal()),)
    return ()
