"""Keys in tokens: the PIN is right, each key does what it is for, and cannot leave its token.

A command is run by a human, who may have corrected the PIN: so it is tried once here, even where the token says that a
wrong one was given (`lockgate_keys.hardware.token`).
"""

from collections.abc import Iterator
from pathlib import Path

from lockgate_app.checks.finding import Finding, good, warning
from lockgate_app.container.ca import CaContainer
from lockgate_app.settings import Secret
from lockgate_keys.hardware.keystore import load_token_key
from lockgate_keys.hardware.making import may_leave
from lockgate_keys.hardware.proof import prove
from lockgate_keys.hardware.uri import names_token_key


def check_token_key(subject: str, path: Path, pin: Secret, *, decrypts: bool = True) -> Iterator[Finding]:
    """The key of the keystore at `path`; nothing where that is a PKCS#12.

    Args:
        decrypts: whether it decrypts, too.

    Raises:
        KeystoreError, Unavailable: the key cannot be used; the text says why.
    """
    if not names_token_key(path):
        return
    key = load_token_key(path, pin.reveal())
    key.token.try_pin()
    prove(key, decrypts=decrypts)
    does = "signs and decrypts" if decrypts else "signs"
    yield good(subject, f"its key is in {key.uri.name}, and {does}")
    if may_leave(key):
        yield warning(subject, f"the key {key.uri.object!a} may leave {key.uri.name}: have a new one made there")


def check_ca_token(subject: str, container: CaContainer) -> Iterator[Finding]:
    """The token of the CA's keys; what is in it is proved together with the secrets.

    Raises:
        KeystoreError, Unavailable: it cannot be used; the text says why.
    """
    token = container.token()
    if token is not None:
        token.try_pin()
        yield good(subject, f"{token.uri.name} takes the PIN")
