"""Tokens of SoftHSM 2, in a directory of their own for each process of the tests."""

import os
import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from pkcs11 import Attribute

from lockgate_keys.hardware.keys import TokenKey, TokenRsaKey
from lockgate_keys.hardware.keystore import write_token_keystore
from lockgate_keys.hardware.making import make_key
from lockgate_keys.hardware.token import Token, TokenSession, token_of
from lockgate_keys.hardware.uri import TokenUri
from tests.support.parts import MissingPart, do_without, needed_program
from tests.support.pki.identities import authority

MODULES = [Path("/usr/lib/softhsm/libsofthsm2.so"), Path("/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so")]
_CONFIGURATION = """\
directories.tokendir = {directory}
objectstore.backend = file
log.level = ERROR
"""
DATA = b"what is signed"


@dataclass(frozen=True, slots=True)
class SoftHsm:
    """The library, and where its tokens are.

    Attributes:
        configuration: for the variable SOFTHSM2_CONF of other processes; this one has it.
    """

    module: Path
    directory: Path
    configuration: Path

    def new_token(self) -> "TestToken":
        """A token with a PIN of its own."""
        label, pin = f"token-{secrets.token_hex(4)}", f"pin-{secrets.token_urlsafe(9)}"
        utility = needed_program("softhsm2-util", "softhsm2")
        so_pin = f"so-{secrets.token_urlsafe(9)}"
        arguments = [utility, "--init-token", "--free", "--label", label, "--pin", pin, "--so-pin", so_pin]
        subprocess.run(arguments, check=True, capture_output=True)
        return TestToken(self, TokenUri(module=self.module, token=label), pin)

    @contextmanager
    def away(self) -> Iterator[None]:
        """A block in which no token is there, as if they had been pulled out."""
        elsewhere = self.directory.with_name("pulled out")
        self.directory.rename(elsewhere)
        try:
            yield
        finally:
            elsewhere.rename(self.directory)


@dataclass(frozen=True, slots=True)
class TestToken:
    """A token, and its PIN."""

    __test__ = False

    softhsm: SoftHsm
    uri: TokenUri
    pin: str

    @property
    def token(self) -> Token:
        """As the product uses it."""
        return token_of(self.uri, self.pin)

    def new_key(self, specification: str = "RSA-2048") -> TokenKey:
        """A key made in it."""
        return make_key(self.token, specification, f"key-{secrets.token_hex(4)}", decrypts=True)

    def lose(self, **named: object) -> None:
        """Remove what has that `label` or `id`, as somebody may with a program of the vendor."""
        wanted = {Attribute[name.upper()]: value for name, value in named.items()}

        def remove(session: TokenSession) -> None:
            with session.session.token.open(rw=True) as writing:
                for found in list(writing.get_objects(wanted)):
                    found.destroy()

        self.token.use(remove)


@pytest.fixture(scope="session")
def softhsm(tmp_path_factory: pytest.TempPathFactory) -> SoftHsm:
    """SoftHSM 2, for this process and those that it starts."""
    module = next((path for path in MODULES if path.exists()), None)
    if module is None:
        do_without(MissingPart("SoftHSM 2 is missing: apt-get install softhsm2"))
    home = tmp_path_factory.mktemp("softhsm")
    directory, configuration = home / "tokens", home / "softhsm2.conf"
    directory.mkdir()
    configuration.write_text(_CONFIGURATION.format(directory=directory))
    os.environ["SOFTHSM2_CONF"] = str(configuration)
    return SoftHsm(module, directory, configuration)


@pytest.fixture
def token(softhsm: SoftHsm) -> TestToken:
    """A new token."""
    return softhsm.new_token()


def sign(key: TokenKey) -> bytes:
    """The signature, which the key has verified."""
    if isinstance(key, TokenRsaKey):
        return key.sign(DATA, padding.PKCS1v15(), hashes.SHA256())
    return key.sign(DATA, ec.ECDSA(hashes.SHA256()))


def keystore(token: TestToken, path: Path) -> Path:
    """A keystore of a new key."""
    key = token.new_key()
    write_token_keystore(path, key, authority().issue("worker", key).der)
    return path
