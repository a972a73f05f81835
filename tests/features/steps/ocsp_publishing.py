"""Steps of ocsp_responder.feature: what is published, and what an owner of the message database does."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from pytest_bdd import given, parsers, then, when
from sqlalchemy import delete, insert, select, update

from lockgate.administration.authorities import CaStatus
from lockgate.certification.revocation import RevocationReason
from lockgate.errors import LockgateError, Unavailable
from lockgate.publishing.answers import PublishedAnswer
from lockgate.publishing.rounds import LEASE
from lockgate.requests.submessages import PKCS10Response
from lockgate_ca_backend.builtin_profiles import CERTIFICATE_PROFILES
from lockgate_ca_backend.store import tables
from lockgate_persistence.ocsp_answers import SqlOcspAnswers
from lockgate_persistence.schema import ocsp_answer
from tests.support.scenarios.ocsp_responder import SOURCE, Interrupted, ResponderSite
from tests.support.scenarios.world import CA, World, only

STANDINGS = {
    "revoked": RevocationReason.SUPERSEDED,
    "put on hold": RevocationReason.CERTIFICATE_HOLD,
    "released": RevocationReason.REMOVE_FROM_CRL,
}


@pytest.fixture
def site(world: World) -> ResponderSite:
    return ResponderSite(world)


class Late:
    """A process that freezes in the middle of a round, and the rest of its work.

    Attributes:
        meanwhile: what happens while it is frozen.
        error: with which it has ended.
        told: what clients were told meanwhile.
    """

    def __init__(self) -> None:
        self.meanwhile: list[Callable[[], None]] = []
        self.answers: Interrupted | None = None
        self.error: LockgateError | None = None
        self.told: list[str] = []

    def happen(self) -> None:
        for act in self.meanwhile:
            act()


@pytest.fixture
def late() -> Late:
    return Late()


# ---- given


@given("OCSP answers are published, which count for 48 hours")
def configured(world: World, site: ResponderSite) -> None:
    world.ca_side.configuration.put("ocsp", {"data_sources": [SOURCE], "hours": 48})


@given(parsers.parse('"{name}" has a certificate'))
def enrolled(world: World, site: ResponderSite, name: str) -> None:
    world.send(world.request(name))
    world.run_worker()
    response = only(world).content.response
    assert isinstance(response, PKCS10Response)
    assert response.certificate is not None
    site.certificates[name] = x509.load_der_x509_certificate(response.certificate)


@given(parsers.parse("alice's certificate is {standing}"))
def standing(world: World, site: ResponderSite, late: Late, standing: str) -> None:
    def change() -> None:
        world.ca_side.administration.revoke(STANDINGS[standing], fingerprint=site.fingerprint("alice"))

    if late.answers is None:
        change()
    else:
        late.meanwhile.append(change)


@given("alice's certificate has ended")
def ended(world: World, site: ResponderSite) -> None:
    now = int((datetime.now(UTC) + world.ca_side.hours.passed).timestamp() * 1000)
    table = tables.certificate
    with world.ca_side.engine.begin() as connection:
        this = update(table).where(table.c.fingerprint == site.fingerprint("alice"))
        connection.execute(this.values(notafter=now))


@given("ManagementCA has taken over with another key")
def taken_over(world: World) -> None:
    world.ca_side.administration.prepare_rollover(CA)
    world.ca_side.administration.activate_rollover(CA)


@given("OtherCA has certified MiddleCA, and MiddleCA has certified LowestCA")
def certified(world: World) -> None:
    administration = world.ca_side.administration
    administration.put_profile("MIDDLECA", replace(CERTIFICATE_PROFILES["SUBCA"], path_length=1))
    for name, issuer, profile in (("MiddleCA", "OtherCA", "MIDDLECA"), ("LowestCA", "MiddleCA", "SUBCA")):
        made = {"key": "P-256", "issuer": issuer, "certificate_profile": profile}
        administration.create_ca(name, f"CN={name}", **made)


@given("answers are published for SHA-256 alone")
def for_one_hash(world: World) -> None:
    table = {"data_sources": [SOURCE], "hours": 48, "hash_algorithms": ["sha256"]}
    world.ca_side.configuration.put("ocsp", table)


@given("the key of OtherCA cannot be opened")
def unopened(world: World) -> None:
    """In a process that has not opened it before."""
    table = tables.ca_generation
    with world.ca_side.engine.begin() as connection:
        connection.execute(update(table).where(table.c.caname == "OtherCA").values(sealedkey=b"not what was sealed"))
    world.ca_side.configuration.put("ocsp", {"data_sources": [SOURCE], "hours": 48})


@given("ManagementCA is switched off")
def switched_off(world: World) -> None:
    world.ca_side.administration.set_ca_status(CA, CaStatus.OFFLINE)


@given("the responder cannot reach the message database")
def unreachable(site: ResponderSite, monkeypatch: pytest.MonkeyPatch) -> None:
    def find(*_: object) -> bytes:
        raise Unavailable("the database is not available")

    monkeypatch.setattr(SqlOcspAnswers, "find", find)


@given("another process publishes")
def held_elsewhere(world: World) -> None:
    world.fence(f"OCSP answers {SOURCE}", "another process")


@given("the clock of the CA's database was 72 hours ahead while answers were published")
def ahead(world: World, site: ResponderSite) -> None:
    world.ca_side.hours.pass_by(timedelta(hours=72))
    site.publish()
    world.ca_side.hours.pass_by(-timedelta(hours=72))


@given("a process freezes before it publishes")
def frozen_before(world: World, late: Late) -> None:
    late.answers = Interrupted(world.engine)
    late.answers.before = late.happen


@given("a process freezes after it has published")
def frozen_after(world: World, late: Late) -> None:
    late.answers = Interrupted(world.engine)
    late.answers.after = late.happen


# ---- an owner of the message database


@pytest.fixture
def rows() -> list[Mapping[str, object]]:
    """What the owner has kept."""
    return []


@given("the owner of the message database keeps the answers")
def kept(world: World, rows: list[Mapping[str, object]]) -> None:
    with world.engine.begin() as connection:
        rows += [dict(row) for row in connection.execute(select(ocsp_answer)).mappings()]


@when("the owner of the message database puts the older answers back")
def put_back(world: World, rows: list[Mapping[str, object]]) -> None:
    with world.engine.begin() as connection:
        connection.execute(delete(ocsp_answer))
        connection.execute(insert(ocsp_answer), rows)


@when("the owner of the message database deletes the answers")
def deleted(world: World) -> None:
    with world.engine.begin() as connection:
        connection.execute(delete(ocsp_answer))


@when("the owner of the message database puts the answer about OtherCA in the place of alice's")
def exchanged(world: World, site: ResponderSite) -> None:
    other = x509.load_der_x509_certificate(world.ca_side.certificate("OtherCA"))
    site.certificates["OtherCA"] = other
    assert site.ask("OtherCA", "SHA-1") == "good"
    with world.engine.begin() as connection:
        connection.execute(update(ocsp_answer).values(answer=site.last))


@when("the owner of the message database writes garbage into the answers")
def garbage(world: World) -> None:
    with world.engine.begin() as connection:
        connection.execute(update(ocsp_answer).values(answer=b"\x30\x03\x0a\x01\x00"))


DAY = 86_400_000


@given("the owner of the message database writes that the answers end in a year")
def prolonged(world: World) -> None:
    with world.engine.begin() as connection:
        connection.execute(update(ocsp_answer).values(nextupdate=ocsp_answer.c.nextupdate + 365 * DAY))


@given("the owner of the message database writes that the answers are of tomorrow")
def of_tomorrow(world: World) -> None:
    with world.engine.begin() as connection:
        connection.execute(update(ocsp_answer).values(thisupdate=ocsp_answer.c.thisupdate + DAY))


# ---- publishing


@given("answers were published")
@when("answers are published")
def publish(site: ResponderSite) -> None:
    site.publish()


@when("all answers are published anew")
def publish_anew(site: ResponderSite) -> None:
    site.publish_anew()


@when("all answers are published anew, while alice's certificate is asked about")
def asked_meanwhile(world: World, site: ResponderSite, late: Late) -> None:
    answers = Interrupted(world.engine)
    answers.before = lambda: late.told.append(site.ask("alice", "SHA-1"))
    site.publish_anew(answers)


@then(parsers.parse("meanwhile it was told: {expected}"))
def told_meanwhile(late: Late, expected: str) -> None:
    assert late.told == [expected]


@when("the owner of the message database adds an answer to the others")
def added(world: World) -> None:
    end = datetime(2100, 1, 1, tzinfo=UTC)
    SqlOcspAnswers(world.engine).publish([PublishedAnswer(bytes(32), end, end, b"whatever")])


@then("what the owner of the message database has added is gone")
def added_is_gone(world: World) -> None:
    assert SqlOcspAnswers(world.engine).find(bytes(32)) is None


@when("answers are published in vain")
def publish_in_vain(site: ResponderSite, late: Late) -> None:
    with pytest.raises(LockgateError) as failure:
        site.publish()
    late.error = failure.value


@given(parsers.parse("{hours:d} hours have passed"))
@when(parsers.parse("{hours:d} hours pass"))
def pass_by(site: ResponderSite, hours: int) -> None:
    site.pass_by(hours)


@when("another process publishes")
def overtaken(world: World, site: ResponderSite, late: Late) -> None:
    late.meanwhile.append(lambda: world.ca_side.hours.pass_by(2 * LEASE))
    late.meanwhile.append(site.publish)


@when("the frozen process goes on")
def goes_on(site: ResponderSite, late: Late) -> None:
    with pytest.raises(LockgateError) as failure:
        site.publishing(late.answers).publish(SOURCE)
    late.error = failure.value
