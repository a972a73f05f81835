"""The two kinds of `lockgate.toml`: the CA's and the RA's. Each zone has its own, and knows nothing of the other's."""

import socket
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from lockgate.administration.keys import DEFAULT_COMPARED_MODULI
from lockgate.rights.approval import APPROVAL_VALIDITY, MAX_OPEN_APPROVALS, REJECTION_MEMORY, ApprovalRules
from lockgate_app.settings.cmp import CmpTable
from lockgate_app.settings.cmp_proxy import CmpProxyTable
from lockgate_app.settings.console import ConsoleTable
from lockgate_app.settings.crls import CrlsTable
from lockgate_app.settings.databases import CaDataSource, DatabaseTable, DataSource
from lockgate_app.settings.health import HealthTable
from lockgate_app.settings.issuers import IssuerTable
from lockgate_app.settings.notices import NoticesTable
from lockgate_app.settings.ocsp import OcspAnswersTable, OcspResponderTable
from lockgate_app.settings.outside import OutsideTable
from lockgate_app.settings.scep import ScepTable
from lockgate_app.settings.tokens import TokenTable
from lockgate_app.settings.tracing import TracingTable
from lockgate_app.settings.values import Days, FilePath, Name, Secret, Table, days
from lockgate_app.settings.web import WebTable
from lockgate_app.settings.workers import DEFAULT_DATA_SOURCE, WorkerProperties

Instance = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")]

CaName = Annotated[str, StringConstraints(min_length=1, max_length=255)]

CA_DATABASES = ("sqlite", "postgresql", "mariadb")


class CaTable(Table):
    """The CA's own database, and what the operator decides about keys to certify.

    Attributes:
        key_encryption_secret: a secret of 16 octets or more; encrypts the CA's keys in the database; without it they
            are lost.
        token: where new CA keys are made; those of before stay where they are.
        escrow_secret: a secret of 16 octets or more; encrypts the keys that are kept for recovery; without it none are.
        previous_escrow_secret: still opens those kept before the secret was changed
            (docs/administration.md#key-recovery).
        key_blocklist: a file of keys that are never certified, one SHA-256 over the SubjectPublicKeyInfo a line; read
            at the start.
        compared_moduli: with how many of the latest RSA moduli a new one is compared for a shared prime, at least; 0
            switches that off.
        keep_journal: days after which the journal forgets a verdict, from when its request can no longer be played
            again; 0 keeps them for ever.
        keep_approvals: days after their expiry after which approvals that led to nothing are deleted; 0 keeps them for
            ever.
        issuers: remote issuers by name.
        outside: CAs outside this installation by name.
    """

    database: DatabaseTable
    key_encryption_secret: Secret
    token: TokenTable | None = None
    escrow_secret: Secret | None = None
    previous_escrow_secret: Secret | None = None
    key_blocklist: FilePath | None = None
    compared_moduli: int = Field(default=DEFAULT_COMPARED_MODULI, ge=0, le=100_000)
    keep_journal: Days = 30
    keep_approvals: Days = 90
    issuers: Mapping[Name, IssuerTable] = Field(default_factory=dict)
    outside: Mapping[CaName, OutsideTable] = Field(default_factory=dict)

    @property
    def keep_journal_for(self) -> timedelta | None:
        """None for ever."""
        return days(self.keep_journal)

    @model_validator(mode="after")
    def _database_of_the_ca(self) -> Self:
        """The CA's state is tested on these databases only; DB2 and Oracle hold messages."""
        if self.database.place.get_backend_name() not in CA_DATABASES:
            raise ValueError(f"database: the CA's own database is one of {', '.join(CA_DATABASES)}")
        return self

    @model_validator(mode="after")
    def _current_secret(self) -> Self:
        if self.previous_escrow_secret is not None and self.escrow_secret is None:
            raise ValueError("previous_escrow_secret: there is no escrow_secret")
        return self


class ApprovalsTable(Table):
    """Approvals (docs/administration.md#approvals).

    Attributes:
        validity: seconds from asking to the last moment for deciding and carrying out.
        rejection_memory: seconds for which the same request fails at once after it was rejected or failed.
        max_open: approvals of one requester that wait for decisions at a time; further requests are refused
            (`too_many_approvals`).
    """

    validity: int = Field(default=APPROVAL_VALIDITY // timedelta(seconds=1), ge=60, le=30 * 86_400)
    rejection_memory: int = Field(default=REJECTION_MEMORY // timedelta(seconds=1), ge=0, le=30 * 86_400)
    max_open: int = Field(default=MAX_OPEN_APPROVALS, ge=1, le=100_000)

    @property
    def rules(self) -> ApprovalRules:
        """As the workers apply them."""
        return ApprovalRules(timedelta(seconds=self.validity), timedelta(seconds=self.rejection_memory), self.max_open)


class CaZone(Table):
    """The configuration of a CA host.

    Attributes:
        instance: identifies this CA installation; requests name it, so that none is played to another CA.
        node: this host's name among those that share the CA's database.
        cmp: the CMP service, if this CA has one.
        crls: how `lockgate serve` issues CRLs, if it does.
        notices: who is told of what, if anybody is.
        ocsp: which OCSP answers are published, if any are.
        tracing: who takes traces of messages, if anybody does.
        health: where `lockgate serve` tells how this host does, if it does.
        console: where administrators see what waits for them, if this node shows it.
    """

    instance: Instance
    node: Name = Field(default_factory=socket.gethostname)
    ca: CaTable
    approvals: ApprovalsTable = ApprovalsTable()
    cmp: CmpTable | None = None
    crls: CrlsTable | None = None
    notices: NoticesTable | None = None
    console: ConsoleTable | None = None
    ocsp: OcspAnswersTable | None = None
    tracing: TracingTable | None = None
    health: HealthTable | None = None
    data_sources: Mapping[Name, CaDataSource] = Field(default_factory=dict)
    workers: Mapping[Name, WorkerProperties] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _known_data_sources(self) -> Self:
        for name, worker in self.workers.items():
            if worker.data_source not in self.data_sources:
                raise ValueError(f"worker {name}: there is no [data_sources.{worker.data_source}]")
        for name in self.ocsp.data_sources if self.ocsp else ():
            if name not in self.data_sources:
                raise ValueError(f"ocsp.data_sources: there is no [data_sources.{name}]")
        return self

    @model_validator(mode="after")
    def _names_apart(self) -> Self:
        """The runner of an issuer is run like a worker, and holds a lease of its name."""
        for name in self.workers:
            if name in self.ca.issuers:
                raise ValueError(f"worker {name}: [ca.issuers.{name}] has that name, too; give one of them another")
        return self

    @model_validator(mode="after")
    def _databases_apart(self) -> Self:
        """Attackers may own the message database, and requests name the data source that they are meant for."""
        seen = {self.ca.database.place: "the CA's own database [ca.database]"}
        for name, source in self.data_sources.items():
            here = f"[data_sources.{name}]"
            if (other := seen.setdefault(source.place, here)) != here:
                raise ValueError(f"{here} is the same database as {other}; each needs one of its own")
        return self

    @property
    def keep_approvals_for(self) -> timedelta | None:
        """None for ever; never less than rejections are to be remembered."""
        kept = days(self.ca.keep_approvals)
        return None if kept is None else max(kept, self.approvals.rules.rejection_memory)

    def active_workers(self) -> Mapping[str, WorkerProperties]:
        """The workers that are switched on, in the order of the file."""
        return {name: worker for name, worker in self.workers.items() if worker.active}

    def elsewhere(self) -> Mapping[str, str]:
        """Each active worker that is pinned to other nodes than this one, and why it does not run here."""
        return {
            name: f"worker {name} is pinned to {', '.join(worker.nodes)}; this node is {self.node}"
            for name, worker in self.active_workers().items()
            if worker.nodes and self.node not in worker.nodes
        }

    def at_odds(self) -> Iterator[tuple[str, str]]:
        """Each worker whose strictness differs from that of the first one on its data source, and that first one."""
        first: dict[str, str] = {}
        for name, worker in self.active_workers().items():
            leader = first.setdefault(worker.data_source, name)
            if worker.strictness != self.workers[leader].strictness:
                yield name, leader


class RaTable(Table):
    """The RA's side.

    Attributes:
        data_source: the name under which the CA's worker knows the message database.
        keystore_path: the RA's PKCS#12, or a file that names a key in hardware (docs/hardware-keys.md).
        keystore_password: of the keystore; without a password there is no keystore.
        worker_certificates: PEM files of the worker certificates; answers are believed from these only.
        ca_certificates: PEM files of the CA that issues RA and worker certificates.
        outbox: a folder that keeps what was sent until it is answered.
        insist_signed: refuse answers that are not signed.
        insist_encrypted: refuse answers that are not encrypted.
    """

    data_source: str = Field(default=DEFAULT_DATA_SOURCE, alias="persistenceunit")
    keystore_path: FilePath | None = None
    keystore_password: Secret | None = None
    worker_certificates: list[FilePath]
    ca_certificates: list[FilePath]
    outbox: FilePath
    insist_signed: bool = True
    insist_encrypted: bool = True

    @model_validator(mode="after")
    def _whole_keystore(self) -> Self:
        if (self.keystore_path is None) != (self.keystore_password is None):
            raise ValueError("keystore_path and keystore_password belong together; one of them is missing")
        return self

    def pinned(self) -> Mapping[str, Path]:
        """The files of the worker certificates by the names that people are told: the name of the file, or the whole
        path where several have it."""
        names = Counter(path.name for path in {*self.worker_certificates})
        paths = self.worker_certificates
        return {f"worker certificate {path.name if names[path.name] == 1 else path}": path for path in paths}


class RaZone(Table):
    """The configuration of an RA host.

    Attributes:
        instance: of the CA installation that requests are meant for.
        scep: the SCEP server, if this host runs one.
        cmp: the CMP proxy, if this host runs one.
        ocsp: the OCSP responder, if this host runs one.
        web: the enrolment page, if this host runs one.
        tracing: who takes traces of messages, if anybody does.
        health: where `lockgate serve` tells how this host does, if it does.
    """

    instance: Instance
    ra: RaTable
    scep: ScepTable | None = None
    cmp: CmpProxyTable | None = None
    ocsp: OcspResponderTable | None = None
    web: WebTable | None = None
    tracing: TracingTable | None = None
    health: HealthTable | None = None
    data_sources: Mapping[Name, DataSource]

    @model_validator(mode="after")
    def _known_data_source(self) -> Self:
        if self.ra.data_source not in self.data_sources:
            raise ValueError(f"there is no [data_sources.{self.ra.data_source}]")
        return self

    @property
    def data_source(self) -> DataSource:
        """The message database."""
        return self.data_sources[self.ra.data_source]
