"""Deployments of the tests' own."""

from collections.abc import Collection
from pathlib import Path

import pytest

from lockgate_app.deployment import Deployment, create
from lockgate_keys import pkcs12

ROUNDS = 1000
"""Of the key derivation in a keystore. Each command opens the keystores of its host again."""


def created(
    directory: Path, message_db: str | None = None, ca_db: str | None = None, *, fronts: Collection[str] = ()
) -> Deployment:
    """What `lockgate init` makes, but for keystores that open quickly."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pkcs12, "KDF_ROUNDS", ROUNDS)
        return create(directory, message_db, ca_db, fronts=fronts)
