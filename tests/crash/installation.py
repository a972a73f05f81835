"""A CA host with a worker and an RA for each of several message databases, and an administrator who approves."""

import re
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from cryptography import x509
from sqlalchemy import text

from lockgate.ra.client import RaClient
from lockgate.rights.approval import ApprovalKind, ApprovalStatus
from lockgate.rights.authorization import Member, Role
from lockgate_app.container.ca import CaContainer
from lockgate_app.container.ra import connect
from lockgate_app.settings import load_ca
from lockgate_ca_backend.builtin_profiles import CERTIFICATE_PROFILES
from lockgate_persistence.dialects import translated
from lockgate_persistence.engines import DatabaseSettings, open_engine
from lockgate_persistence.migrating import upgrade
from lockgate_persistence.migrations import MESSAGES
from tests.support.deployments import created
from tests.support.pki.certificate_requests import spki
from tests.support.pki.identities import Identity, rsa_key
from tests.support.scenarios.approvers import decision, signed
from tests.support.scenarios.cmp_site import install_cmp

QUICK_CA, SLOW_CA = "DeviceCA", "CouncilCA"
"""A CA with a small key, and one whose certificates have to be approved."""
APPROVER = frozenset({"/administrator", f"/ca/{SLOW_CA}", "/endentityprofile/EMPTY", "/action/approve"})
WORKER = """
[data_sources.{source}]
url = "{url}"
prefill = false

[workers.{name}]
persistenceunit = "{source}"
encryption.required = true
signature.required = true
keystore.path = "worker.p12"
keystore.pwd = {{ file = "worker.password" }}
period = 5
lease = {lease}
"""


class Installation:
    """One CA with its own database. A context manager.

    Attributes:
        workers: one for each message database.
        message_urls: by worker.
    """

    def __init__(
        self,
        directory: Path,
        ca_url: str,
        message_urls: Sequence[str],
        lease: float,
        *,
        ca_options: str = "",
        cmp: bool = False,
    ) -> None:
        """Make it.

        Args:
            lease: seconds.
            ca_options: further lines on the CA's database.
            cmp: whether the CA answers CMP messages.
        """
        self._deployment = created(directory, message_urls[0], ca_url)
        if cmp:
            install_cmp(directory)
        self.workers = tuple(f"worker{number}" for number, _ in enumerate(message_urls))
        self.message_urls = dict(zip(self.workers, message_urls, strict=True))
        for url in message_urls[1:]:
            engine = open_engine(DatabaseSettings(url=url, prefill=False))
            upgrade(engine, MESSAGES)
            engine.dispose()
        self._configure(lease, ca_options)
        self._stack = ExitStack()
        self._deciding = threading.Lock()
        self.ca = CaContainer(zone=load_ca(self.config(self.workers[0])))
        self._stack.callback(self.ca.engine().dispose)
        self._ann = self._appoint()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stack.close()

    def config(self, worker: str) -> Path:
        """The CA host's configuration, with that worker alone: a worker loads the keystores of all."""
        return self._deployment.ca / f"{worker}.toml"

    def client(self, worker: str) -> RaClient:
        """The RA on the worker's message database."""
        return self._stack.enter_context(connect(self._deployment.ra / f"{worker}.toml"))

    def approve(self) -> None:
        """Let the administrator approve whatever waits."""
        with self._deciding:
            for approval_id in self._open_approvals():
                view = self.ca.approvals().approval(approval_id)
                if view.standing.status is ApprovalStatus.PENDING:
                    octets = signed(self._ann, decision(view.approval, created=view.now))
                    self.ca.approvals().decide(approval_id, octets)

    def _open_approvals(self) -> Sequence[str]:
        """Asked of the table, because a list of all, each judged, grows ever longer."""
        with translated(self.ca.engine()), self.ca.engine().connect() as connection:
            return connection.execute(text("select id from approval where settled is null")).scalars().all()

    def _configure(self, lease: float, ca_options: str) -> None:
        head, _, tail = self._deployment.ca_config.read_text().partition("[data_sources")
        _, begin, cmp = tail.partition("[cmp]")
        head += f"prefill = false\n{ca_options}\n\n[approvals]\nmax_open = 100_000\n"
        ra_config = self._deployment.ra_config.read_text()
        for name, url in self.message_urls.items():
            source = f"of-{name}"
            worker = WORKER.format(source=source, url=url, name=name, lease=lease)
            self.config(name).write_text(f"{head}{worker}\n{begin}{cmp}")
            own = re.sub("^url = .*", f'url = "{url}"', ra_config.replace("RAMessage1DS", source), flags=re.MULTILINE)
            (self._deployment.ra / f"{name}.toml").write_text(own + "prefill = false\n")

    def _appoint(self) -> Identity:
        """A CA whose certificates have to be approved, RAs that may ask it, and ann, who approves."""
        administration = self.ca.administration()
        for name in (QUICK_CA, SLOW_CA):
            administration.create_ca(name, f"CN={name}", key="P-256")
        administration.set_approval_rule(SLOW_CA, ApprovalKind.ISSUE, 1)
        profile = replace(CERTIFICATE_PROFILES["ENDUSER"], unproven_keys=True)
        administration.put_profile("ENDUSER", profile)  # cards
        further = {f"/ca/{QUICK_CA}", f"/ca/{SLOW_CA}", "/action/certifyunproven", "/action/deliver", "/cmp/ra"}
        administration.edit_role("RA", lambda role: replace(role, rules=role.rules | further))
        key = rsa_key(61)
        issued = administration.issue_keystore_certificate(
            "ann", "CN=ann", spki(key), ca_name="ManagementCA", certificate_profile="RA"
        )
        administration.add_role(Role("ann", APPROVER, frozenset({Member(issued.fingerprint)})))
        return Identity(x509.load_der_x509_certificate(issued.certificate), key)
