"""remote_issuers.feature: what the issuer promises besides."""

from pytest_bdd import given

from tests.support.scenarios.faulty_adapters import Numbering
from tests.support.scenarios.remote_issuer import RemoteSite


@given("the issuer polls and answers later")
def polling_later(remote: RemoteSite) -> None:
    remote.promise(polls=True)
    remote.ca.behave(later=1)


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
