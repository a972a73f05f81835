"""remote_issuers.feature: who acts: the runner, the worker, time, administrators and operators."""

import hashlib
from datetime import timedelta

from pytest_bdd import parsers, when

from lockgate.administration.keys import KeyName
from lockgate.certification.revocation import RevocationReason
from tests.support.pki.certificate_requests import spki
from tests.support.pki.identities import rsa_key
from tests.support.scenarios.approvers import APPROVER, decide, give_role
from tests.support.scenarios.remote_issuer import Held, RemoteSite
from tests.support.scenarios.turns import AtOnce
from tests.support.scenarios.world import World


@when("the runner of the issuer runs")
def run(remote: RemoteSite) -> None:
    remote.run()


@when("the runner and the worker run")
def run_both(world: World, remote: RemoteSite) -> None:
    remote.run()
    world.run_worker()


@when("the worker, the runner and the worker run")
def run_all(world: World, remote: RemoteSite) -> None:
    world.run_worker()
    run_both(world, remote)


@when("the worker and the runner run")
def run_once(world: World, remote: RemoteSite) -> None:
    world.run_worker()
    remote.run()


@when(parsers.re(r"(?P<days>\d+) days? pass(es)?, and the runner runs each day"), converters={"days": int})
def days_pass(world: World, remote: RemoteSite, days: int) -> None:
    for _ in range(days):
        world.ca_side.hours.pass_by(timedelta(days=1))
        remote.run()


@when("the runner calls the issuer, and commits what came back")
def call_alone(remote: RemoteSite) -> None:
    """One round begins the call, the second one commits its result, and begins no more."""
    calls = Held()
    runner, fence = remote.runner(calls), remote.fence()
    runner.round(fence)
    ((task, future),) = calls.begun
    future.set_result(task())
    runner.round(fence)


@when("the runner dies after its call has left")
def die(remote: RemoteSite) -> None:
    remote.die()


@when("the runner dies before its call has arrived")
def die_early(remote: RemoteSite) -> None:
    """The call is lost on its way."""
    remote.ca.behave(holds=True)
    remote.die()
    remote.ca.lose()
    remote.ca.behave()


@when("the runner begins a call, which stands still for five minutes")
def stand_still(remote: RemoteSite) -> None:
    calls = Held()
    remote.runner(calls).round(remote.fence())
    ((remote.standing, _),) = calls.begun
    remote.pass_by(timedelta(minutes=5))


@when("the call that stood still goes on")
def go_on(remote: RemoteSite) -> None:
    assert remote.standing is not None
    AtOnce().submit(remote.standing)


@when("the call arrives")
def arrive(remote: RemoteSite) -> None:
    remote.ca.deliver()


@when("the call is lost")
def lose(remote: RemoteSite) -> None:
    remote.ca.lose()


@when("a minute passes")
def minute(world: World) -> None:
    world.ca_side.hours.pass_by(timedelta(minutes=1))


@when("a quarter of an hour passes")
def quarter(world: World) -> None:
    """After that time workers look at each message that waits for operations."""
    world.ca_side.hours.pass_by(timedelta(minutes=15))


@when("the runner has tried for ten minutes")
def try_on(world: World, remote: RemoteSite) -> None:
    for _ in range(10):
        minute(world)
        remote.run()


@when("the runner has tried for a day")
def try_for_a_day(world: World, remote: RemoteSite) -> None:
    for _ in range(24):
        world.ca_side.hours.pass_by(timedelta(hours=1))
        remote.run()


@when("an administrator approves it")
def approve(world: World) -> None:
    ann = world.ca_side.certify("CN=ann", rsa_key(71))
    give_role(world, "approvers", ann, APPROVER)
    decide(world, ann)


@when("an operator says that the issuer has issued its certificate")
def settle_issued(world: World, remote: RemoteSite) -> None:
    (operation,), (certificate,) = remote.operations(), remote.ca.issued()
    world.ca_side.administration.settle_issued(operation.id, certificate)


@when("an operator says that the issuer has issued nothing")
def settle_refused(world: World, remote: RemoteSite) -> None:
    (operation,) = remote.operations()
    world.ca_side.administration.settle_refused(operation.id, "The operator has looked.")


@when("the administration revokes her certificate")
def administration_revokes(world: World, remote: RemoteSite) -> None:
    (certificate,) = remote.ca.issued()
    fingerprint = hashlib.sha256(certificate).hexdigest()
    world.ca_side.administration.revoke(RevocationReason.SUPERSEDED, fingerprint=fingerprint)


@when("the administration puts her certificate on hold, and revokes it")
def hold_and_revoke(world: World, remote: RemoteSite) -> None:
    (certificate,) = remote.ca.issued()
    fingerprint = hashlib.sha256(certificate).hexdigest()
    for reason in (RevocationReason.CERTIFICATE_HOLD, RevocationReason.SUPERSEDED):
        world.ca_side.administration.revoke(reason, fingerprint=fingerprint)


@when("the administration learns that her key is compromised")
def compromise(world: World) -> None:
    world.ca_side.administration.condemn_key(KeyName(public_key=spki(rsa_key(21))))


@when("the worker has looked at the decision")
def look(world: World) -> None:
    assert world.worker().round(world.fence()).claimed == 1


@when("the RA's certificate is revoked")
def revoke_ra(world: World) -> None:
    world.ca_side.revoke(world.ra, RevocationReason.KEY_COMPROMISE)
