"""approvals.feature: decisions, the time that passes, and what changes while a request waits."""

import dataclasses
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

from pytest_bdd import parsers, when
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import IntegrityError

from lockgate.certification.revocation import RevocationReason
from lockgate.errors import CallerError
from lockgate.line.worker import ServiceWorker
from lockgate.profiles.end_entity_profile import EndEntityProfile
from lockgate.queue.message import NewMessage
from lockgate.rights.approval import Verdict
from lockgate.rights.authorization import Role
from lockgate_ca_backend.builtin_profiles import CERTIFICATE_PROFILES
from tests.features.approvals.forgeries import FORGERIES
from tests.support.scenarios.approvers import Approvers, decision, give_role, hold, newest, signed
from tests.support.scenarios.world import RA_RIGHTS, World


@when(parsers.re(r"(?P<count>\d+) (?P<unit>minutes|days) pass"))
def pass_time(world: World, count: str, unit: str) -> None:
    world.ca_side.hours.pass_by(timedelta(**{unit: int(count)}))


@when('"ann" approves and "ben" rejects at the same time', target_fixture="told")
def decide_together(world: World, approvers: Approvers) -> dict[str, str]:
    """Each in a thread of its own; both begin when both are ready."""
    verdicts = {"ann": Verdict.APPROVE, "ben": Verdict.REJECT}
    ready = Barrier(len(verdicts))
    view = world.ca_side.approvals.approvals().items[0]

    def decided(name: str) -> str:
        octets = signed(approvers.members[name], decision(view.approval, verdicts[name], "no", created=view.now))
        ready.wait(60)
        try:
            return str(world.ca_side.approvals.decide(view.approval.id, octets).standing.status)
        except CallerError as error:
            return str(error)

    with ThreadPoolExecutor(len(verdicts)) as pool:
        return dict(zip(verdicts, pool.map(decided, verdicts), strict=True))


@when(parsers.parse('"{name}" rejects because "{reason}", and collides {times:d} times with another transaction'))
def reject_colliding(world: World, approvers: Approvers, name: str, reason: str, times: int) -> None:
    """Another transaction has taken the decision's place in the list each time: the very error that says so."""
    left = times

    def collide(_: Connection) -> None:
        nonlocal left
        if left:
            left -= 1
            taken = sqlite3.IntegrityError("UNIQUE constraint failed")
            taken.sqlite_errorname = "SQLITE_CONSTRAINT_UNIQUE"
            raise IntegrityError(None, None, taken)

    view = world.ca_side.approvals.approvals().items[0]
    octets = signed(approvers.members[name], decision(view.approval, Verdict.REJECT, reason, created=view.now))
    event.listen(world.ca_side.engine, "commit", collide)
    world.ca_side.approvals.decide(view.approval.id, octets)
    event.remove(world.ca_side.engine, "commit", collide)
    assert left == 0


@when("the worker looks at the message again")
def look_again(world: World) -> None:
    """Before the approval expires, as after a decision."""
    world.store.expedite(world.sent)
    world.run_worker()


@when("the first message is put into the database again")
def put_again(world: World, approvers: Approvers) -> None:
    """The octets that were sent, as the owner of the message database may have kept them."""
    delete(world, world.sent[0])
    world.store.put(NewMessage(world.sent[0], approvers.octets))


@when("the message is deleted from the message database")
def delete_message(world: World) -> None:
    delete(world, world.sent[-1])


def delete(world: World, message_id: str) -> None:
    with world.engine.begin() as connection:
        connection.execute(text("delete from message where messageid = :id"), {"id": message_id})


@when("a worker that takes one message at a time looks 3 times", target_fixture="slow")
def look(world: World) -> ServiceWorker:
    world.configure(batch=1)
    worker = world.worker()
    world.configure(batch=None)
    look_more(world, worker, 3)
    return worker


@when(parsers.re(r"that worker looks (?P<times>\d) times? more"), converters={"times": int})
def look_more(world: World, slow: ServiceWorker, times: int) -> None:
    fence = world.fence()
    for _ in range(times):
        slow.round(fence)


@when("the end entity profile EMPTY changes")
def end_entity_profile_changes(world: World) -> None:
    changed = EndEntityProfile(certificate_profiles=frozenset({"ENDUSER"}))
    world.ca_side.administration.put_profile("EMPTY", changed)


@when("the certificate profile ENDUSER changes")
def profile_changes(world: World) -> None:
    changed = dataclasses.replace(CERTIFICATE_PROFILES["ENDUSER"], validity_days=5)
    world.ca_side.administration.put_profile("ENDUSER", changed)


@when('the end entity "alice" is stored meanwhile')
def stored_meanwhile(world: World) -> None:
    world.ca_side.store_end_entity("alice")
    give_role(world, "editor", world.ra, RA_RIGHTS.replace("create", "edit"))


@when(parsers.parse('the certificate of "{name}" is revoked'))
def revoke(world: World, approvers: Approvers, name: str) -> None:
    world.ca_side.revoke(approvers.members[name], RevocationReason.KEY_COMPROMISE)


@when(parsers.parse('the role of "{name}" is taken away'))
def take_role(world: World, name: str) -> None:
    world.ca_side.administration.put_role(Role(name, frozenset()))


@when("the role of the RA is taken away")
def take_role_of_ra(world: World) -> None:
    world.ca_side.administration.put_role(Role("role 0", frozenset()))


@when(parsers.parse("the database holds a decision that is {forged}"))
def hold_forged(world: World, approvers: Approvers, forged: str) -> None:
    hold(world, FORGERIES[forged](world, approvers.members["ann"], newest(world)))


@when(parsers.parse("the approval's row is rewritten: {column} is {value}"))
def rewrite(world: World, column: str, value: str) -> None:
    """And the message is looked at again."""
    world.store.expedite(world.sent)
    with world.ca_side.engine.begin() as connection:
        connection.execute(text(f"update approval set {column} = :value"), {"value": value})


@when("the approval is deleted")
def delete_approval(world: World) -> None:
    with world.ca_side.engine.begin() as connection:
        connection.execute(text("delete from approval"))
