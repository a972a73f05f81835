"""Steps of outside_cas.feature: what came of it."""

from pytest_bdd import parsers, scenarios, then

from lockgate.queue.message import MessageStatus
from lockgate.rights.approval import ApprovalStatus
from tests.features.steps.outside_cas import *  # noqa: F403
from tests.features.steps.outside_cas import Rounds
from tests.features.steps.outside_cmp import *  # noqa: F403
from tests.features.steps.outside_remote import *  # noqa: F403
from tests.features.steps.remote_issuers import *  # noqa: F403
from tests.support.scenarios.outside_ca import OutsideSite
from tests.support.scenarios.world import World

scenarios("outside_cas.feature")


@then("the message before waits")
def message_before_waits(world: World) -> None:
    assert world.row(world.sent[-2]).status == MessageStatus.WAITING


@then("the administration shows the approval as pending")
def approval_is_shown(world: World) -> None:
    (view,) = world.ca_side.approvals.approvals().items
    assert view.standing.status is ApprovalStatus.PENDING


@then(parsers.parse('the fetch has failed because "{reason}"'))
def failed(outside: OutsideSite, reason: str) -> None:
    state = outside.state()
    assert state is not None
    assert reason in state.trouble


@then(parsers.parse("the CRL number {number:d} is kept"))
def kept(outside: OutsideSite, number: int) -> None:
    assert outside.kept_numbers() == [number]


@then("one of them has fetched")
def one_fetched(rounds: Rounds) -> None:
    assert sorted(rounds) == [0, 1]


@then("neither of them has fetched")
def none_fetched(rounds: Rounds) -> None:
    assert rounds == [0, 0]


@then("one CRL was kept, by the audit log")
def one_kept(outside: OutsideSite) -> None:
    assert outside.fetched() == 1
