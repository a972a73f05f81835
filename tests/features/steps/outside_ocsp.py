"""outside_ocsp.feature: what a CA outside answers, and who asks it."""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID
from pytest_bdd import given, parsers, when

from lockgate.outside.asking import OcspAsking
from tests.features.steps.outside_cas import LISTED, SECOND, UNKNOWN
from tests.support.pki import ocsp_answers
from tests.support.pki.identities import Identity, ec_key, make_authority, rsa_key
from tests.support.pki.ocsp_answers import GOOD, REVOKED, answered_again, twice
from tests.support.scenarios.outside_ca import OutsideSite
from tests.support.scenarios.outside_ocsp import OcspSite
from tests.support.scenarios.world import WORKERS, World

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
RESPONDER = 74
"""The number of a responder's key."""


@pytest.fixture
def askers() -> dict[str, OcspAsking]:
    """The questions of both workers, as long as their processes live."""
    return {}


@given("PartnerCA answers by OCSP", target_fixture="site")
def answers_by_ocsp(outside: OutsideSite) -> Iterator[OcspSite]:
    site = OcspSite(outside)
    yield site
    site.close()


@given(parsers.parse("an answer of PartnerCA counts for {hours:d} hours at most"))
def bounded_answer_age(outside: OutsideSite, hours: int) -> None:
    outside.configure(max_age=hours * 3600)


# ---- what is answered


@given("PartnerCA answers that the RA is good")
@when("PartnerCA answers that the RA is good")
def says_good(site: OcspSite) -> None:
    site.says()


@given(parsers.re("PartnerCA answers that the RA is (?P<said>revoked without reason|revoked as superseded|on hold)"))
@when(parsers.re("PartnerCA answers that the RA is (?P<said>revoked without reason|revoked as superseded|on hold)"))
def says_revoked(site: OcspSite, said: str) -> None:
    site.says(status=REVOKED, reason=LISTED[said])


@given("PartnerCA answers that it does not know the certificate")
def says_unknown(site: OcspSite) -> None:
    site.says(status=ocsp_answers.UNKNOWN)


@given(parsers.parse("PartnerCA's answers count for {minutes:d} minutes"))
def short_answers(site: OcspSite, minutes: int) -> None:
    ends = timedelta(minutes=minutes)
    site.answer = lambda request: site.make(next_update=site.outside.now() + ends).to(request)


@given("PartnerCA is away")
def away(site: OcspSite) -> None:
    site.close()


Answers = Callable[[OcspSite, ocsp.OCSPRequest], bytes]


def _with(**changes: Any) -> Answers:
    return lambda site, request: site.make(**changes).to(request)


def _at(begins: timedelta, ends: timedelta = 6 * HOUR) -> Answers:
    """An answer whose times are so far from now."""

    def answers(site: OcspSite, request: ocsp.OCSPRequest) -> bytes:
        now = site.outside.now()
        return site.make(this_update=now + begins, next_update=now + ends).to(request)

    return answers


def _by_responder(begins: timedelta = -DAY, ends: timedelta = 400 * DAY, **changes: Any) -> Answers:
    """An answer by a responder with a certificate of PartnerCA, which is valid from and until that far from now."""

    def answers(site: OcspSite, request: ocsp.OCSPRequest) -> bytes:
        now = site.outside.now()
        signer = ocsp_answers.responder(site.outside.authority, RESPONDER, now + begins, now + ends, **changes)
        return site.make(signer=signer).to(request)

    return answers


def _again(change: Callable[[Any], None] = lambda _: None, digest: str = "sha256") -> Answers:
    """An answer that was changed, and signed again by PartnerCA."""
    return lambda site, request: answered_again(site.make().to(request), site.outside.authority, change, digest)


def _same_moment(site: OcspSite, request: ocsp.OCSPRequest) -> bytes:
    return site.make(this_update=site.this_update()).to(request)


def _older_than_allowed(site: OcspSite, request: ocsp.OCSPRequest) -> bytes:
    return _at(-3 * HOUR)(site, request)


def _other_key(site: OcspSite, request: ocsp.OCSPRequest) -> bytes:
    """By somebody with another key under the CA's name."""
    impostor = make_authority("Partner CA", ec_key(73))
    return answered_again(site.make().to(request), impostor, lambda _: None)


def _changed(site: OcspSite, request: ocsp.OCSPRequest) -> bytes:
    """A good answer where a bit of what was signed is another one."""
    answer = site.make(status=REVOKED).to(request)
    tbs = ocsp.load_der_ocsp_response(answer).tbs_response_bytes
    at = answer.index(tbs) + tbs.index(request.extensions[0].value.public_bytes()) + 5
    return answer[:at] + bytes([answer[at] ^ 1]) + answer[at + 1 :]


def _other_ca(site: OcspSite, request: ocsp.OCSPRequest) -> bytes:
    """About the same serial number of another CA, signed by PartnerCA."""
    other = make_authority("Friend CA", ec_key(72))
    authority = site.outside.authority
    return site.make(issuer=other, signer=Identity(authority.certificate, authority.key)).to(request)


def _by_stranger(site: OcspSite, request: ocsp.OCSPRequest) -> bytes:
    """By a responder whose certificate another CA has signed, under PartnerCA's name."""
    other, now = make_authority("Partner CA", ec_key(72)), site.outside.now()
    return site.make(signer=ocsp_answers.responder(other, RESPONDER, now - DAY, now + DAY)).to(request)


def _by_the_ra(site: OcspSite, request: ocsp.OCSPRequest) -> bytes:
    return site.make(signer=site.outside.world.ra).to(request)


def _unsuccessful(status: ocsp.OCSPResponseStatus) -> Answers:
    octets = ocsp.OCSPResponseBuilder.build_unsuccessful(status)
    return lambda *_: octets.public_bytes(Encoding.DER)


ANSWERS: Mapping[str, Answers] = {
    "an older answer": _at(-HOUR - 90 * SECOND),
    "a good answer of the same moment": _same_moment,
    "an answer of the future": _at(HOUR),
    "an answer that has ended": _at(-HOUR / 2, -SECOND),
    "an answer without end": _with(next_update=None),
    "an answer older than max_age": _older_than_allowed,
    "an answer about another certificate": _with(serial_number=4711),
    "an answer about the certificate of another CA": _other_ca,
    "an answer by another hash": _with(hash_algorithm=hashes.SHA256),
    "an answer about two certificates": _again(twice),
    "the answer to another request": _with(nonce=b"n" * 32),
    "an answer by another key": _other_key,
    "an answer that was changed": _changed,
    "an answer with a weak signature": _again(digest="sha1"),
    "an answer by a responder of another CA": _by_stranger,
    "an answer by the RA": _by_the_ra,
    "an answer by a responder for any purpose": _by_responder(purposes=[ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE]),
    "an answer by a responder that may not sign": _by_responder(usage="key_agreement"),
    "an answer by a responder that may be revoked": _by_responder(no_check=False),
    "an answer by a responder of yesterday": _by_responder(-2 * DAY, -HOUR),
    "an answer by a responder of tomorrow": _by_responder(HOUR, DAY),
    "an unknown critical extension": _with(extensions=[(UNKNOWN, True)]),
    "unknown": _with(status=ocsp_answers.UNKNOWN),
    "a refusal": _unsuccessful(ocsp.OCSPResponseStatus.UNAUTHORIZED),
    "a request to come back later": _unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER),
    "an answer that is too large": lambda *_: b"\0" * 70_000,
    "garbage": lambda *_: b"<html>not found</html>",
    "an answer without a nonce": _with(nonce=None, status=GOOD),
    "an answer by its responder": _by_responder(),
    "an answer by a responder that lives for days": _by_responder(ends=7 * DAY, no_check=False),
}


@given(parsers.parse("PartnerCA answers with {another}"))
@when(parsers.parse("PartnerCA answers with {another}"))
def answers_with(site: OcspSite, another: str) -> None:
    if another == "an answer older than max_age":
        site.outside.configure(max_age=7200)
    answers = ANSWERS[another]
    site.answer = lambda request: answers(site, request)


# ---- who asks


@when("questions are asked")
def ask(site: OcspSite) -> None:
    site.ask()


@given("PartnerCA was asked about the RA")
def asked_about_ra(world: World, site: OcspSite) -> None:
    """By a request that the CA does not carry out."""
    requested(world, site)
    site.ask()
    site.outside.pass_by(timedelta(minutes=1, seconds=1))
    world.run_worker()


@given('the RA has requested a certificate for "alice", which waits')
def requested_before(world: World, site: OcspSite) -> None:
    world.send(world.request("alice"))
    world.run_worker()
    assert not site.asked


def requested(world: World, site: OcspSite) -> None:
    world.send(world.request("nobody in particular"))
    world.run_worker()
    assert not site.asked


@when('somebody with a certificate of another PartnerCA requests a certificate for "alice"')
def stranger(world: World) -> None:
    other = make_authority("Partner CA", ec_key(72))
    world.ra = other.issue("ra.partner.example", rsa_key(86))
    world.send(world.request("alice"))


@when("both workers ask")
def both_ask(world: World, site: OcspSite, askers: dict[str, OcspAsking]) -> None:
    """The second one begins before the first one has kept what it was told."""
    for _ in range(2):
        for worker in WORKERS:
            askers.setdefault(worker, site.asking(worker)).round(world.fence(worker))


@when("a worker begins to ask and dies")
def begin_to_ask_and_die(world: World, site: OcspSite, askers: dict[str, OcspAsking]) -> None:
    site.asking().round(world.fence())
    askers.clear()
