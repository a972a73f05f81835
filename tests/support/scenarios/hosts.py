"""Both hosts' folders as a scenario finds them: what `lockgate init` makes, with a CA whose key the tests hold."""

import hashlib
import inspect
from collections.abc import Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import pytest

from lockgate_app.keys import certificate_pem
from lockgate_app.templates import CA_CONFIGURATION, RA_CONFIGURATION, SCEP_CONFIGURATION
from lockgate_ca_backend import passwords
from lockgate_ca_backend.client_secrets import ClientSecrets
from lockgate_ca_backend.sealing import SecretBox
from lockgate_keys.pkcs12 import SoftKeystore, write_pkcs12
from lockgate_persistence.migrating import upgrade
from lockgate_persistence.migrations import MESSAGES
from tests.support.pki.certificate_requests import spki
from tests.support.pki.identities import Identity, rsa_key
from tests.support.scenarios.ca_side import BLOCKED_KEY, ESCROW_SECRET, SECRET, SITE, CaSide
from tests.support.scenarios.world import KEYSTORE_PASSWORD, MAX_MESSAGE, RA_KEY, RECIPIENT, WORKER_KEY, WORKERS

SCEP_SECRET = b"a secret that the SCEP servers share"
SCEP_KEY = 18
_MORE = f"max_message_size = {MAX_MESSAGE}\n"


def install(directory: Path, issuer: Mapping[str, object] | None = None) -> None:
    """Make both folders and both databases.

    Args:
        issuer: the settings of the remote issuer that has ManagementCA's key; None where the registry keeps it.
    """
    ca, ra = directory / "ca", directory / "ra"
    for folder in (ca, ra, ra / "outbox", directory / "messages"):
        folder.mkdir()
    _write_configurations(ca, ra)
    _write_secrets(ca, ra)
    ca_side = CaSide(directory)
    if issuer is not None:
        ca_side.configuration.put(f"ca.issuers.{SITE}", issuer)
    ca_side.open()
    _write_keystores(ca_side, ca, ra)
    messages = ca_side.hours.engine(ca_side.configuration.zone.data_sources[RECIPIENT.data_source])
    upgrade(messages, MESSAGES)
    for engine in (ca_side.engine, messages):
        engine.dispose()


def _write_configurations(ca: Path, ra: Path) -> None:
    common = {
        "instance": RECIPIENT.ca,
        "message_url": "sqlite:///../messages/messages.db",
        "ca_name": "ManagementCA",
        "p12": "p12",
    }
    text = CA_CONFIGURATION.substitute(
        common, token="", ca_url="sqlite:///ca.db", ca_more="", message_more=_MORE, whitelist="", max_per_hour=0
    )
    text = text.replace("# key_blocklist", "key_blocklist")
    shared, worker = text.split("[workers.main]")
    (ca / "lockgate.toml").write_text(shared + "".join(f"[workers.{name}]{worker}" for name in WORKERS))
    text = RA_CONFIGURATION.substitute(common, message_more=_MORE)
    (ra / "lockgate.toml").write_text(text + SCEP_CONFIGURATION.substitute(common, port=8080))


def _write_secrets(ca: Path, ra: Path) -> None:
    (ca / "key-encryption.secret").write_bytes(SECRET)
    (ca / "escrow.secret").write_bytes(ESCROW_SECRET)
    (ca / "key-blocklist.txt").write_text(hashlib.sha256(spki(rsa_key(BLOCKED_KEY))).hexdigest())
    (ra / "scep.secret").write_bytes(SCEP_SECRET)


def _write_keystores(ca_side: CaSide, ca: Path, ra: Path) -> None:
    """The workers', the RA's and its SCEP server's; and the certificates that the RA knows."""
    worker = _write_keystore(ca_side, ca / "worker", WORKER_KEY, "WORKER")
    _write_keystore(ca_side, ra / "ra", RA_KEY)
    _write_keystore(ca_side, ra / "scep", SCEP_KEY)
    for name, certificate in (("worker", worker.der), ("ManagementCA", ca_side.authority.der)):
        (ra / f"{name}.pem").write_bytes(certificate_pem(certificate))


def _write_keystore(ca_side: CaSide, path: Path, key: int, profile: str = "RA") -> Identity:
    identity = ca_side.certify(f"CN={path.name}", rsa_key(key), profile)
    path.with_suffix(".password").write_text(KEYSTORE_PASSWORD)
    write_pkcs12(path.with_suffix(".p12"), rsa_key(key), identity.der, (), KEYSTORE_PASSWORD, path.name)
    return identity


def open_keystores_once(patch: pytest.MonkeyPatch) -> None:
    """Keep what was opened, by the file's octets: a scenario opens the same keystores again and again, slowly."""
    load, kept = SoftKeystore.load, dict[tuple[bytes, str], SoftKeystore]()

    def load_once(_class: type[SoftKeystore], path: Path, password: str) -> SoftKeystore:
        content = (path.read_bytes() if path.exists() else b"", password)
        if content not in kept:
            kept[content] = load(path, password)
        return kept[content]

    patch.setattr(SoftKeystore, "load", classmethod(load_once))


def derive_keys_once(patch: pytest.MonkeyPatch) -> None:
    """Keep what Argon2id has made of a secret: each scenario opens the same key, and that takes long on purpose.
    A password's hash says how it was made, so passwords are hashed with less work."""
    patch.setattr(passwords, "_ITERATIONS", 1)
    patch.setattr(passwords, "_MEMORY_KIB", 8)
    derived = SecretBox._derived
    master: cached_property[bytes] = inspect.getattr_static(ClientSecrets, "_master")

    @cache
    def derive(secret: bytes, *seal: Any) -> bytes:
        return derived(SecretBox(secret, "secret"), *seal)

    patch.setattr(SecretBox, "_derived", lambda box, *seal: derive(box._secret, *seal))

    @cache
    def derive_master(secret: bytes) -> bytes:
        return master.func(ClientSecrets(secret))

    patch.setattr(ClientSecrets, "_master", property(lambda secrets: derive_master(secrets._secret)))
