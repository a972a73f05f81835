"""outside_cas.feature: what a CA outside publishes, and what is sent."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from pytest_bdd import given, parsers, then, when

from lockgate.certification.revocation import RevocationReason
from lockgate.outside.fetching import CrlFetching
from lockgate.rights.approval import Verdict
from lockgate_app.keys import certificate_pem
from tests.support.pki import crls
from tests.support.pki.crls import Reason, distribution_point
from tests.support.pki.identities import Identity, ec_key, make_authority, name, rsa_key
from tests.support.scenarios.approvers import APPROVER, Approvers, decision, give_role, hold, newest, signed
from tests.support.scenarios.outside_ca import OutsideSite, serial
from tests.support.scenarios.world import CA, WORKERS, World

LISTED: Mapping[str, Reason] = {
    "revoked without reason": None,
    "revoked as superseded": x509.ReasonFlags.superseded,
    "revoked because its key was compromised": x509.ReasonFlags.key_compromise,
    "on hold": x509.ReasonFlags.certificate_hold,
}
SECOND = timedelta(seconds=1)
UNKNOWN = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\5\0")


class Rounds(list[int]):
    """How many CRLs each worker has kept, in the last step."""


@pytest.fixture
def rounds() -> Rounds:
    return Rounds()


@pytest.fixture
def fetchers() -> dict[str, CrlFetching]:
    """The fetches of both workers, as long as their processes live."""
    return {}


@given("a CA outside, PartnerCA", target_fixture="outside")
def outside(world: World) -> OutsideSite:
    return OutsideSite(world)


@given("the RA and the worker have certificates of PartnerCA")
def become_raissuer(outside: OutsideSite) -> None:
    outside.become_raissuer()


@given("raissuer names ManagementCA")
def raissuer_is_another(world: World) -> None:
    world.configure(raissuer=CA)


@given("the RA is in no role")
def no_role(world: World) -> None:
    world.ca_side.drop_roles()


@given("the RA's key was reported compromised here")
def compromised(world: World, outside: OutsideSite) -> None:
    world.ca_side.revoke(outside.ra_before, RevocationReason.KEY_COMPROMISE)


@given(parsers.parse("a CRL of PartnerCA counts for {hours:d} hours at most"))
def bounded_age(outside: OutsideSite, hours: int) -> None:
    outside.configure(max_age=hours * 3600)


@given('an administrator "olga" with a certificate of PartnerCA')
def administrator(world: World, outside: OutsideSite, approvers: Approvers) -> None:
    _administrator(world, approvers, outside.authority.issue("olga", rsa_key(64)))


@given('an administrator "olga" with a certificate of another CA outside, whose CRL was never fetched')
def administrator_elsewhere(world: World, outside: OutsideSite, approvers: Approvers) -> None:
    other = make_authority("Friend CA", ec_key(72))
    certificate = certificate_pem(other.der)
    (outside.folder / "friend.pem").write_bytes(certificate)
    settings = {"ca_certificates": ["friend.pem"], "crls": ["friend.crl"]}
    world.ca_side.configuration.put("ca.outside.FriendCA", settings)
    _administrator(world, approvers, other.issue("olga", rsa_key(64)))


def _administrator(world: World, approvers: Approvers, olga: Identity) -> None:
    approvers.members["olga"] = olga
    give_role(world, "olga", olga, APPROVER)


@given("an approval can be given for a day")
def long_validity(world: World) -> None:
    world.ca_side.configuration.put("approvals", {"validity": 86_400})


@when('somebody stores a decision by "olga"')
def stored_decision(world: World, approvers: Approvers) -> None:
    hold(world, signed(approvers.members["olga"], decision(newest(world))))


@when('somebody stores a rejection by "olga"')
def stored_rejection(world: World, approvers: Approvers) -> None:
    hold(world, signed(approvers.members["olga"], decision(newest(world), Verdict.REJECT, "no")))


# ---- what is published


@given("PartnerCA has published a CRL")
@when("PartnerCA publishes a CRL")
def published(outside: OutsideSite) -> None:
    outside.publish()


@given(parsers.parse("PartnerCA has published a CRL on which the RA is {listed}"))
@when(parsers.parse("PartnerCA publishes a CRL on which the RA is {listed}"))
def published_with_ra(world: World, outside: OutsideSite, listed: str) -> None:
    outside.publish({serial(world.ra): LISTED[listed]})


@given(parsers.parse("PartnerCA has published a CRL that lists the number {number}, and the RA as superseded"))
def published_with_number(world: World, outside: OutsideSite, number: str) -> None:
    beside = 1 << 160 if number.startswith("2 to") else int(number)
    outside.publish({beside: None, serial(world.ra): x509.ReasonFlags.superseded})


@when('PartnerCA publishes a CRL on which "olga" is revoked as superseded')
def published_with_administrator(outside: OutsideSite, approvers: Approvers) -> None:
    outside.publish({serial(approvers.members["olga"]): x509.ReasonFlags.superseded})


@given("PartnerCA has published its CRL number 7 on which the RA is revoked as superseded")
def published_seven(world: World, outside: OutsideSite) -> None:
    outside.number = 6
    published_with_ra(world, outside, "revoked as superseded")


Changes = Callable[[OutsideSite], bytes]


def _changed(**changes: Any) -> Changes:
    return lambda outside: outside.make(**changes)


def _entry(**changes: Any) -> Changes:
    return lambda outside: outside.make({4711: None}, number=8, **changes)


def _too_large(outside: OutsideSite) -> bytes:
    outside.configure(max_crl_size=2048)
    return outside.make(dict.fromkeys(range(1, 200)), number=8)


PUBLISHED: Mapping[str, Changes] = {
    "an older CRL": lambda outside: outside.make(number=8, this_update=outside.now() - 61 * SECOND * 60),
    "a CRL with a lower number": _changed(number=6),
    "a CRL without a number": _changed(number=None),
    "a CRL of the same moment without the RA": lambda outside: outside.make(this_update=outside.published_at, number=7),
    "a CRL of the future": lambda outside: outside.make(number=8, this_update=outside.now() + timedelta(hours=2)),
    "a CRL that has ended": lambda outside: outside.make(number=8, next_update=outside.now() + SECOND),
    "a CRL by another key": _changed(number=8, key=ec_key(73)),
    "a CRL of another issuer": _changed(number=8, issuer=name("Partner CA 2")),
    "a delta CRL": _changed(number=8, extensions=crls.PARTS["delta CRL"]),
    "an indirect CRL": _changed(number=8, extensions=crls.PARTS["indirect CRL"]),
    "a part of a list": _changed(number=8, extensions=crls.PARTS["part of a list"]),
    "a list of some reasons only": _changed(number=8, extensions=crls.PARTS["reasons only"]),
    "a list of CA certificates only": _changed(number=8, extensions=crls.PARTS["CA certificates only"]),
    "a list with an unknown critical extension": _changed(
        number=8, extensions=crls.PARTS["critical extension 1.2.3.4"]
    ),
    "an entry of another CA": _entry(entry_extensions=[(x509.CertificateIssuer([x509.DNSName("ca.example")]), True)]),
    "an entry with an unknown critical extension": _entry(entry_extensions=[(UNKNOWN, True)]),
    "an entry to be removed": lambda outside: outside.make({4711: x509.ReasonFlags.remove_from_crl}, number=8),
    "a CRL that is too large": _too_large,
    "garbage": lambda _: b"<html>not found</html>",
    "a newer CRL without the RA": lambda outside: outside.make(
        number=8, extensions=[distribution_point(only_contains_user_certs=True)]
    ),
}


@when(parsers.parse("there is {another} where PartnerCA publishes"))
def another_is_there(outside: OutsideSite, another: str) -> None:
    if another == "nothing":
        outside.take_away()
    else:
        outside.put(PUBLISHED[another](outside))


# ---- fetches


@given("CRLs were fetched")
@when("CRLs are fetched")
def fetch(outside: OutsideSite) -> None:
    outside.run_fetches()


@when("both workers fetch CRLs")
def both_fetch(world: World, outside: OutsideSite, fetchers: dict[str, CrlFetching], rounds: Rounds) -> None:
    rounds.clear()
    for worker in WORKERS:
        fetching = fetchers.setdefault(worker, outside.fetching(worker))
        before, fence = outside.fetched(), world.fence(worker)
        for _ in range(2):
            fetching.round(fence)
        rounds.append(outside.fetched() - before)


@when("a worker begins to fetch and dies")
def begin_and_die(world: World, outside: OutsideSite, fetchers: dict[str, CrlFetching]) -> None:
    outside.fetching().round(world.fence())
    fetchers.clear()


@when(parsers.re(r"(?P<count>an|a|\d+) (?P<unit>minute|hour|day)s? pass(es)?"))
def pass_by(outside: OutsideSite, count: str, unit: str) -> None:
    number = 1 if count in ("a", "an") else int(count)
    outside.pass_by(number * timedelta(**{f"{unit}s": 1}) + SECOND)


@when(parsers.parse('the RA requests a certificate for "{username}"'))
def request(world: World, username: str) -> None:
    world.send(world.request(username))


@then("nothing is in the journal")
def no_verdict(world: World) -> None:
    assert not world.ca_side.journal()
    assert world.ca_side.column("select nonce from pending_request") == []
