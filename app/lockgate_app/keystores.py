"""The keystores of workers and RAs, as the configuration names them."""

from collections.abc import Sequence
from contextlib import suppress

from lockgate.errors import KeystoreError
from lockgate.ports import Keystore
from lockgate_app.settings import RaZone, WorkerProperties
from lockgate_keys.pkcs12 import SoftKeystore, previous_of


def worker_keystore(properties: WorkerProperties) -> Keystore | None:
    """A worker's keystore; None where it signs and decrypts nothing.

    Raises:
        KeystoreError: it cannot be opened.
    """
    if properties.keystore_password is None:
        return None
    return SoftKeystore.load(properties.keystore_path, properties.keystore_password.reveal())


def previous_worker_keystores(properties: WorkerProperties) -> Sequence[Keystore]:
    """What a worker had before its keystore was replaced, and still opens what was encrypted to it.

    Raises:
        KeystoreError: it cannot be opened.
    """
    path, password = properties.previous_keystore_path, properties.previous_keystore_password
    return () if path is None or password is None else (SoftKeystore.load(path, password.reveal()),)


def ra_keystore(zone: RaZone) -> Keystore | None:
    """The RA's keystore; None where there is none.

    Raises:
        KeystoreError: it cannot be opened.
    """
    if zone.ra.keystore_path is None or zone.ra.keystore_password is None:
        return None
    return SoftKeystore.load(zone.ra.keystore_path, zone.ra.keystore_password.reveal())


def previous_ra_keystores(zone: RaZone) -> Sequence[Keystore]:
    """What the RA had before `keystore renew`; it still opens answers that were encrypted to it. None where it has
    another password by now."""
    if zone.ra.keystore_path is None or zone.ra.keystore_password is None:
        return ()
    with suppress(KeystoreError):
        return (SoftKeystore.load(previous_of(zone.ra.keystore_path), zone.ra.keystore_password.reveal()),)
    return ()
