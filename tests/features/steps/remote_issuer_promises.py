"""remote_issuers.feature: what the issuer promises besides."""

from datetime import timedelta

import pytest
from pytest_bdd import given, then, when

from tests.support.scenarios.approvers import newest
from tests.support.scenarios.faulty_adapters import Numbering
from tests.support.scenarios.remote_issuer import REMOTE_CA, Held, RemoteSite
from tests.support.scenarios.world import World


@given("the issuer polls and answers later")
def polling_later(remote: RemoteSite) -> None:
    remote.promise(polls=True)
    remote.ca.behave(later=1)


@given("the issuer polls and puts its answers off")
def putting_off(remote: RemoteSite) -> None:
    remote.promise(polls=True)
    remote.ca.behave(later=1000)


@given("the issuer polls")
def polling(remote: RemoteSite) -> None:
    remote.promise(polls=True)


@given("the issuer voids certificates that are not confirmed", target_fixture="drafts")
def voiding(remote: RemoteSite) -> Numbering:
    remote.promise(confirms=True, voids_unconfirmed=True)
    return numbered(remote, Numbering())


@given("the issuer voids certificates that are not confirmed, and answers nothing")
def voiding_in_silence(remote: RemoteSite) -> None:
    remote.promise(confirms=True, voids_unconfirmed=True)
    remote.ca.behave(silent=True)


@given("the issuer is idempotent, and no two drafts are alike", target_fixture="drafts")
def idempotent_numbered(remote: RemoteSite) -> Numbering:
    remote.promise(idempotent=True)
    return numbered(remote, Numbering())


@given("the issuer is idempotent, and does not take the first draft", target_fixture="drafts")
def taking_no_first(remote: RemoteSite) -> Numbering:
    remote.promise(idempotent=True)
    return numbered(remote, Numbering(taken=False))


def numbered(remote: RemoteSite, drafts: Numbering) -> Numbering:
    remote.adapter = drafts
    return drafts


@given("the issuer can be reached again")
def back(remote: RemoteSite) -> None:
    remote.ca.behave()


@when("the RA sends a request to RemoteCA that expires in 10 minutes")
def send_short(world: World, remote: RemoteSite) -> None:
    draft = world.draft()
    draft.ask(ca_name=REMOTE_CA)
    draft.change(expires=draft.content.created + timedelta(minutes=10))
    world.put_draft(draft)


@then("the verdict is kept until 5 minutes after the approval expires")
def verdict_kept(world: World) -> None:
    assert list(world.ca_side.kept_until()) == [newest(world).expires + timedelta(minutes=5)]


@then("the runner begins 4 calls, each of which hangs, says that, and begins no more before one has returned")
def hanging_bounded(remote: RemoteSite, caplog: pytest.LogCaptureFixture) -> None:
    calls = Held()
    runner, fence = remote.runner(calls), remote.fence()
    for _ in range(6):
        runner.round(fence)
        remote.pass_by(timedelta(minutes=5))
    said = "calls of the issuer that hang: 4; none is begun until one returns"
    assert runner.round(fence).trouble == said
    assert caplog.text.count(said) == 1
    assert len(calls.begun) == 4
    _, hung = calls.begun[0]
    hung.set_result(None)
    assert runner.round(fence).trouble is None
    assert len(calls.begun) == 5
