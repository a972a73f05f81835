"""Steps of remote_issuers_cmp.feature."""

import json
from collections.abc import Callable
from typing import cast

from pytest_bdd import given, parsers, scenarios, then

from lockgate_formats.cmp.confirmations import read_certificate_confirmations
from lockgate_formats.cmp.vocabulary import BodyType, FailInfo, PkiStatus
from tests.features.steps.remote_issuer_actions import *  # noqa: F403
from tests.features.steps.remote_issuer_outcomes import *  # noqa: F403
from tests.features.steps.remote_issuers import *  # noqa: F403
from tests.features.steps.remote_issuers import WRONG
from tests.support.scenarios.cmp_authority import UNDECIDED, CmpAuthority, rejection
from tests.support.scenarios.remote_issuer import RemoteSite
from tests.support.scenarios.world import World
from tests.support.wire.cmp_scripted_ca import Said, failed, revoked

scenarios("remote_issuers_cmp.feature")


@given('a CA "RemoteCA" that speaks CMP', target_fixture="remote")
def cmp_ca(world: World) -> RemoteSite:
    return RemoteSite(world, CmpAuthority())  # type: ignore[arg-type]


def of(remote: RemoteSite) -> CmpAuthority:
    return cast("CmpAuthority", remote.ca)


# ---- what it promises, and says


@given("the CA gives the same answer again")
def answers_again(remote: RemoteSite) -> None:
    remote.promise(idempotent=True)


@given("the CA revokes what is not confirmed")
def revokes_unconfirmed(remote: RemoteSite) -> None:
    remote.promise(voids_unconfirmed=True)


@given("the CA says again what it should")
def behaves(remote: RemoteSite) -> None:
    of(remote).behave()


@given("the CA rejects every request")
def rejects(remote: RemoteSite) -> None:
    of(remote).behave(refusal=rejection(FailInfo.BAD_CERT_TEMPLATE))


@given(parsers.parse("the CA seems to say {what}"))
def seems_to_say(remote: RemoteSite, what: str) -> None:
    of(remote).behave(says=UNDECIDED[what])


@given("the CA does not take the time of the first message")
def no_time(remote: RemoteSite) -> None:
    of(remote).behave(says=once(failed(rejection(FailInfo.BAD_TIME))))


def once(first: Said) -> Callable[[Said], Said]:
    """Says that the first time, and then what the CA should."""
    told = [first]
    return lambda right: told.pop() if told else right


@given(parsers.parse("the CA returns a certificate {wrong}"))
def returns(remote: RemoteSite, wrong: str) -> None:
    of(remote).behave(wrong=WRONG[wrong])


@given("the CA confirms implicitly")
def implicitly(remote: RemoteSite) -> None:
    of(remote).behave(implicit=True)


@given("it returns a certificate for another name")
def another_name(remote: RemoteSite) -> None:
    of(remote).wrong = WRONG["for another name"]


@given("it returns the certificate again that it has issued first")
def first_again(remote: RemoteSite) -> None:
    of(remote).says = always_first()


def always_first() -> Callable[[Said], Said]:
    """Says each time what the CA should have said the first time."""
    first: list[Said] = []

    def says(right: Said) -> Said:
        first.append(right)
        return first[0]

    return says


@given("the CA needs time twice")
def needs_time(remote: RemoteSite) -> None:
    of(remote).behave(later=2)


@given("the CA answers no confirmation")
def mute(remote: RemoteSite) -> None:
    of(remote).behave(mute=True)


@given("the CA takes no confirmation, because the certificate is revoked")
def too_late(remote: RemoteSite) -> None:
    of(remote).behave(confirmation=failed(rejection(FailInfo.CERT_REVOKED)))


@given("the CA says of revocations that the certificate is revoked")
def revoked_already(remote: RemoteSite) -> None:
    of(remote).behave(revocation=revoked(rejection(FailInfo.CERT_REVOKED)))


# ---- what it got


@then(parsers.parse("the CA got: {kinds}"))
def got(remote: RemoteSite, kinds: str) -> None:
    assert [message.body_type.rfc_name for message in of(remote).received] == kinds.split(", ")


@then(parsers.re(r"the CA has seen (?P<count>\d) transactions?"))
def seen(remote: RemoteSite, count: str) -> None:
    assert len(of(remote).calls()) == int(count)


@then("the CA was told that the certificate is rejected")
def told_rejected(remote: RemoteSite) -> None:
    (message,) = (one for one in of(remote).received if one.body_type is BodyType.CERTCONF)
    (confirmation,) = read_certificate_confirmations(message.body)
    assert confirmation.status is not None
    assert confirmation.status.status is PkiStatus.REJECTION
    assert not of(remote).issued()


@then("the audit log names the transaction that was given up")
def transaction_given_up(world: World, remote: RemoteSite) -> None:
    (details,) = world.ca_side.column("select details from audit where event = 'operation.anew'")
    first, _ = of(remote).calls()
    assert json.loads(details)["at the CA"] == f"transactionID {first}"
