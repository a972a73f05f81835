"""Transactions of the CA's database on every database: what happens at the same time, and what a batch costs."""

import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from threading import Barrier
from threading import Event as ThreadEvent

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, event, select, update

from lockgate.certification.endentity import CertificationRequest, EndEntityStatus, IssuedCertificate, Possession
from lockgate.certification.revocation import RevocationReason
from lockgate.errors import CallerError, Conflict, FenceLost, Unavailable, Unusable
from lockgate.line.journal import JournalEntry, JournalKey
from lockgate.ports import Fence, IssuanceRequest
from lockgate.reasons import Reason, Rejected
from lockgate.rights.authorization import Member, Role
from lockgate.rights.signer import CertificateStanding, TrustedCertificate
from lockgate_app.one_time_passwords import new_one_time_password
from lockgate_ca_backend.administration import Administration
from lockgate_ca_backend.coordination import SqlCoordinator
from lockgate_ca_backend.inspection import Inspection
from lockgate_ca_backend.migrations import CERTIFICATION_AUTHORITY
from lockgate_ca_backend.registry.sql_registry import SqlRegistry
from lockgate_ca_backend.signing import CaKey, generate_key
from lockgate_ca_backend.store import tables
from lockgate_persistence.engines import DatabaseSettings, open_engine
from tests.contract.registries import SECRET, new_engine
from tests.integration.ca_backend.conftest import LEASE, USER, Deployment
from tests.support.databases.servers import DATABASES
from tests.support.issuing import issue
from tests.support.pki.certificate_requests import spki
from tests.support.pki.identities import ec_key

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
REQUEST = CertificationRequest(public_key=spki(ec_key(1)), possession=Possession.PROVEN)


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(database, marks=[] if database == "sqlite" else getattr(pytest.mark, database))
        for database in DATABASES
    ],
)
def shared(request: pytest.FixtureRequest, fresh_database: Callable[[str], str]) -> Iterator[Deployment]:
    engine = new_engine(fresh_database(request.param))
    deployment = Deployment(engine)
    deployment.administration.create_ca("ManagementCA", "CN=ManagementCA", key="P-256")
    yield deployment
    engine.dispose()


@pytest.fixture
def username() -> str:
    return secrets.token_hex(8)


def order(username: str) -> IssuanceRequest:
    return IssuanceRequest(secrets.token_hex(8), replace(USER, username=username), REQUEST, "CN=ra", None)


def another_fence(deployment: Deployment) -> Fence:
    fence = deployment.coordinator.acquire(f"worker {secrets.token_hex(4)}", "host", LEASE)
    assert fence is not None
    return fence


def test_the_migrations_make_the_tables_that_the_store_uses(shared: Deployment) -> None:
    with shared.engine.begin() as connection:
        options = {"version_table": CERTIFICATION_AUTHORITY.version_table, "compare_type": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, tables.metadata) == []


def at_once(shared: Deployment, *bodies: Callable[[Callable[[], object]], None]) -> list[Exception | None]:
    """Run the bodies in threads; each calls what it is given when it has read, and goes on when all have read.

    On SQLite they do not wait for each other: one transaction has the database to itself.
    """
    meet = Barrier(len(bodies)).wait if shared.engine.dialect.name != "sqlite" else int

    def run(body: Callable[[Callable[[], object]], None]) -> Exception | None:
        try:
            body(meet)
        except Conflict as error:
            return error
        return None

    with ThreadPoolExecutor(len(bodies)) as pool:
        return list(pool.map(run, bodies))


def conflicts(shared: Deployment) -> int:
    """How many of two transactions at the same time must lose."""
    return 0 if shared.engine.dialect.name == "sqlite" else 1


def test_a_change_is_not_lost_to_a_later_one(shared: Deployment, username: str) -> None:
    shared.administration.put_end_entity(replace(USER, username=username))

    def changing(email: str) -> Callable[[Callable[[], object]], None]:
        fence = another_fence(shared)

        def change(meet: Callable[[], object]) -> None:
            with shared.ca.transaction(fence) as work:
                stored = work.end_entities.get(username)
                assert stored is not None
                meet()
                work.end_entities.save(replace(stored, email=email))

        return change

    outcomes = at_once(shared, changing("a@b.c"), changing("d@e.f"))
    assert len([outcome for outcome in outcomes if outcome]) == conflicts(shared)


def test_who_saves_what_is_stored_already_notices_a_change_all_the_same(shared: Deployment, username: str) -> None:
    """A certificate is not issued beside a revocation of the end entity that says nothing of it."""
    with shared.ca.transaction(another_fence(shared)) as work:
        assert isinstance(issue(work, order(username)), IssuedCertificate)

    def issuing(meet: Callable[[], object]) -> None:
        with shared.ca.transaction(another_fence(shared), usernames=[username]) as work:
            stored = work.end_entities.get(username)
            assert stored is not None
            meet()
            if stored.status is EndEntityStatus.GENERATED:
                issue(work, replace(order(username), end_entity=stored))

    def revoking(meet: Callable[[], object]) -> None:
        with shared.ca.transaction(another_fence(shared), usernames=[username]) as work:
            stored = work.end_entities.get(username)
            assert stored is not None
            meet()
            work.end_entities.save(replace(stored, status=EndEntityStatus.REVOKED))

    outcomes = at_once(shared, issuing, revoking)
    assert len([failure for failure in outcomes if failure]) == conflicts(shared)


def test_a_one_time_password_is_spent_once(shared: Deployment, username: str) -> None:
    """Each checks it before any other has spent it: hashing takes far longer than they take to begin."""
    password = new_one_time_password()
    shared.administration.put_end_entity(replace(USER, username=username))
    shared.administration.edit_end_entity(username, lambda end_entity: end_entity, password, LEASE)

    def enrol(fence: Fence) -> bool:
        with suppress(Conflict), shared.ca.transaction(fence, usernames=[username]) as work:
            if work.end_entities.check_password(username, password) is None:
                return isinstance(issue(work, order(username)), IssuedCertificate)
        return False

    fences = [another_fence(shared) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(enrol, fences)) == [False, False, False, True]


def test_of_several_who_know_the_password_of_one_who_is_new_one_enrols(shared: Deployment, username: str) -> None:
    shared.administration.put_end_entity(replace(USER, username=username), "open sesame")

    def enrol(fence: Fence) -> bool:
        with shared.ca.transaction(fence, usernames=[username]) as work:
            wrong = work.end_entities.check_password(username, "open sesame")
            stored = work.end_entities.get(username)
            if wrong or stored is None or stored.status is not EndEntityStatus.NEW:
                return False
            return isinstance(issue(work, replace(order(username), end_entity=stored)), IssuedCertificate)

    fences = [another_fence(shared) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(enrol, fences)) == [False, False, False, True]


def test_of_two_who_add_the_same_end_entity_one_tries_again(shared: Deployment, username: str) -> None:
    def adding() -> Callable[[Callable[[], object]], None]:
        fence = another_fence(shared)

        def add(meet: Callable[[], object]) -> None:
            with shared.ca.transaction(fence, usernames=[username]) as work:
                meet()
                assert isinstance(issue(work, order(username)), IssuedCertificate)

        return add

    outcomes = at_once(shared, adding(), adding())
    assert len([outcome for outcome in outcomes if outcome]) == conflicts(shared)


def test_of_two_who_add_names_that_differ_in_case_one_tries_again_and_is_refused(
    shared: Deployment, username: str
) -> None:
    names = f"z{username}", f"Z{username}"

    def adding(name: str) -> Callable[[Callable[[], object]], None]:
        fence = another_fence(shared)

        def add(meet: Callable[[], object]) -> None:
            with shared.ca.transaction(fence, usernames=[name]) as work:
                meet()
                refused = work.end_entities.save(replace(USER, username=name))
                assert refused is None or shared.engine.dialect.name == "sqlite"

        return add

    outcomes = at_once(shared, *map(adding, names))
    assert len([outcome for outcome in outcomes if outcome]) == conflicts(shared)
    with shared.ca.transaction(another_fence(shared)) as work:
        stored = [name for name in names if work.end_entities.get(name)]
        assert len(stored) == 1
        refused = [work.end_entities.save(replace(USER, username=name)) for name in names if name not in stored]
    assert [outcome and outcome.reason for outcome in refused] == [Reason.USERNAME_TAKEN]


def test_attempts_are_counted_one_by_one(shared: Deployment, username: str) -> None:
    shared.administration.put_end_entity(replace(USER, username=username), "open sesame")

    def guess(fence: Fence) -> None:
        with shared.ca.transaction(fence, usernames=[username]) as work:
            work.end_entities.check_password(username, "wrong donkey")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(guess, [another_fence(shared) for _ in range(5)]))
    with shared.ca.transaction(another_fence(shared)) as work:
        assert isinstance(work.end_entities.check_password(username, "open sesame"), Rejected)


def test_a_serial_number_that_is_taken_fails_the_transaction(shared: Deployment) -> None:
    stuck = SqlRegistry(shared.engine, SECRET, octets=lambda count: b"\x11" * count)
    with stuck.transaction(another_fence(shared)) as work:
        issue(work, order("first with that number"))

    def again() -> None:
        with stuck.transaction(another_fence(shared)) as work:
            issue(work, order("second with that number"))

    with pytest.raises(Conflict):
        again()


def test_who_is_overtaken_within_a_transaction_commits_nothing(shared: Deployment, username: str) -> None:
    """On SQLite nobody is: the transaction has the database to itself."""
    fence = another_fence(shared)
    settings = DatabaseSettings(url=shared.engine.url.render_as_string(hide_password=False), lock_timeout=1)
    other = open_engine(settings)

    def overtaken() -> None:
        with shared.ca.transaction(fence) as work:
            work.end_entities.save(replace(USER, username=username))
            assert SqlCoordinator(other).acquire(fence.worker, "host", LEASE)

    with pytest.raises(Unavailable if shared.engine.dialect.name == "sqlite" else FenceLost):
        overtaken()
    other.dispose()
    with shared.ca.transaction(another_fence(shared)) as work:
        assert work.end_entities.get(username) is None


def test_a_stale_holder_never_commits(shared: Deployment) -> None:
    """Whichever comes first, the commit or the new holder: never both, over many tries."""
    for _ in range(30):
        fence, name = another_fence(shared), secrets.token_hex(8)
        barrier = Barrier(2)

        def commit(fence: Fence = fence, name: str = name, barrier: Barrier = barrier) -> datetime:
            with shared.ca.transaction(fence) as work:
                work.end_entities.save(replace(USER, username=name))
                barrier.wait(10)
            return datetime.now(UTC)

        def overtake(fence: Fence = fence, name: str = name, barrier: Barrier = barrier) -> bool:
            barrier.wait(10)
            newer = shared.coordinator.acquire(fence.worker, "host", LEASE)
            assert newer is not None
            with shared.ca.transaction(newer) as work:
                return work.end_entities.get(name) is not None

        with ThreadPoolExecutor(2) as pool:
            committed, seen = pool.submit(commit), pool.submit(overtake)
        error = committed.exception()
        assert error is None or isinstance(error, FenceLost)
        # What the new holder did not see must never appear afterwards.
        assert seen.result() is (error is None)


def test_a_holder_that_is_overtaken_in_its_transaction_does_not_commit(shared: Deployment, username: str) -> None:
    """Seen from the transaction itself, so that also the database shows it that lets nobody in between."""
    fence, lease = another_fence(shared), tables.worker_lease
    overtaken = update(lease).where(lease.c.worker == fence.worker).values(token=fence.token + 1)

    def work_until_overtaken() -> None:
        with shared.ca.transaction(fence) as work:
            work.end_entities.save(replace(USER, username=username))
            work.store.journal._connection.execute(overtaken)

    with pytest.raises(FenceLost):
        work_until_overtaken()
    with shared.ca.transaction(fence) as work:
        assert work.end_entities.get(username) is None


def test_a_batch_of_twenty_costs_a_handful_of_statements(shared: Deployment) -> None:
    fence = another_fence(shared)
    names = [secrets.token_hex(8) for _ in range(20)]
    keys = [JournalKey("a" * 64, secrets.token_hex(16)) for _ in names]
    statements: list[str] = []

    def count(_: Connection, __: object, statement: str, *___: object) -> None:
        statements.append(statement)

    event.listen(shared.engine, "before_cursor_execute", count)
    try:
        for _ in range(2):
            statements.clear()
            with shared.ca.transaction(fence, keys=keys, usernames=names) as work:
                for name, key in zip(names, keys, strict=True):
                    assert work.journal.recall([key]) == {}
                    assert isinstance(issue(work, order(name)), IssuedCertificate)
                    work.journal.record(JournalEntry(key, "d" * 64, "m", 1, "success", b"answer", work.now()))
            keys = [JournalKey("b" * 64, secrets.token_hex(16)) for _ in names]
    finally:
        event.remove(shared.engine, "before_cursor_execute", count)
    begin = [executed for executed in statements if executed.startswith("BEGIN")]
    assert len(statements) - len(begin) <= 14, statements


@pytest.mark.parametrize(
    "end",
    [
        lambda administration, role: administration.put_role(replace(role, members=frozenset())),
        lambda administration, role: administration.remove_role(role.name),
    ],
    ids=["taken away", "removed"],
)
def test_a_role_that_was_taken_away_counts_in_no_later_commit(
    shared: Deployment, end: Callable[[Administration, Role], None]
) -> None:
    """The command that takes it away ends only after the transactions that have read the role."""
    fingerprint = secrets.token_hex(32)
    role = Role(f"role {fingerprint}", frozenset({"/"}), frozenset({Member(fingerprint)}))
    shared.administration.put_role(role)
    member = TrustedCertificate(b"", fingerprint, "CN=CA", "CN=ra", 1, LONG_AGO, LONG_AGO, True, True, True)
    taken = ThreadEvent()

    def take_away() -> None:
        end(shared.administration, role)
        taken.set()

    with ThreadPoolExecutor(1) as pool:
        with shared.ca.transaction(another_fence(shared)) as work:
            assert work.roles.of(member) == (role,)
            told = pool.submit(take_away)
            assert not taken.wait(0.5)
        told.result(60)
    with shared.ca.transaction(another_fence(shared)) as work:
        assert work.roles.of(member) == ()


@pytest.mark.parametrize("gone", [True, False], ids=["removed", "edited"])
def test_who_joins_a_role_while_it_is_changed_is_treated_as_its_members(shared: Deployment, gone: bool) -> None:
    """Who joins by a renewal that commits first stays where the role does, and leaves nothing where that is removed."""
    fingerprint, joining = secrets.token_hex(32), secrets.token_hex(32)
    role = Role(f"role {fingerprint}", frozenset({"/administrator"}), frozenset({Member(fingerprint)}))
    shared.administration.put_role(role)
    member = TrustedCertificate(b"", fingerprint, "CN=CA", "CN=ra", 1, LONG_AGO, LONG_AGO, True, True, True)
    changed = ThreadEvent()

    def change() -> None:
        if gone:
            shared.administration.remove_role(role.name)
        else:
            shared.administration.edit_role(role.name, lambda one: replace(one, rules=one.rules | {"/action/view"}))
        changed.set()

    with ThreadPoolExecutor(1) as pool:
        with shared.ca.transaction(another_fence(shared)) as work:
            assert work.roles.of(member) == (role,)
            told = pool.submit(change)
            assert not changed.wait(0.5)
            assert work.roles.carry_over(fingerprint, joining) == [role.name]
        told.result(60)
    if gone:
        shared.administration.put_role(role)
    found = next(one for one in shared.administration.roles() if one.name == role.name)
    expected = {fingerprint} if gone else {fingerprint, joining}
    assert {member.fingerprint for member in found.members} == expected


def test_a_certificate_that_was_revoked_signs_for_no_later_commit(shared: Deployment, username: str) -> None:
    """The command that revokes it ends only after the transactions that found it good."""
    with shared.ca.transaction(another_fence(shared)) as work:
        issued = issue(work, order(username))
    assert isinstance(issued, IssuedCertificate)
    signer = TrustedCertificate(b"", issued.fingerprint, "CN=CA", "CN=ra", 1, LONG_AGO, LONG_AGO, True, True, True)
    revoked = ThreadEvent()

    def revoke() -> None:
        shared.administration.revoke(RevocationReason.SUPERSEDED, fingerprint=issued.fingerprint)
        revoked.set()

    with ThreadPoolExecutor(1) as pool:
        with shared.ca.transaction(another_fence(shared)) as work:
            assert work.certificates.standing(signer) is CertificateStanding.GOOD
            told = pool.submit(revoke)
            assert not revoked.wait(0.5)
        told.result(60)
    with shared.ca.transaction(another_fence(shared)) as work:
        assert work.certificates.standing(signer) is CertificateStanding.REVOKED


def test_a_role_that_is_being_changed_is_not_missing(shared: Deployment) -> None:
    """A transaction that reads it meanwhile sees it as it becomes, or is done again."""
    fingerprint = secrets.token_hex(32)
    role = Role(f"role {fingerprint}", frozenset({"/"}), frozenset({Member(fingerprint)}))
    shared.administration.put_role(role)
    changed = replace(role, rules=frozenset({"/administrator"}))
    member = TrustedCertificate(b"", fingerprint, "CN=CA", "CN=ra", 1, LONG_AGO, LONG_AGO, True, True, True)
    seen = ThreadEvent()

    def look() -> tuple[Role, ...]:
        while True:
            with suppress(Conflict), shared.ca.transaction(another_fence(shared)) as work:
                found = work.roles.of(member)
                seen.set()
                return found

    with ThreadPoolExecutor(1) as pool:
        with shared.administration._work() as work:
            work.store.roles.put(changed)
            looked = pool.submit(look)
            assert not seen.wait(0.5)
        assert looked.result(60) == (changed,)


def test_a_database_without_a_schema_is_named(fresh_database: Callable[[str], str], shared: Deployment) -> None:
    engine = open_engine(DatabaseSettings(url=fresh_database(shared.engine.dialect.name), pool_min=1, prefill=False))
    with pytest.raises(Unusable, match="upgrade"):
        SqlCoordinator(engine).acquire("worker", "host", LEASE)
    with pytest.raises(Unusable, match="upgrade"), SqlRegistry(engine, SECRET).transaction(Fence("w", 1)):
        pass
    engine.dispose()


@pytest.mark.parametrize("url", ["postgresql://app@127.0.0.1:1/ca", "mariadb://app@127.0.0.1:1/ca"])
def test_a_database_that_does_not_answer_is_unavailable(url: str) -> None:
    engine = open_engine(DatabaseSettings(url=url, pool_min=1, prefill=False, connect_timeout=1))
    with pytest.raises(Unavailable):
        SqlCoordinator(engine).acquire("worker", "host", LEASE)
    with pytest.raises(Unavailable), SqlRegistry(engine, SECRET).transaction(Fence("w", 1)):
        pass
    engine.dispose()


def test_the_audit_log_says_who_when_and_what(shared: Deployment, username: str) -> None:
    fence = another_fence(shared)
    with shared.ca.transaction(fence) as work:
        issued = issue(work, order(username))
        now = work.now()
    assert isinstance(issued, IssuedCertificate)
    query = select(tables.audit).where(tables.audit.c.target == username)
    with shared.engine.begin() as connection:
        (row,) = connection.execute(query).all()
    assert (row.event, row.writer, row.who) == ("certificate.issued", fence.worker, "CN=ra")
    assert row.time == round(now.timestamp() * 1000)
    assert issued.fingerprint in row.details


def test_of_two_next_certificates_at_once_one_is_prepared(shared: Deployment) -> None:
    def prepare(meet: Callable[[], object]) -> None:
        with shared.administration._work() as work:
            work.store.authorities.outlines()
            meet()
            try:
                shared.administration._rollover(work).prepare("ManagementCA", CaKey(generate_key("P-256")), None, None)
            except CallerError:  # SQLite: the other one was committed before
                raise Conflict("too late") from None

    outcomes = at_once(shared, prepare, prepare)
    assert sorted(outcome is None for outcome in outcomes) == [False, True]
    assert Inspection(shared.engine).next_generation("ManagementCA") is not None
    shared.administration.cancel_rollover("ManagementCA")


def test_a_next_certificate_takes_over_or_is_cancelled(shared: Deployment) -> None:
    def act(name: str) -> Callable[[Callable[[], object]], None]:
        def body(meet: Callable[[], object]) -> None:
            with shared.administration._work() as work:
                work.store.authorities.outlines()
                meet()
                try:
                    getattr(shared.administration._rollover(work), name)("ManagementCA")
                except CallerError:
                    raise Conflict("too late") from None

        return body

    shared.administration.prepare_rollover("ManagementCA")
    before = Inspection(shared.engine).authority("ManagementCA").generation
    activated, cancelled = at_once(shared, act("activate"), act("cancel"))
    assert (activated is None) != (cancelled is None)
    found = Inspection(shared.engine).authority("ManagementCA").generation
    assert found == (before + 1 if activated is None else before)
    assert Inspection(shared.engine).next_generation("ManagementCA") is None
