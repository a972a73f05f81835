"""Clients: from a configuration, from parts of the program's own, or from both.

The modules behind them take most of a second to import (SQLAlchemy, pydantic, cryptography): so each function imports
them itself, and a program that only names requests and errors does without.
"""

from dataclasses import dataclass
from pathlib import Path

from lockgate.ports import Keystore, MessageStore, Outbox, WakeUp
from lockgate.ra.client import ClientPolicy, RaClient


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnParts:
    """What the program brings instead of Lockgate's own; None leaves it to the configuration.

    Attributes:
        store: the message database.
        wake_up: tells when to look for an answer in `store`; without one, time alone does. The client closes it.
        outbox: keeps what was sent.
        keystore: the RA's key and certificate.
    """

    store: MessageStore | None = None
    wake_up: WakeUp | None = None
    outbox: Outbox | None = None
    keystore: Keystore | None = None


def connect(config: str | Path, own: OwnParts = OwnParts()) -> RaClient:
    """The client of the RA host whose `lockgate.toml` is `config`; a context manager. Nothing is reached yet.

    Args:
        own: parts that take the place of those that the configuration names.

    Raises:
        ConfigurationError: the configuration is wrong.
        KeystoreError: the keystore cannot be opened.
    """
    from lockgate_app.container import ra  # noqa: PLC0415  (see above)

    return ra.connect(Path(config), store=own.store, wake_up=own.wake_up, outbox=own.outbox, keystore=own.keystore)


def open_client(policy: ClientPolicy, own: OwnParts) -> RaClient:
    """A client without a configuration file; a context manager.

    Args:
        policy: the CA that it talks to, and the answers that it accepts.
        own: its parts: a store and an outbox, and a keystore where it signs.

    Raises:
        ConfigurationError: there is no store or no outbox.
    """
    from lockgate_app.container import ra  # noqa: PLC0415  (see above)

    return ra.assembled(policy, store=own.store, wake_up=own.wake_up, outbox=own.outbox, keystore=own.keystore)


def open_keystore(path: str | Path, password: str) -> Keystore:
    """The keystore in the PKCS#12 file `path`.

    Raises:
        KeystoreError: it cannot be opened.
    """
    from lockgate_app.container.keystores import open_keystore as opened  # noqa: PLC0415  (see above)

    return opened(Path(path), password)
