"""A deployment whose workers are forked (`tests.crash.forking`), and what stands in its databases."""

import dataclasses
import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Self

from cryptography import x509
from sqlalchemy import Connection, Engine, text

from lockgate.profiles.end_entity_profile import EndEntityProfile
from lockgate.queue.message import MessageOutline, MessageStatus
from lockgate.requests.submessages import Request, Response
from lockgate.rights.approval import ApprovalKind, Verdict
from lockgate.rights.authorization import EVERYTHING, Member, Role
from lockgate_app.container.ca import CaContainer
from lockgate_app.container.ra import RaContainer
from lockgate_app.deployment import CA_NAME
from lockgate_app.settings import load_ca, load_ra
from lockgate_ca_backend.builtin_profiles import CERTIFICATE_PROFILES
from tests.crash.forking import Fault, WorkerServer
from tests.support.deployments import created
from tests.support.pki.certificate_requests import spki
from tests.support.pki.identities import Identity, rsa_key
from tests.support.scenarios.approvers import decision, signed

Effects = Counter[str]
"""How many rows of each kind there are."""
KINDS = {
    "certificate": "select count(*) from certificate",
    "revocation": "select count(*) from certificate where status <> 'good'",
    "kept key": "select count(*) from escrowed_key",
    "end entity": "select count(*) from end_entity",
    "verdict": "select count(*) from journal",
    "pending request": "select count(*) from pending_request",
    "open approval": "select count(*) from approval where settled is null",
    "used approval": "select count(*) from approval where settled is not null",
}
AUDITED = ("certificate.issued", "certificate.revoked", "key.recovered", "endentity.added", "endentity.edited")


class Site(AbstractContextManager["Site"]):
    """Both hosts of a deployment, where the RA may do everything and one administrator approves."""

    def __init__(self, directory: Path, message_url: str, ca_url: str) -> None:
        deployment = created(directory, message_url, ca_url)
        self.config = deployment.ca_config
        self._ca = CaContainer(zone=load_ca(self.config))
        self.administration = self._ca.administration()
        self._ra = RaContainer(zone=load_ra(deployment.ra_config))
        self._client = self._ra.client()
        self._numbers = itertools.count(1)
        self.furnish()
        self._workers = WorkerServer(self.config)

    def furnish(self) -> None:
        """Profiles for keys that are kept and for certificates that wait for approval; who may do what."""
        plain = CERTIFICATE_PROFILES["ENDUSER"]
        unproven = dataclasses.replace(plain, unproven_keys=True)
        self.administration.put_profile("ENDUSER", unproven)
        keeping = dataclasses.replace(plain, key_recovery=True, key_types=frozenset({"P-256"}))
        self.administration.put_profile("KEEPING", keeping)
        self.administration.put_profile("WATCHED", dataclasses.replace(plain, approvals={ApprovalKind.ISSUE: 1}))
        allowed = frozenset({"ENDUSER", "KEEPING", "WATCHED"})
        self.administration.put_profile("EMPTY", EndEntityProfile(certificate_profiles=allowed))
        self.administration.edit_role("RA", lambda role: Role(role.name, frozenset({EVERYTHING}), role.members))
        issued = self.administration.issue_keystore_certificate(
            "ann", "CN=ann", spki(rsa_key(61)), ca_name=CA_NAME, certificate_profile="RA"
        )
        self.administration.add_role(Role("ann", frozenset({EVERYTHING}), frozenset({Member(issued.fingerprint)})))
        self._approver = Identity(x509.load_der_x509_certificate(issued.certificate), rsa_key(61))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._workers.__exit__()
        self._client.close()
        self._ca.engine().dispose()

    def run_worker(self, fault: Fault | None = None) -> bool:
        """Let a new worker process work off what is due; whether it lived to see the end."""
        return self._workers.run(fault)

    def prepare(self) -> None:
        """Have everything worked off that only prepares something."""
        self._workers.warm_up()

    def work_off(self, message_id: str) -> Sequence[Response]:
        """Have a message answered that only prepares something; the answers."""
        self.prepare()
        answers = self.answers(message_id)
        assert answers is not None
        assert all(answer.success for answer in answers), answers
        return answers

    def name(self) -> str:
        """Another one each time."""
        return f"device-{next(self._numbers)}"

    def send(self, *requests: Request) -> str:
        """Put a message as a client does; its id."""
        return self._client.send(requests, message_id=self.name()).message_id

    def answers(self, message_id: str) -> Sequence[Response] | None:
        """What the CA answered, as the client verifies it; None while it did not."""
        return self._client.look(self._client.resume(message_id))

    def messages(self, status: MessageStatus) -> Sequence[MessageOutline]:
        """The messages of that status."""
        return self._ra.store().browse(status, 1000).messages

    def approve(self) -> None:
        """Let the administrator approve what was opened last."""
        approvals = self._ca.approvals()
        query = text("select id from approval where settled is null order by opened desc")
        with self._ca.engine().connect() as connection:
            opened = connection.execute(query).scalars().all()
        view = approvals.approval(opened[0])
        approvals.decide(
            view.approval.id, signed(self._approver, decision(view.approval, Verdict.APPROVE, created=view.now))
        )

    @property
    def ca_engine(self) -> Engine:
        """Of the CA's database."""
        return self._ca.engine()

    @property
    def message_engine(self) -> Engine:
        """Of the message database."""
        return self._ra.engine()

    def age_leases(self) -> None:
        """Let the leases of dead workers end."""
        with self._ca.engine().begin() as connection:
            connection.execute(text("update worker_lease set expires = 0"))
        with self._ra.engine().begin() as connection:
            connection.execute(text("update message set duetime = 0 where status = 2"))

    def effects(self) -> Effects:
        """Everything that counts, counted."""
        with self._ca.engine().connect() as connection:
            return Counter(dict(_counted(connection)))

    def tampering(self) -> Sequence[object]:
        """What is wrong with the audit log's chains."""
        findings, _ = self._ca.auditor().verify()
        return findings


def more(before: Effects, after: Effects) -> Effects:
    """What there is more, or less, of."""
    return Counter({kind: after[kind] - before[kind] for kind in after if after[kind] != before[kind]})


def _counted(connection: Connection) -> Iterator[tuple[str, int]]:
    for kind, query in KINDS.items():
        yield kind, int(connection.execute(text(query)).scalar_one())
    for event, count in connection.execute(text("select event, count(*) from audit group by event")):
        if event in AUDITED:
            yield event, int(count)
