"""Changes that are made at the same time, on every database: none is lost to another."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace

from lockgate.certification.endentity import EndEntityStatus, IssuedCertificate
from lockgate.errors import CallerError, Conflict
from lockgate.ports import Fence
from lockgate.reasons import Reason, Rejected
from lockgate_app.one_time_passwords import new_one_time_password
from lockgate_ca_backend.inspection import Inspection
from lockgate_ca_backend.signing import CaKey, generate_key
from tests.integration.ca_backend.concurrency import another_fence, at_once, conflicts, order
from tests.integration.ca_backend.conftest import LEASE, USER, Deployment
from tests.support.issuing import issue


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
