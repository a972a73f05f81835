"""`lockgate db upgrade` from the revision before the newest, among work of every kind: each message has one effect.

The older tables are made of the newest ones by the migrations' own way back, so that every new migration is tried as
soon as it is there. LOCKGATE_CRASH_SEED as in `test_every_boundary.py`.
"""

import itertools
import multiprocessing
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest
from cryptography import x509
from sqlalchemy import Engine, text

from lockgate.queue.message import MessageStatus
from lockgate_app.cli.run import run
from lockgate_app.deployment import CA_NAME
from lockgate_ca_backend.migrations import CERTIFICATION_AUTHORITY
from lockgate_persistence import revisions
from lockgate_persistence.migrating import Migrations, SchemaState, state
from lockgate_persistence.migrations import MESSAGES
from tests.crash.boundaries import KillAt
from tests.crash.chance import drawing
from tests.crash.cmp_jobs import JOBS as CMP_JOBS
from tests.crash.cmp_jobs import CmpJob, said
from tests.crash.cmp_site import CmpSite
from tests.crash.forking import Fault, Kill
from tests.crash.jobs import JOBS
from tests.crash.site import more
from tests.integration.app.commands import lockgate
from tests.support.databases.schema import step_back

pytestmark = [pytest.mark.crash, pytest.mark.timeout(300)]
SETTLED = ("RevocationRequest", "KeyRecoveryRequest, a new certificate", "several submessages")
WAITING = ("PKCS10Request", "PKCS12Request", "CertificateRequestRequest", "EditUserRequest")
KEPT_KEY, PENDING = "KeyStoreRetrievalRequest, a kept key", "a request that opens an approval"
APPROVED = "a request that is approved"
COUNTED = ("certificate", "certificate.issued", "revocation", "certificate.revoked", "key.recovered", "kept key")
BOUNDARIES = 60
"""About as many as an upgrade by one migration of each database passes."""
_server = multiprocessing.get_context("forkserver")


def test_work_goes_on_after_an_upgrade_that_was_killed_once(site: CmpSite, tmp_path: Path) -> None:
    settled = {message: site.answers(message) for message in settle(site)}
    asked = {name: make(site) for name, make in CMP_JOBS.items()}
    pending = [JOBS[PENDING].put(site) for _ in range(2)]
    kept = JOBS[KEPT_KEY].put(site)
    site.approve()
    before = site.effects()
    first = [kept, *(JOBS[name].put(site) for name in WAITING)]
    die_with_messages(site)
    second = [JOBS[name].put(site) for name in WAITING]
    delivered = {name: site.deliver(job.message, job.alias) for name, job in asked.items()}
    assert site.messages(MessageStatus.WAITING)
    number = crl_number(site, tmp_path)

    go_back(site)
    upgrade_and_die(site.config, tmp_path)
    done = lockgate("--config", site.config, "db", "upgrade")
    assert (done.code, done.out.count("schema current")) == (0, 2), done.err
    site.age_leases()
    assert site.run_worker()
    site.approve()
    assert site.run_worker()

    for message in (*pending, *first, *second):
        answers = site.answers(message)
        assert answers is not None
        assert all(answer.success for answer in answers), (message, answers)
    judge_cmp(site, asked, delivered)
    assert {message: site.answers(message) for message in settled} == settled
    jobs = [JOBS[name].effects for name in (KEPT_KEY, *WAITING, *WAITING, APPROVED, APPROVED)]
    due = sum((Counter(effects) for effects in (*jobs, *(job.effects for job in asked.values()))), Counter[str]())
    gained = more(before, site.effects())
    assert {kind: gained[kind] for kind in COUNTED} == {kind: due[kind] for kind in COUNTED}
    assert crl_number(site, tmp_path) == number + 1
    assert lockgate("--config", site.config, "audit", "verify").code == 0
    assert site.run_worker()
    assert more(before, site.effects()) == gained, "nothing has a second effect"


def test_tables_of_a_newer_version_stay_as_they_are(site: CmpSite) -> None:
    for engine, migrations in databases(site):
        set_revision(engine, migrations, "9999")
        refused = lockgate("--config", site.config, "db", "upgrade")
        set_revision(engine, migrations, migrations.newest)
        assert refused.code == 2
        assert "The database's tables were made by a newer version of this product; install that one." in refused.err


def settle(site: CmpSite) -> list[str]:
    """Messages that are answered before the upgrade."""
    messages = [JOBS[name].put(site) for name in (*SETTLED, *WAITING)]
    site.prepare()
    return messages


def die_with_messages(site: CmpSite) -> None:
    """A worker dies that has messages in process."""
    commit = itertools.count(1)
    while not site.messages(MessageStatus.IN_PROCESS):
        site.age_leases()
        assert not site.run_worker(Kill("after", next(commit)))


def judge_cmp(site: CmpSite, asked: Mapping[str, CmpJob], delivered: Mapping[str, str]) -> None:
    """Every transaction went on, and the same message brings the same answer again."""
    for name, job in asked.items():
        answers = [site.delivered(delivered[name], job.message), site.ask(job.message, job.alias)]
        assert {answer.kind for answer in answers} == {job.kind}, name
        assert len(set(map(said, answers))) == 1, name
        assert job.gained(site) == job.effects, name


def databases(site: CmpSite) -> list[tuple[Engine, Migrations]]:
    """Both, with their migrations."""
    return [(site.message_engine, MESSAGES), (site.ca_engine, CERTIFICATION_AUTHORITY)]


def go_back(site: CmpSite) -> None:
    """To the tables of the revision before the newest."""
    for engine, migrations in databases(site):
        step_back(engine, migrations, revisions.known(migrations.package)[1])
        engine.dispose()
        assert state(engine, migrations) is SchemaState.BEHIND


def set_revision(engine: Engine, migrations: Migrations, revision: str) -> None:
    with engine.begin() as connection:
        connection.execute(text(f"update {migrations.version_table} set version_num = :it"), {"it": revision})


def upgrade_and_die(config: Path, directory: Path) -> None:
    """Run the command in a process that is killed at one of its statements."""
    fault = KillAt(drawing("upgrades").randint(1, BOUNDARIES), directory / "killed at")
    process = _server.Process(target=_upgrade, args=(config, fault))
    process.start()
    process.join()
    assert process.exitcode in (0, -9)


def _upgrade(config: Path, fault: Fault) -> None:
    fault()
    run(["--config", str(config), "db", "upgrade"])


def crl_number(site: CmpSite, directory: Path) -> int:
    """Of a new CRL."""
    done = lockgate("--config", site.config, "ca", "crl", CA_NAME, "--directory", directory)
    assert done.code == 0, done.err
    crl = x509.load_der_x509_crl((directory / f"{CA_NAME}.crl").read_bytes())
    return crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
