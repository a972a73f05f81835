"""What operators read is the same on every database: searches, pages, roles' concerns."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import event

from lockgate.administration.authorities import CaStatus
from lockgate.administration.listings import CertificateQuery, EndEntityQuery
from lockgate.administration.pages import Page
from lockgate.certification.endentity import EndEntityStatus
from lockgate.certification.revocation import RevocationReason
from lockgate.errors import CallerError
from lockgate.names.dn import parse_dn
from lockgate.profiles.profile_set import ProfileKind
from lockgate.rights.authorization import ADMINISTRATOR, EVERYTHING, Member, Role
from lockgate.rights.signer import CertificateStanding
from lockgate_ca_backend.coordination import SqlCoordinator
from lockgate_ca_backend.inspection import Inspection
from tests.contract.registries import new_engine
from tests.integration.ca_backend.conftest import USER, Deployment
from tests.support.pki.certificate_requests import spki
from tests.support.pki.identities import ec_key

NAMES = ["Dev-3", "a_b", "axb", "dev%", "dev*", "dev-1", "dev-2", "dev-[x]", "Åsa"]
"""By code points, as every database orders them."""


class World:
    """A CA with end entities and certificates."""

    def __init__(self, url: str) -> None:
        self.engine = new_engine(url)
        self.deployment = Deployment(self.engine)
        self.administration = self.deployment.administration
        self.administration.create_ca("ManagementCA", "CN=ManagementCA,O=Example,C=SE", key="P-256")
        self.inspection = Inspection(self.engine)

    def usernames(self, page: Page | None = None, **query: object) -> list[str]:
        found = self.inspection.end_entities(EndEntityQuery(**query), page or Page())  # type: ignore[arg-type]
        return [item.end_entity.username for item in found.items]

    def owners(self, **query: object) -> list[str]:
        found = self.inspection.certificates(CertificateQuery(**query), Page())  # type: ignore[arg-type]
        return [item.username for item in found.items]


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    made = World(database_url)
    yield made
    made.engine.dispose()


def test_end_entities_are_found_by_what_is_asked(world: World) -> None:
    for name in NAMES:
        world.administration.put_end_entity(replace(USER, username=name, subject_dn=parse_dn(f"CN={name},O=100%")))
    world.administration.put_end_entity(
        replace(USER, username="dev-2", status=EndEntityStatus.KEY_RECOVERY, subject_dn=parse_dn("CN=two,O=Example")),
        "open sesame",
    )
    assert world.usernames() == NAMES
    assert world.usernames(username="dev-?") == ["dev-1", "dev-2"]
    assert world.usernames(username="dev-[x]") == ["dev-[x]"]
    assert world.usernames(username="a_b") == ["a_b"]
    assert world.usernames(username="dev%") == ["dev%"]
    assert world.usernames(username="*-1") == ["dev-1"]
    assert world.usernames(username="?sa") == ["Åsa"]
    assert world.usernames(username="!*") == []
    assert world.usernames(subject="*O=100%", username="D*") == ["Dev-3"]
    assert world.usernames(subject="CN=two,*") == ["dev-2"]
    assert world.usernames(status=EndEntityStatus.KEY_RECOVERY) == ["dev-2"]
    assert world.usernames(ca_name="ManagementCA", end_entity_profile="EMPTY") == NAMES
    assert world.usernames(ca_name="managementca") == []
    assert world.usernames(certificate_profile="RA") == []
    facts = world.inspection.end_entity("dev-2")
    assert facts.has_password
    assert facts.attempts == 5
    assert abs(facts.modified - datetime.now(UTC)) < timedelta(minutes=1)
    with pytest.raises(CallerError, match="no end entity DEV-2"):
        world.inspection.end_entity("DEV-2")


def test_pages_go_on_where_the_one_before_ended(world: World) -> None:
    for name in NAMES:
        world.administration.put_end_entity(replace(USER, username=name))
    seen, after = [], None
    while True:
        found = world.inspection.end_entities(EndEntityQuery(), Page(limit=4, after=after))
        seen.append([item.end_entity.username for item in found.items])
        if (after := found.next) is None:
            break
    assert seen == [NAMES[:4], NAMES[4:8], NAMES[8:]]
    assert world.inspection.end_entities(EndEntityQuery(), Page(limit=9)).next is None


def test_certificates_are_found_latest_first(world: World) -> None:
    first, second, third = (
        world.deployment.issue(spki(ec_key(number)), username=f"user-{number}") for number in (1, 2, 3)
    )
    fingerprint = world.inspection.certificates(CertificateQuery(username="user-2"), Page()).items[0].fingerprint
    world.administration.revoke(RevocationReason.SUPERSEDED, fingerprint=fingerprint)
    assert world.owners() == ["user-3", "user-2", "user-1", "ManagementCA"]
    assert world.owners(standing=CertificateStanding.REVOKED) == ["user-2"]
    assert world.owners(exact_username="user-*") == []
    assert world.owners(subject="CN=Åsa,*", certificate_profile="ENDUSER", ca_name="ManagementCA") == [
        "user-3", "user-2", "user-1",
    ]  # fmt: skip
    assert world.owners(serial_number=third.serial_number) == ["user-3"]
    assert world.owners(ends_before=first.not_valid_after_utc) == []
    assert world.owners(ends_before=third.not_valid_after_utc + timedelta(days=1)) == ["user-3", "user-2", "user-1"]
    assert world.owners(requester_fingerprint="0" * 64) == []
    found = world.inspection.certificate(CertificateQuery(fingerprint=fingerprint))
    assert found.certificate == second.public_bytes(Encoding.DER)
    assert (found.standing, found.reason) == (CertificateStanding.REVOKED, RevocationReason.SUPERSEDED)
    assert found.requester == "CN=ra"
    with pytest.raises(CallerError, match="more than one"):
        world.inspection.certificate(CertificateQuery(username="user-*"))
    with pytest.raises(CallerError, match="no such certificate"):
        world.inspection.certificate(CertificateQuery(fingerprint="0" * 64))


def test_pages_of_certificates(world: World) -> None:
    for number in (1, 2, 3):
        world.deployment.issue(spki(ec_key(number)), username=f"user-{number}")
    first = world.inspection.certificates(CertificateQuery(), Page(limit=2))
    world.deployment.issue(spki(ec_key(4)), username="user-4")
    second = world.inspection.certificates(CertificateQuery(), Page(limit=2, after=first.next))
    assert [item.username for item in (*first.items, *second.items)] == ["user-3", "user-2", "user-1", "ManagementCA"]
    assert second.next is None
    for after in ("x", "-1", "²", "9" * 19):
        with pytest.raises(CallerError, match="goes on"):
            world.inspection.certificates(CertificateQuery(), Page(after=after))
    for limit in (0, 1001):
        with pytest.raises(CallerError, match="1 to 1000"):
            Page(limit=limit)


def test_cas_and_their_last_crls(world: World) -> None:
    made = world.administration.create_ca("Sub", "CN=Sub,O=Example", key="P-256", issuer="ManagementCA")
    for _ in range(2):
        world.administration.issue_crl("Sub", timedelta(days=3))
    world.administration.set_ca_status("Sub", CaStatus.OFFLINE)
    root, below = world.inspection.authorities()
    assert (root.name, root.crl_number, root.crl_ends, root.chain) == ("ManagementCA", 0, None, ())
    assert (below.name, below.status, below.certificate) == ("Sub", CaStatus.OFFLINE, made)
    assert below.chain == (root.certificate,)
    assert below.crl_number == 2
    assert below.crl_issued is not None
    assert below.crl_ends == below.crl_issued + timedelta(days=3)
    assert world.inspection.latest_crl("Sub") == world.administration.latest_crl("Sub")
    assert world.inspection.authority("Sub") == below
    with pytest.raises(CallerError, match="no CA None"):
        world.inspection.authority("None")


def test_profiles_and_roles(world: World) -> None:
    profiles = world.inspection.profiles()
    assert list(profiles.certificate) == ["ENDUSER", "KGA", "RA", "ROOTCA", "SERVER", "SUBCA", "WORKER"]
    assert list(profiles.end_entity) == ["EMPTY", "SERVER", "SERVICE"]
    assert world.inspection.profile(ProfileKind.END_ENTITY, "EMPTY") == profiles.end_entity["EMPTY"]
    for kind, name in ((ProfileKind.CERTIFICATE, "EMPTY"), (ProfileKind.END_ENTITY, "ENDUSER")):
        with pytest.raises(CallerError, match=f"no {kind} profile {name}"):
            world.inspection.profile(kind, name)
    role = Role("A", frozenset({ADMINISTRATOR}), frozenset({Member("a" * 64)}))
    world.administration.put_role(role)
    assert world.inspection.roles() == [role]
    assert world.inspection.role("A") == role
    with pytest.raises(CallerError, match="no role B"):
        world.inspection.role("B")


def test_where_a_role_is_wide(world: World) -> None:
    world.deployment.issue(spki(ec_key(1)))
    (stored,) = world.inspection.certificates(CertificateQuery(username="user"), Page()).items
    member = Member(stored.fingerprint)

    def concerns(rules: set[str], *members: Member) -> str:
        return "\n".join(world.inspection.concerns(Role("A", frozenset(rules), frozenset(members))))

    narrow = {ADMINISTRATOR, "/ca/ManagementCA", "/endentityprofile/EMPTY", "/action/create"}
    assert concerns(narrow, member) == ""
    assert "no members" in concerns(narrow)
    assert "/administrator is missing" in concerns(narrow - {ADMINISTRATOR}, member)
    for rule in ("/ca/*", "/endentityprofile/*", "/action/*", EVERYTHING):
        assert concerns(narrow | {rule}, member).startswith(f"{rule} ")
    service = narrow | {"/endentityprofile/SERVICE"}
    assert concerns(service, member).endswith("have certificates of RAs, workers or CAs issued: KGA, RA, WORKER")
    assert concerns(service - {"/action/create"}, member) == ""
    assert "no such certificate was issued here" in concerns(narrow, Member("0" * 64))
    world.administration.revoke(RevocationReason.CERTIFICATE_HOLD, fingerprint=stored.fingerprint)
    assert concerns(narrow, member).endswith("the certificate is on hold")
    SqlCoordinator(world.engine).introduce("worker", [member.fingerprint])
    assert concerns(narrow, member).endswith("a worker signs answers with it, so it authenticates nobody")


def test_the_verdicts_on_a_message_are_found_by_an_index(deployment: Deployment) -> None:
    asked: list[tuple[str, Any]] = []
    event.listen(deployment.engine, "before_cursor_execute", lambda *executed: asked.append(executed[2:4]))
    assert not Inspection(deployment.engine).verdicts("message")
    ((statement, parameters),) = [query for query in asked if "FROM journal" in query[0]]
    with deployment.engine.connect() as connection:
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
    assert [row.detail for row in rows] == ["SEARCH journal USING INDEX journal_messageid (messageid=?)"]
