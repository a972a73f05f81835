"""An administrator who decides on what waits for an approval, on the CA's host and with a keystore of her own."""

import json
import time
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12

from tests.integration.app.commands import Outcome

PATIENCE = 60.0
Command = Callable[..., Outcome]
"""Runs a command on the CA's host."""


class Approver:
    """Approves or rejects what waits for the end entity of a name.

    Args:
        ca: runs a command on the CA's host.
        directory: for her keystore.
    """

    def __init__(self, ca: Command, directory: Path) -> None:
        self._ca = ca
        self._keystore = directory / "ann.p12"
        self._password = directory / "ann.password"
        made = ca("scep-ra", "keystore", "--ca", "ManagementCA", "--output", self._keystore, "--subject-dn", "CN=ann")
        assert made.code == 0, made.err
        loaded = load_pkcs12(self._keystore.read_bytes(), self._password.read_text().strip().encode())
        assert loaded.cert is not None
        certificate = directory / "ann.pem"
        certificate.write_bytes(loaded.cert.certificate.public_bytes(Encoding.PEM))
        rules = ("/administrator", "/ca/ManagementCA", "/endentityprofile/EMPTY", "/action/approve")
        role = ca("role", "add", "ann", *(f"--rule={rule}" for rule in rules), "--certificate", certificate)
        assert role.code == 0, role.err

    def decide(self, name: str, verb: str, *more: object) -> None:
        """Wait until something waits for the end entity, and decide on it.

        Args:
            verb: approve or reject.
        """
        deadline = time.monotonic() + PATIENCE
        while (found := self._waiting(name)) is None:
            assert time.monotonic() < deadline
            time.sleep(0.2)
        keys = ("--keystore", self._keystore, "--password-file", self._password)
        done = self._ca("approvals", verb, found, *keys, *more)
        assert done.code == 0, done.err

    def _waiting(self, name: str) -> str | None:
        listed = json.loads(self._ca("approvals", "list", "--status", "pending", "--json").out)["approvals"]
        return next((str(row["id"]) for row in listed if row["concerns"] == name), None)
