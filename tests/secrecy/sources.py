"""Where secrets enter the product: each place notes what passes it, so that no test has to."""

import inspect
import os
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import wraps
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from lockgate.enrolment.challenges import ChallengeRule
from lockgate.enrolment.transactions import Enrolment
from lockgate.ports import KeyPair
from lockgate.requests.request_types import REQUEST_TYPES
from lockgate.requests.submessages import secret_fields
from lockgate_app.settings import Secret
from lockgate_ca_backend.client_secrets import ClientSecrets
from lockgate_ca_backend.escrow import EscrowSealer
from lockgate_ca_backend.key_sealing import KeySealer
from lockgate_ca_backend.keystores import KeystoreWriter
from lockgate_ca_backend.registry.end_entities import SqlEndEntities
from lockgate_ca_backend.signing import CaKey
from lockgate_formats.cmp_client import SharedSecret, SigningCredentials
from lockgate_formats.sealed_transactions import AesTransactionSealer
from lockgate_keys.certified import CertifiedKey
from lockgate_keys.hardware.token import Token
from lockgate_keys.pkcs12 import SoftKeystore
from lockgate_persistence.engines import DatabaseSettings
from tests.secrecy.records import is_product
from tests.secrecy.vault import Vault

ARGUMENTS: Sequence[tuple[type, str, str]] = [
    (ChallengeRule, "__init__", "shared"),
    (ClientSecrets, "__init__", "secret"),
    (ClientSecrets, "seal_for_end_entity", "password"),
    (ClientSecrets, "seal_for_transaction", "plain"),
    (DatabaseSettings, "__init__", "password"),
    (Enrolment, "__init__", "challenge"),
    (EscrowSealer, "__init__", "current"),
    (EscrowSealer, "__init__", "previous"),
    (KeyPair, "__init__", "private_key"),
    (KeySealer, "__init__", "secret"),
    (KeystoreWriter, "write", "password"),
    (CaKey, "__init__", "key"),
    (SharedSecret, "__init__", "secret"),
    (SigningCredentials, "__init__", "key"),
    (CertifiedKey, "__init__", "key"),
    (SoftKeystore, "load", "password"),
    (Token, "__init__", "pin"),
    (SqlEndEntities, "check_password", "password"),
    (SqlEndEntities, "set_password", "password"),
    (AesTransactionSealer, "__init__", "secret"),
    *(
        (request_type.request, "__init__", name)
        for request_type in REQUEST_TYPES.values()
        for name in secret_fields(request_type.request)
    ),
]
"""The arguments of the product's own functions that are secrets: passwords, private keys as objects or DER."""


def note_everything(vault: Vault, patch: pytest.MonkeyPatch) -> None:
    """From now on, note in `vault` what passes these places, and what installed commands are given."""
    for owner, function, argument in ARGUMENTS:
        _note_argument(vault, patch, owner, function, argument)
    _note_settings(vault, patch)
    _note_commands(vault, patch)


def _note_argument(vault: Vault, patch: pytest.MonkeyPatch, owner: type, name: str, argument: str) -> None:
    stored = inspect.getattr_static(owner, name)
    is_class_method = isinstance(stored, classmethod)
    original: Callable[..., Any] = stored.__func__ if is_class_method else stored
    signature = inspect.signature(original)

    @wraps(original)
    def noting(*arguments: Any, **named: Any) -> Any:
        given = signature.bind(*arguments, **named).arguments.get(argument)
        _note(vault, given, f"{owner.__name__}: {argument}", der=argument == "private_key")
        return original(*arguments, **named)

    patch.setattr(owner, name, classmethod(noting) if is_class_method else noting)


def _note(vault: Vault, value: Any, what: str, *, der: bool = False) -> None:
    label = f"{what}, {os.environ.get('PYTEST_CURRENT_TEST', 'outside of a test')}"
    if der:
        vault.add_der(value, label)
    elif isinstance(value, str | bytes | None):
        vault.add(value, label)
    elif isinstance(value, list | tuple):
        for item in value:
            vault.add(item, label)
    else:
        vault.add_key(value, label)


def _note_settings(vault: Vault, patch: pytest.MonkeyPatch) -> None:
    reveal = Secret.reveal

    def noting(self: Secret) -> str:
        secret = reveal(self)
        _note(vault, secret, "a secret of the configuration")
        return secret

    patch.setattr(Secret, "reveal", noting)


def _note_commands(vault: Vault, patch: pytest.MonkeyPatch) -> None:
    start: Callable[..., None] = subprocess.Popen.__init__

    @wraps(start)
    def noting(self: Any, command: Any, *arguments: Any, **options: Any) -> None:
        if is_product(command):
            for name, secret in told(list(map(os.fsdecode, command)), options.get("env") or os.environ):
                _note(vault, secret, name)
        start(self, command, *arguments, **options)

    patch.setattr(subprocess.Popen, "__init__", noting)


def told(command: Sequence[str], environment: Any) -> Iterator[tuple[str, str]]:
    """The secrets that `command` reads from files beside its configuration, files and variables that it is told."""
    for option, value in pairwise(command):
        if option == "--config":
            folder = Path(value).parent
            for path in (*folder.glob("*.password"), *folder.glob("*.secret")):
                yield from _read(path)
        elif option.endswith("password-file"):
            yield from _read(Path(value))
        elif option.endswith("password-env") and value in environment:
            yield f"variable {value}", environment[value]


def _read(path: Path) -> Iterator[tuple[str, str]]:
    """The secret in the file; none where that is no text."""
    with suppress(OSError, UnicodeDecodeError):
        yield f"file {path.name}", path.read_bytes().decode().removesuffix("\n").removesuffix("\r")
