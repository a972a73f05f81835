"""Keystores whose keys are in a token of SoftHSM pass the suite that those in files pass."""

from pathlib import Path

import pytest

from lockgate.ports import Keystore
from lockgate_keys.hardware.keystore import TokenKeystore, write_token_keystore
from lockgate_testing.contracts.keystore import KeystoreContract
from tests.support.hardware import TestToken
from tests.support.pki.identities import authority


class TestKeystoresInTokens(KeystoreContract):
    @pytest.fixture(params=["RSA-2048", "P-256", "P-384"])
    def keystore(self, request: pytest.FixtureRequest, token: TestToken, tmp_path: Path) -> Keystore:
        key = token.new_key(request.param)
        path = tmp_path / "worker.p11"
        write_token_keystore(path, key, authority().issue("worker", key).der, authority().der)
        return TokenKeystore.load(path, token.pin)
