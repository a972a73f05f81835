"""Every rule of the ports Registry and RegistryTransaction, on every database."""

import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from lockgate.audit import AuditEvent, Event
from lockgate.certification.endentity import (
    CertificationRequest,
    EndEntity,
    EndEntityStatus,
    IssuedCertificate,
    KeystoreRules,
    Possession,
)
from lockgate.certification.revocation import RevocationReason
from lockgate.errors import Conflict, Defect, FenceLost, Unavailable
from lockgate.line.journal import JournalEntry, JournalKey, PendingRequest
from lockgate.names.altname import parse_alt_name
from lockgate.names.dn import parse_dn
from lockgate.names.keyspec import KeySpecification
from lockgate.ports import Fence, IssuanceRequest, KeptKey, KeyPair, RegistryTransaction, RenewalTerms
from lockgate.reasons import Reason, Rejected
from lockgate.rights.approval import NOTHING_TO_APPROVE, ApprovalRequest, Requirement
from lockgate.rights.authorization import ADMINISTRATOR, Member, Role
from lockgate.rights.signer import CertificateStanding, TrustedCertificate
from tests.contract.registries import ESCROW, SERIALS, UNPROVEN, RegistrySubject, new_engine
from tests.support.databases.servers import DATABASES
from tests.support.issuing import issue, issue_all
from tests.support.pki.certificate_requests import spki
from tests.support.pki.identities import ec_key

REAL = [
    pytest.param(database, marks=[] if database == "sqlite" else getattr(pytest.mark, database))
    for database in DATABASES
]
_numbers = count(1)
NOBODY = "0" * 64


@pytest.fixture(scope="module", params=REAL)
def subject(request: pytest.FixtureRequest, fresh_database: Callable[[str], str]) -> Iterator[RegistrySubject]:
    engine = new_engine(fresh_database(request.param))
    real = RegistrySubject(engine)
    real.administration.create_ca("ManagementCA", "CN=ManagementCA,O=Example,C=SE", key="P-256")
    yield real
    engine.dispose()


@pytest.fixture
def fence(subject: RegistrySubject) -> Fence:
    return subject.fence()


@pytest.fixture
def username() -> str:
    return f"user {next(_numbers)}"


def described(username: str, **changes: str) -> EndEntity:
    end_entity = EndEntity(
        username=username,
        subject_dn=parse_dn(f"CN={username},O=Example,C=SE"),
        subject_alt_name=parse_alt_name("DNSNAME=host.example.org"),
        email="user@example.org",
        end_entity_profile="EMPTY",
        certificate_profile="ENDUSER",
        ca_name="ManagementCA",
        status=EndEntityStatus.NEW,
    )
    return replace(end_entity, **changes)  # type: ignore[arg-type]


def order(end_entity: EndEntity, operation: str = "") -> IssuanceRequest:
    request = CertificationRequest(public_key=spki(ec_key(1)), possession=Possession.PROVEN)
    return IssuanceRequest(operation or f"operation {next(_numbers)}", end_entity, request, "CN=ra", NOBODY)


def entry(digest: str = "d" * 64, key: JournalKey | None = None) -> JournalEntry:
    return JournalEntry(
        key=key or JournalKey("a" * 64, f"{next(_numbers):032x}"),
        digest=digest,
        message_id="message é",
        part=3,
        verdict="success",
        answer=bytes(range(256)),
        keep_until=datetime(2027, 3, 4, 5, 6, 7, 89000, tzinfo=UTC),
    )


def issued(subject: RegistrySubject, fence: Fence, username: str) -> IssuedCertificate:
    with subject.ca.transaction(fence) as work:
        certificate = must_issue(work, order(described(username)))
    assert isinstance(certificate, IssuedCertificate)
    return certificate


def trusted(
    issued_certificate: IssuedCertificate, issuer_dn: str = "CN=ManagementCA,O=Example,C=SE"
) -> TrustedCertificate:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    return TrustedCertificate(
        issued_certificate.certificate,
        issued_certificate.fingerprint,
        issuer_dn,
        "CN=x",
        issued_certificate.serial_number,
        moment,
        moment,
        digital_signature=True,
        key_encipherment=True,
        request_purpose=True,
    )


def run(subject: RegistrySubject, fence: Fence, body: Callable[[RegistryTransaction], None]) -> None:
    with subject.ca.transaction(fence) as work:
        body(work)


class TestFence:
    def test_only_the_newest_enters(self, subject: RegistrySubject, fence: Fence, username: str) -> None:
        newer = subject.fence("another host")
        entered: list[RegistryTransaction] = []
        with pytest.raises(FenceLost):
            run(subject, fence, entered.append)
        assert entered == []
        with subject.ca.transaction(newer) as work:
            assert work.end_entities.get(username) is None

    def test_an_unknown_worker_does_not_enter(self, subject: RegistrySubject) -> None:
        with pytest.raises(FenceLost), subject.ca.transaction(Fence("nobody", 1)):
            pass

    def test_a_released_lease_commits_nothing(self, subject: RegistrySubject, fence: Fence) -> None:
        subject.coordinator.release(fence)
        with pytest.raises(FenceLost), subject.ca.transaction(fence):
            pass


class TestJournal:
    def test_an_entry_comes_back_as_it_was(self, subject: RegistrySubject, fence: Fence) -> None:
        recorded, other = entry(), entry()
        with subject.ca.transaction(fence) as work:
            work.journal.record(recorded)
        with subject.ca.transaction(fence, keys=[recorded.key]) as work:
            assert work.journal.recall([recorded.key, other.key]) == {recorded.key: recorded}

    def test_hints_change_no_answer(self, subject: RegistrySubject, fence: Fence) -> None:
        recorded = entry()
        with subject.ca.transaction(fence) as work:
            work.journal.record(recorded)
        with subject.ca.transaction(fence) as work:
            assert work.journal.recall([recorded.key]) == {recorded.key: recorded}

    def test_it_is_read_in_the_transaction_that_records_it(self, subject: RegistrySubject, fence: Fence) -> None:
        recorded = entry()
        with subject.ca.transaction(fence, keys=[recorded.key]) as work:
            assert work.journal.recall([recorded.key]) == {}
            work.journal.record(recorded)
            assert work.journal.recall([recorded.key]) == {recorded.key: recorded}

    def test_signer_and_nonce_together_are_the_key(self, subject: RegistrySubject, fence: Fence) -> None:
        first = entry()
        second = replace(first, key=JournalKey("", first.key.nonce), digest="e" * 64)
        with subject.ca.transaction(fence) as work:
            work.journal.record(first)
            work.journal.record(second)
        with subject.ca.transaction(fence) as work:
            assert work.journal.recall([first.key, second.key]) == {first.key: first, second.key: second}

    def test_a_second_entry_fails_the_whole_transaction(
        self, subject: RegistrySubject, fence: Fence, username: str
    ) -> None:
        recorded, bystander = entry(), entry()
        with subject.ca.transaction(fence) as work:
            work.journal.record(recorded)

        def record_again(work: RegistryTransaction) -> None:
            work.end_entities.save(described(username))
            work.journal.record(bystander)
            work.journal.record(replace(recorded, digest="f" * 64))

        with pytest.raises(Conflict):
            run(subject, fence, record_again)
        with subject.ca.transaction(fence) as work:
            assert work.journal.recall([recorded.key, bystander.key]) == {recorded.key: recorded}
            assert work.end_entities.get(username) is None


class TestUnitOfWork:
    def test_a_body_that_fails_leaves_nothing(self, subject: RegistrySubject, fence: Fence, username: str) -> None:
        recorded, audited = entry(), len(subject.audited())

        def fail(work: RegistryTransaction) -> None:
            work.end_entities.save(described(username))
            work.journal.record(recorded)
            work.audit(AuditEvent(Event.REQUEST_REFUSED, "CN=ra", username))
            raise KeyError

        with pytest.raises(KeyError):
            run(subject, fence, fail)
        with subject.ca.transaction(fence) as work:
            assert work.end_entities.get(username) is None
            assert work.journal.recall([recorded.key]) == {}
        assert len(subject.audited()) == audited

    def test_the_clock_stands_still(self, subject: RegistrySubject, fence: Fence) -> None:
        with subject.ca.transaction(fence) as work:
            assert work.now() == work.now()
            assert work.now().utcoffset() == timedelta(0)

    def test_the_audit_log_grows(self, subject: RegistrySubject, fence: Fence) -> None:
        before = len(subject.audited())
        with subject.ca.transaction(fence) as work:
            work.audit(AuditEvent(Event.REQUEST_REFUSED, "CN=ra é", "message", {"reason": "expired"}))
        assert subject.audited()[before:] == [Event.REQUEST_REFUSED]


class TestEndEntities:
    def test_one_is_added_and_comes_back(self, subject: RegistrySubject, fence: Fence, username: str) -> None:
        end_entity = described(username)
        with subject.ca.transaction(fence) as work:
            assert work.end_entities.save(end_entity) is None
            assert work.end_entities.get(username) == end_entity
        with subject.ca.transaction(fence, usernames=[username]) as work:
            assert work.end_entities.get(username) == end_entity

    @pytest.mark.parametrize("other", ["{} ", " {}", "U{}"])
    def test_usernames_are_compared_exactly(
        self, subject: RegistrySubject, fence: Fence, username: str, other: str
    ) -> None:
        other = other.format(username)
        with subject.ca.transaction(fence) as work:
            work.end_entities.save(described(f"u{username}"))
            work.end_entities.save(described(username))
        with subject.ca.transaction(fence, usernames=[other]) as work:
            assert work.end_entities.get(other) is None

    def test_one_is_edited(self, subject: RegistrySubject, fence: Fence, username: str) -> None:
        with subject.ca.transaction(fence) as work:
            work.end_entities.save(described(username))
        changed = described(username, email="other@example.org")
        with subject.ca.transaction(fence) as work:
            work.end_entities.save(changed)
        with subject.ca.transaction(fence) as work:
            assert work.end_entities.get(username) == changed

    @pytest.mark.parametrize(
        ("field", "reason"),
        [
            ("ca_name", Reason.UNKNOWN_CA),
            ("certificate_profile", Reason.UNKNOWN_PROFILE),
            ("end_entity_profile", Reason.UNKNOWN_PROFILE),
        ],
    )
    def test_unknown_names_are_refused(
        self, subject: RegistrySubject, fence: Fence, username: str, field: str, reason: Reason
    ) -> None:
        wrong = described(username, **{field: "nothing of that name"})
        with subject.ca.transaction(fence) as work:
            saved, certified = work.end_entities.save(wrong), issue(work, order(wrong))
        assert isinstance(saved, Rejected)
        assert isinstance(certified, Rejected)
        assert saved.reason is certified.reason is reason
        with subject.ca.transaction(fence) as work:
            assert work.end_entities.get(username) is None


class TestPasswords:
    def test_the_right_one_is_accepted(self, subject: RegistrySubject, fence: Fence, username: str) -> None:
        subject.put_end_entity(described(username), "sesame é")
        with subject.ca.transaction(fence) as work:
            assert work.end_entities.check_password(username, "sesame é") is None

    def test_every_cause_of_failure_looks_the_same(self, subject: RegistrySubject, fence: Fence, username: str) -> None:
        subject.put_end_entity(described(username), "open sesame")
        with subject.ca.transaction(fence) as work:
            work.end_entities.save(described(f"{username} without a password"))
            answers = [
                work.end_entities.check_password(username, "Open sesame"),
                work.end_entities.check_password(username, None),
                work.end_entities.check_password(username, ""),
                work.end_entities.check_password(f"{username} without a password", "open sesame"),
                work.end_entities.check_password(f"{username} without a password", None),
                work.end_entities.check_password(f"{username} unknown", "open sesame"),
            ]
        assert answers == [Rejected(Reason.WRONG_CREDENTIALS)] * 6

    def test_five_failures_end_it(self, subject: RegistrySubject, fence: Fence, username: str) -> None:
        subject.put_end_entity(described(username), "open sesame")
        for _ in range(5):
            with subject.ca.transaction(fence) as work:
                work.end_entities.check_password(username, "wrong donkey")
        with subject.ca.transaction(fence) as work:
            assert work.end_entities.check_password(username, "open sesame") == Rejected(Reason.WRONG_CREDENTIALS)

    def test_success_gives_the_attempts_back(self, subject: RegistrySubject, fence: Fence, username: str) -> None:
        subject.put_end_entity(described(username), "open sesame")
        for password in ["wrong donkey"] * 4 + ["open sesame"] + ["wrong donkey"] * 4:
            with subject.ca.transaction(fence) as work:
                work.end_entities.check_password(username, password)
        with subject.ca.transaction(fence) as work:
            assert work.end_entities.check_password(username, "open sesame") is None

    def test_failures_count_within_one_transaction(self, subject: RegistrySubject, fence: Fence, username: str) -> None:
        subject.put_end_entity(described(username), "open sesame")
        with subject.ca.transaction(fence) as work:
            for _ in range(5):
                work.end_entities.check_password(username, "wrong donkey")
            assert work.end_entities.check_password(username, "open sesame") == Rejected(Reason.WRONG_CREDENTIALS)

    def test_a_new_one_replaces_the_old_one_and_gives_all_attempts(
        self, subject: RegistrySubject, fence: Fence, username: str
    ) -> None:
        subject.put_end_entity(described(username), "open sesame")
        with subject.ca.transaction(fence) as work:
            for _ in range(5):
                work.end_entities.check_password(username, "wrong donkey")
        with subject.ca.transaction(fence) as work:
            work.end_entities.set_password(username, "speak mellon")
        with subject.ca.transaction(fence) as work:
            assert work.end_entities.check_password(username, "speak mellon") is None
            assert work.end_entities.check_password(username, "open sesame") == Rejected(Reason.WRONG_CREDENTIALS)

    def test_an_edited_end_entity_keeps_its_password(
        self, subject: RegistrySubject, fence: Fence, username: str
    ) -> None:
        subject.put_end_entity(described(username), "open sesame")
        with subject.ca.transaction(fence) as work:
            work.end_entities.save(described(username, email="other@example.org"))
            must_issue(work, order(described(username)))
        with subject.ca.transaction(fence) as work:
            assert work.end_entities.check_password(username, "open sesame") is None


class TestIssuing:
    def test_the_certificate_is_for_the_key(self, subject: RegistrySubject, fence: Fence, username: str) -> None:
        own = issued(subject, fence, username)
        certificate = x509.load_der_x509_certificate(own.certificate)
        key = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        assert key == spki(ec_key(1))
        assert own.fingerprint == hashlib.sha256(own.certificate).hexdigest()
        assert own.serial_number == certificate.serial_number

    def test_the_chain_comes_along_up_to_the_root(self, subject: RegistrySubject, fence: Fence, username: str) -> None:
        own = issued(subject, fence, username)
        step = x509.load_der_x509_certificate(own.certificate)
        for issuer in map(x509.load_der_x509_certificate, own.chain):
            step.verify_directly_issued_by(issuer)
            step = issuer
        assert step.issuer == step.subject

    def test_the_end_entity_is_saved_as_generated(self, subject: RegistrySubject, fence: Fence, username: str) -> None:
        issued(subject, fence, username)
        with subject.ca.transaction(fence) as work:
            stored = work.end_entities.get(username)
        assert stored == replace(described(username), status=EndEntityStatus.GENERATED)

    def test_a_rejection_leaves_the_end_entity_as_it_was(
        self, subject: RegistrySubject, fence: Fence, username: str
    ) -> None:
        with subject.ca.transaction(fence) as work:
            work.end_entities.save(described(username))
        with subject.ca.transaction(fence) as work:
            rejected = issue(work, order(described(username, email="new@example.org", ca_name="none")))
        assert isinstance(rejected, Rejected)
        with subject.ca.transaction(fence) as work:
            assert work.end_entities.get(username) == described(username)

    def test_its_standing_is_good_and_another_one_is_unknown(
        self, subject: RegistrySubject, fence: Fence, username: str
    ) -> None:
        own = issued(subject, fence, username)
        with subject.ca.transaction(fence) as work:
            assert work.certificates.standing(trusted(own)) is CertificateStanding.GOOD
            assert work.certificates.standing(replace(trusted(own), fingerprint=NOBODY)) is CertificateStanding.UNKNOWN

    def test_a_certificate_is_recorded_once_and_for_an_order_of_the_same_transaction(
        self, subject: RegistrySubject, fence: Fence, username: str
    ) -> None:
        with subject.ca.transaction(fence) as work:
            orders = work.issuance.order_all((order(described(username)),))
            assert not isinstance(orders, Rejected)
            (ordered,), (made,) = orders, subject.ca.issuer.issue(orders)
            assert work.issuance.record_issued(ordered, made).certificate == made
            with pytest.raises(Defect, match="without an order"):
                work.issuance.record_issued(ordered, made)
        with subject.ca.transaction(fence) as work, pytest.raises(Defect, match="without an order"):
            work.issuance.record_issued(ordered, made)

    def test_a_retry_after_a_rollback_ends_with_one_certificate(
        self, subject: RegistrySubject, fence: Fence, username: str
    ) -> None:
        before, once = len(subject.certificates()), order(described(username))
        seen: list[IssuedCertificate | Rejected] = []

        def fail(work: RegistryTransaction) -> None:
            seen.append(issue(work, once))
            raise KeyError

        with pytest.raises(KeyError):
            run(subject, fence, fail)
        (first,) = seen
        assert isinstance(first, IssuedCertificate)
        assert first.certificate not in subject.certificates()
        with subject.ca.transaction(fence) as work:
            second = issue(work, once)
        assert isinstance(second, IssuedCertificate)
        assert len(subject.certificates()) == before + 1
        assert second.certificate in subject.certificates()

    def test_whoever_is_overtaken_while_issuing_commits_nothing(
        self, subject: RegistrySubject, fence: Fence, username: str
    ) -> None:
        recorded, once = entry(), order(described(username))

        def be_overtaken(work: RegistryTransaction) -> None:
            issue(work, once)
            work.journal.record(recorded)
            with ThreadPoolExecutor(1) as pool:
                pool.submit(subject.fence, "another host").result()

        # On SQLite a transaction has the database to itself: it is the other host that fails.
        with pytest.raises(Unavailable):
            run(subject, fence, be_overtaken)
        with subject.ca.transaction(subject.fence()) as work:
            assert work.journal.recall([recorded.key]) == {}
            assert work.end_entities.get(username) is None


class TestRevocation:
    def test_certificates_are_found_by_end_entity_and_by_issuer_and_serial_number(
        self, subject: RegistrySubject, fence: Fence, username: str
    ) -> None:
        first, second = issued(subject, fence, username), issued(subject, fence, username)
        issuer = parse_dn(x509.load_der_x509_certificate(first.certificate).issuer.rfc4514_string())
        with subject.ca.transaction(fence) as work:
            found = work.certificates.of(username)
            assert [certificate.fingerprint for certificate in found] == [first.fingerprint, second.fingerprint]
            assert work.certificates.find(issuer, second.serial_number) == found[1]
            assert work.certificates.find(parse_dn(str(issuer).upper()), second.serial_number) == found[1]
            assert work.certificates.find(issuer, 1) is None
            assert work.certificates.find(parse_dn("CN=No CA"), second.serial_number) is None
            assert work.certificates.of("nobody") == []
        (facts, _) = found
        assert (facts.username, facts.ca_name, facts.end_entity_profile) == (username, "ManagementCA", "EMPTY")
        assert facts.serial_number == first.serial_number
        assert facts.certificate_profile == "ENDUSER"
        parsed = x509.load_der_x509_certificate(first.certificate)
        assert (facts.not_before, facts.not_after) == (parsed.not_valid_before_utc, parsed.not_valid_after_utc)

    @pytest.mark.parametrize("possession", Possession)
    def test_a_certificate_records_its_key_and_how_its_possession_was_shown(
        self, subject: RegistrySubject, fence: Fence, username: str, possession: Possession
    ) -> None:
        keys = [spki(ec_key(1)), spki(ec_key(1)), spki(ec_key(2))]
        for key in keys:
            request = CertificationRequest(public_key=key, possession=possession)
            with subject.ca.transaction(fence) as work:
                must_issue(work, replace(order(described(username, certificate_profile=UNPROVEN)), request=request))
        with subject.ca.transaction(fence) as work:
            found = work.certificates.of(username)
        assert [certificate.possession for certificate in found] == [possession] * len(keys)
        assert found[0].key == found[1].key != found[2].key

    @pytest.mark.parametrize(
        ("reasons", "standing"),
        [
            ([RevocationReason.SUPERSEDED], CertificateStanding.REVOKED),
            ([RevocationReason.CERTIFICATE_HOLD], CertificateStanding.ON_HOLD),
            ([RevocationReason.CERTIFICATE_HOLD, RevocationReason.REMOVE_FROM_CRL], CertificateStanding.GOOD),
            ([RevocationReason.CERTIFICATE_HOLD, RevocationReason.PRIVILEGE_WITHDRAWN], CertificateStanding.REVOKED),
        ],
    )
    def test_the_standing_changes_as_the_reason_says(
        self,
        subject: RegistrySubject,
        fence: Fence,
        username: str,
        reasons: list[RevocationReason],
        standing: CertificateStanding,
    ) -> None:
        own = issued(subject, fence, username)
        for reason in reasons:
            with subject.ca.transaction(fence) as work:
                (facts,) = work.certificates.of(username)
                work.certificates.revoke(facts, reason, "an administrator")
        with subject.ca.transaction(fence) as work:
            assert work.certificates.standing(trusted(own)) is standing
            assert work.certificates.of(username)[0].standing is standing

    def test_facts_that_are_no_longer_so_change_nothing(
        self, subject: RegistrySubject, fence: Fence, username: str
    ) -> None:
        issued(subject, fence, username)
        with subject.ca.transaction(fence) as work:
            (before,) = work.certificates.of(username)
            work.certificates.revoke(before, RevocationReason.CERTIFICATE_HOLD, "an administrator")
        with pytest.raises(Conflict), subject.ca.transaction(fence) as work:
            work.certificates.revoke(before, RevocationReason.SUPERSEDED, "an administrator")
        with subject.ca.transaction(fence) as work:
            assert work.certificates.of(username)[0].standing is CertificateStanding.ON_HOLD


class TestUsernames:
    @pytest.mark.parametrize(
        "spelling", ["", "{}\x07", "{} ", " {}", "{}  {}", "{}\ufb01", "\u0430\u04cf\u0456\u0441\u0435"]
    )
    def test_a_new_one_that_could_be_mistaken_is_refused(
        self, subject: RegistrySubject, fence: Fence, username: str, spelling: str
    ) -> None:
        end_entity = replace(described(username), username=spelling.format(username, username))
        with subject.ca.transaction(fence) as work:
            for refused in (work.end_entities.save(end_entity), issue(work, order(end_entity))):
                assert isinstance(refused, Rejected)
                assert refused.reason is Reason.BAD_NAME
            assert work.end_entities.get(end_entity.username) is None

    @pytest.mark.parametrize("first", ["z{}", "\u00fc{}"])
    def test_one_that_differs_in_case_only_is_taken(
        self, subject: RegistrySubject, fence: Fence, username: str, first: str
    ) -> None:
        name = first.format(username)
        with subject.ca.transaction(fence) as work:
            assert work.end_entities.save(described(name)) is None
            within = work.end_entities.save(described(name.upper()))
        with subject.ca.transaction(fence) as work:
            later = issue(work, order(described(name.upper())))
            assert work.end_entities.save(described(name, email="other@example.org")) is None
            assert work.end_entities.get(name.upper()) is None
        for refused in (within, later):
            assert isinstance(refused, Rejected)
            assert refused.reason is Reason.USERNAME_TAKEN
            assert name not in refused.fail_info


class TestRoles:
    def test_a_member_is_one_certificate(self, subject: RegistrySubject, fence: Fence, username: str) -> None:
        own = trusted(issued(subject, fence, username))
        this = frozenset({Member(own.fingerprint)})
        first = Role(f"first {username}", frozenset({ADMINISTRATOR}), this)
        second = Role(f"second {username}", frozenset({"/ca/*"}), this)
        subject.put_role(first)
        subject.put_role(second)
        with subject.ca.transaction(fence) as work:
            assert set(work.roles.of(own)) == {first, second}
            assert work.roles.of(replace(own, fingerprint=NOBODY)) == ()

    def test_memberships_are_carried_over(self, subject: RegistrySubject, fence: Fence, username: str) -> None:
        own = trusted(issued(subject, fence, username))
        joining = hashlib.sha256(username.encode()).hexdigest()
        this = frozenset({Member(own.fingerprint)})
        roles = [Role(f"{name} {username}", frozenset({ADMINISTRATOR}), this) for name in "ab"]
        for role in roles:
            subject.put_role(role)
        with subject.ca.transaction(fence) as work:
            assert work.roles.of(replace(own, fingerprint=joining)) == ()
            assert set(work.roles.carry_over(own.fingerprint, joining)) == {role.name for role in roles}
            within = work.roles.of(replace(own, fingerprint=joining))
            assert work.roles.carry_over(NOBODY, joining) == []
        with subject.ca.transaction(fence) as work:
            for found in (within, work.roles.of(replace(own, fingerprint=joining))):
                assert {role.name for role in found} == {role.name for role in roles}
            assert len(work.roles.of(own)) == 2


# ---- keystores


def test_a_profile_says_how_keystores_are_made(subject: RegistrySubject) -> None:
    with subject.ca.transaction(subject.fence()) as work:
        assert work.profiles.keystore_rules("ENDUSER") == KeystoreRules(KeySpecification.RSA_3072, legacy=False)


def test_keystores_under_an_unknown_profile_are_not_made(subject: RegistrySubject) -> None:
    with subject.ca.transaction(subject.fence()) as work:
        refused = work.profiles.keystore_rules("NONE")
    assert isinstance(refused, Rejected)
    assert refused.reason is Reason.UNKNOWN_PROFILE


OPENED = datetime(2026, 6, 1, 12, tzinfo=UTC)


def asked() -> ApprovalRequest:
    requester = f"{next(_numbers):064x}"
    action = f'{{"requester":"{requester}"}}'.encode()
    return ApprovalRequest(
        requester=requester, action=action, quorum=2, opened=OPENED, expires=OPENED + timedelta(hours=1)
    )


def pending(approval: ApprovalRequest, decisions: int = 0, key: JournalKey | None = None) -> PendingRequest:
    key = key or JournalKey("a" * 64, f"{next(_numbers):032x}")
    return PendingRequest(key, "d" * 64, "source", f"message {key.nonce}", approval.id, decisions)


class TestApprovals:
    def test_nothing_is_asked_for_what_needs_no_approval(self, subject: RegistrySubject, fence: Fence) -> None:
        with subject.ca.transaction(fence) as work:
            assert work.approvals.requirement(NOTHING_TO_APPROVE) == Requirement(0)

    def test_an_approval_is_found_by_id_and_by_its_action(self, subject: RegistrySubject, fence: Fence) -> None:
        approval = asked()
        with subject.ca.transaction(fence) as work:
            work.approvals.open(approval)
        with subject.ca.transaction(fence) as work:
            assert work.approvals.get(approval.id) == approval
            assert work.approvals.latest(approval.requester, approval.digest) == approval
            assert work.approvals.latest(NOBODY, approval.digest) is None
            assert work.approvals.latest(approval.requester, NOBODY) is None
            assert work.approvals.get("0" * 32) is None
            assert list(work.approvals.decisions(approval.id)) == []

    def test_the_newest_one_counts(self, subject: RegistrySubject, fence: Fence) -> None:
        first = asked()
        second = replace(first, opened=OPENED + timedelta(hours=2), expires=OPENED + timedelta(hours=3))
        with subject.ca.transaction(fence) as work:
            work.approvals.open(first)
            work.approvals.open(second)
            assert work.approvals.latest(first.requester, first.digest) == second

    def test_an_approval_is_used_once(self, subject: RegistrySubject, fence: Fence) -> None:
        approval = asked()
        used = replace(approval, settled=OPENED, succeeded=True, outcome=b"\0outcome", operation="operation")
        with subject.ca.transaction(fence) as work:
            work.approvals.open(approval)
            work.approvals.settle(used)
        with subject.ca.transaction(fence) as work:
            assert work.approvals.get(approval.id) == used
        with pytest.raises(Conflict), subject.ca.transaction(fence) as work:
            work.approvals.settle(used)

    def test_a_mark_tells_secrets_apart_and_none_of_them(self, subject: RegistrySubject, fence: Fence) -> None:
        said = ("a" * 64, "alice", "password", b"a secret")
        others = [("b" * 64, *said[1:]), ("a" * 64, "alic", "epassword", b"a secret"), (*said[:3], b"another")]
        with subject.ca.transaction(fence) as work:
            marks = [work.secret_mark(*secret) for secret in (said, *others)]
        with subject.ca.transaction(fence) as work:
            assert work.secret_mark(*said) == marks[0]
        assert len(set(marks)) == len(marks)
        assert all(len(bytes.fromhex(mark)) == 32 for mark in marks)
        assert hashlib.sha256(b"a secret").hexdigest() not in marks

    def test_of_two_that_open_the_same_one_does(self, subject: RegistrySubject, fence: Fence) -> None:
        approval = asked()
        with subject.ca.transaction(fence) as work:
            work.approvals.open(approval)
        with pytest.raises(Conflict), subject.ca.transaction(fence) as work:
            work.approvals.open(approval)

    def test_a_request_waits_until_its_entry_is_recorded(self, subject: RegistrySubject, fence: Fence) -> None:
        waiting = pending(asked())
        with subject.ca.transaction(fence, keys=[waiting.key]) as work:
            work.journal.defer(waiting)
            assert work.journal.recall([waiting.key]) == {waiting.key: waiting}
        again = replace(waiting, approval=asked().id, decisions=1)
        with subject.ca.transaction(fence) as work:
            assert work.journal.recall([waiting.key]) == {waiting.key: waiting}
            work.journal.defer(again)
        final = entry(key=waiting.key)
        with subject.ca.transaction(fence, keys=[waiting.key]) as work:
            assert work.journal.recall([waiting.key]) == {waiting.key: again}
            work.journal.record(final)
        with subject.ca.transaction(fence) as work:
            assert work.journal.recall([waiting.key]) == {waiting.key: final}

    def test_what_has_a_verdict_waits_no_more(self, subject: RegistrySubject, fence: Fence) -> None:
        final = entry()
        with subject.ca.transaction(fence) as work:
            work.journal.record(final)
        with pytest.raises(Conflict), subject.ca.transaction(fence, keys=[final.key]) as work:
            work.journal.defer(pending(asked(), key=final.key))

    def test_messages_with_decisions_that_nobody_has_looked_at(self, subject: RegistrySubject, fence: Fence) -> None:
        approval, other = asked(), asked()
        seen, unseen, elsewhere = pending(approval, 1), pending(approval, 0), pending(other, 0)
        with subject.ca.transaction(fence) as work:
            work.approvals.open(approval)
            for waiting in (seen, unseen, elsewhere):
                work.journal.defer(waiting)
        subject.put_decision(approval.id, b"a decision")
        with subject.ca.transaction(fence) as work:
            assert list(work.approvals.decisions(approval.id)) == [b"a decision"]
            assert list(work.journal.decided_messages("source", 10)) == [unseen.message_id]
            assert list(work.journal.decided_messages("another source", 10)) == []

    def test_no_more_of_them_than_asked_for_and_then_the_next_ones(
        self, subject: RegistrySubject, fence: Fence
    ) -> None:
        approval, source = asked(), f"source {next(_numbers)}"
        with subject.ca.transaction(fence) as work:
            work.approvals.open(approval)
            for message_id in ("c", "B", "a", "é", "a"):
                work.journal.defer(replace(pending(approval, 0), message_id=message_id, data_source=source))
        subject.put_decision(approval.id, b"a decision")
        with subject.ca.transaction(fence) as work:
            assert list(work.journal.decided_messages(source, 2)) == ["B", "a"]
            assert list(work.journal.decided_messages(source, 2, "a")) == ["c", "é"]
            assert list(work.journal.decided_messages(source, 2, "é")) == []

    def test_whom_a_certificate_was_issued_to(self, subject: RegistrySubject, fence: Fence, username: str) -> None:
        with subject.ca.transaction(fence) as work:
            issued = must_issue(work, order(described(username)))
        with subject.ca.transaction(fence) as work:
            assert work.certificates.holder(issued.fingerprint) == username
            assert work.certificates.holder(NOBODY) is None


class TestChosenNumbersAndPairs:
    def test_a_chosen_serial_number(self, subject: RegistrySubject, fence: Fence, username: str) -> None:
        number = 2**150 + next(_numbers)
        chosen = replace(order(described(username, certificate_profile=SERIALS)), serial_number=number)
        with subject.ca.transaction(fence) as work:
            assert must_issue(work, chosen).serial_number == number

    def test_a_serial_number_is_given_once(self, subject: RegistrySubject, fence: Fence, username: str) -> None:
        number = 2**150 + next(_numbers)
        first, second = (
            replace(order(described(username, certificate_profile=SERIALS)), serial_number=number) for _ in range(2)
        )
        with subject.ca.transaction(fence) as work:
            must_issue(work, first)
        with subject.ca.transaction(fence) as work:
            refused = issue(work, second)
        assert isinstance(refused, Rejected)
        assert refused.reason is Reason.SERIAL_NUMBER_TAKEN

    def test_the_profile_must_allow_it(self, subject: RegistrySubject, fence: Fence, username: str) -> None:
        with subject.ca.transaction(fence) as work:
            refused = issue(work, replace(order(described(username)), serial_number=1))
            assert work.end_entities.get(username) is None
        assert isinstance(refused, Rejected)
        assert refused.reason is Reason.PROFILE_VIOLATION

    def test_two_certificates_or_none(self, subject: RegistrySubject, fence: Fence, username: str) -> None:
        stored = described(username)
        wrong = replace(order(stored), certified_as=replace(stored, certificate_profile="NONE"))
        with subject.ca.transaction(fence) as work:
            refused = issue_all(work, [order(stored), wrong])
            assert isinstance(refused, Rejected)
            assert refused.reason is Reason.UNKNOWN_PROFILE
            assert work.end_entities.get(username) is None
        with subject.ca.transaction(fence) as work:
            assert list(work.certificates.of(username)) == []
            issued = issue_all(work, [order(stored), replace(order(stored), request=another_key())])
        assert not isinstance(issued, Rejected)
        assert len({certificate.fingerprint for certificate in issued}) == 2

    def test_it_is_stored_as_it_was_and_certified_as_asked(
        self, subject: RegistrySubject, fence: Fence, username: str
    ) -> None:
        stored = described(username)
        asked_for = replace(order(stored), certified_as=replace(stored, certificate_profile=SERIALS), serial_number=77)
        with subject.ca.transaction(fence) as work:
            assert must_issue(work, asked_for).serial_number == 77
        with subject.ca.transaction(fence) as work:
            assert work.end_entities.get(username) == replace(stored, status=EndEntityStatus.GENERATED)


def key_pair(number: int) -> KeyPair:
    key = ec_key(number)
    return KeyPair(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()), spki(key))


def kept(username: str, number: int = 1, profile: str = ESCROW) -> IssuanceRequest:
    """An order whose key shall be kept."""
    pair = key_pair(number)
    request = CertificationRequest(public_key=pair.public_key, possession=Possession.PROVEN)
    return replace(order(described(username, certificate_profile=profile)), request=request, kept_key=pair)


class TestKeptKeys:
    def test_a_kept_key_comes_back_with_its_certificate(
        self, subject: RegistrySubject, fence: Fence, username: str
    ) -> None:
        with subject.ca.transaction(fence) as work:
            issued = must_issue(work, kept(username))
        with subject.ca.transaction(fence) as work:
            (facts,) = work.certificates.of(username)
            assert work.kept_keys.get(facts) == KeptKey(key_pair(1), issued)

    def test_it_is_there_in_the_transaction_that_kept_it(
        self, subject: RegistrySubject, fence: Fence, username: str
    ) -> None:
        with subject.ca.transaction(fence) as work:
            must_issue(work, kept(username))
            (facts,) = work.certificates.of(username)
            assert isinstance(work.kept_keys.get(facts), KeptKey)
            assert work.kept_keys.latest_of(username) == facts

    def test_the_latest_one_of_an_end_entity(self, subject: RegistrySubject, fence: Fence, username: str) -> None:
        with subject.ca.transaction(fence) as work:
            assert work.kept_keys.latest_of(username) is None
            for ordered in (kept(username, 3), kept(username, 2), order(described(username)), kept(f"{username}'s", 4)):
                must_issue(work, ordered)
        with subject.ca.transaction(fence) as work:
            latest = work.kept_keys.latest_of(username)
            assert latest is not None
            found = work.kept_keys.get(latest)
        assert isinstance(found, KeptKey)
        assert found.key == key_pair(2)

    def test_what_was_not_kept_is_not_there(self, subject: RegistrySubject, fence: Fence, username: str) -> None:
        with subject.ca.transaction(fence) as work:
            must_issue(work, order(described(username)))
            (facts,) = work.certificates.of(username)
            refused = work.kept_keys.get(facts)
        assert isinstance(refused, Rejected)
        assert refused.reason is Reason.KEY_NOT_STORED

    def test_only_profiles_that_say_so_keep_keys(self, subject: RegistrySubject, fence: Fence, username: str) -> None:
        with subject.ca.transaction(fence) as work:
            refused = issue(work, kept(username, profile="ENDUSER"))
            assert work.end_entities.get(username) is None
            for profile, keeps in ((ESCROW, True), ("ENDUSER", False)):
                rules = work.profiles.keystore_rules(profile)
                assert isinstance(rules, KeystoreRules)
                assert rules.keeps_keys is keeps
        assert isinstance(refused, Rejected)
        assert refused.reason is Reason.KEY_RECOVERY_DISABLED


def another_key() -> CertificationRequest:
    return CertificationRequest(public_key=spki(ec_key(2)), possession=Possession.PROVEN)


def must_issue(work: RegistryTransaction, wanted: IssuanceRequest) -> IssuedCertificate:
    issued = issue(work, wanted)
    assert isinstance(issued, IssuedCertificate)
    return issued


class TestPurging:
    """What is deleted by age."""

    AGE = timedelta(days=2)
    MOMENT = timedelta(minutes=1)

    @pytest.fixture(autouse=True)
    def swept(self, subject: RegistrySubject, fence: Fence) -> None:
        """Nothing is left to purge of what other tests stored."""
        with subject.ca.transaction(fence) as work:
            work.journal.purge(timedelta(), 1000)
            work.approvals.purge(timedelta(), 1000)

    def ended(self, work: RegistryTransaction, before: timedelta) -> JournalEntry:
        return replace(entry(), keep_until=work.now().replace(microsecond=0) - before)

    def expired(self, work: RegistryTransaction, before: timedelta) -> ApprovalRequest:
        expires = work.now().replace(microsecond=0) - before
        return replace(asked(), opened=expires - timedelta(hours=1), expires=expires)

    def test_a_verdict_goes_once_its_time_is_past_by_the_age(self, subject: RegistrySubject, fence: Fence) -> None:
        with subject.ca.transaction(fence) as work:
            old = self.ended(work, self.AGE + self.MOMENT)
            recent = self.ended(work, self.AGE - self.MOMENT)
            guarding = self.ended(work, -self.MOMENT)
            for recorded in (old, recent, guarding):
                work.journal.record(recorded)
        keys = [recorded.key for recorded in (old, recent, guarding)]
        with subject.ca.transaction(fence) as work:
            assert work.journal.purge(self.AGE, 10) == 1
        with subject.ca.transaction(fence) as work:
            assert set(work.journal.recall(keys)) == {recent.key, guarding.key}
            assert work.journal.purge(timedelta(), 10) == 1
        with subject.ca.transaction(fence) as work:
            assert set(work.journal.recall(keys)) == {guarding.key}
            assert work.journal.purge(timedelta(), 10) == 0

    def test_no_more_verdicts_than_asked_for(self, subject: RegistrySubject, fence: Fence) -> None:
        with subject.ca.transaction(fence) as work:
            for _ in range(5):
                work.journal.record(self.ended(work, self.AGE))
        for expected in (2, 2, 1, 0):
            with subject.ca.transaction(fence) as work:
                assert work.journal.purge(self.AGE, 2) == expected

    def test_approvals_that_led_to_nothing_go_with_their_decisions(
        self, subject: RegistrySubject, fence: Fence
    ) -> None:
        with subject.ca.transaction(fence) as work:
            old, failed = (self.expired(work, self.AGE + self.MOMENT) for _ in range(2))
            recent = self.expired(work, self.AGE - self.MOMENT)
            for approval in (old, failed, recent):
                work.approvals.open(approval)
            work.approvals.settle(replace(failed, settled=failed.opened, operation="failed"))
        subject.put_decision(old.id, b"a decision")
        with subject.ca.transaction(fence) as work:
            assert work.approvals.purge(self.AGE, 10) == 2
        with subject.ca.transaction(fence) as work:
            assert [work.approvals.get(approval.id) for approval in (old, failed, recent)] == [None, None, recent]
            assert list(work.approvals.decisions(old.id)) == []

    def test_a_used_approval_stays_and_nobody_waits_for_it(self, subject: RegistrySubject, fence: Fence) -> None:
        with subject.ca.transaction(fence) as work:
            used, recent = self.expired(work, self.AGE + self.MOMENT), self.expired(work, self.AGE - self.MOMENT)
            for approval in (used, recent):
                work.approvals.open(approval)
            work.approvals.settle(replace(used, settled=used.opened, succeeded=True, operation=used.id))
            forgotten, waiting = pending(used), pending(recent)
            work.journal.defer(forgotten)
            work.journal.defer(waiting)
        with subject.ca.transaction(fence) as work:
            assert work.approvals.purge(self.AGE, 10) == 1
        with subject.ca.transaction(fence) as work:
            assert set(work.journal.recall([forgotten.key, waiting.key])) == {waiting.key}
            kept = work.approvals.get(used.id)
            assert kept is not None
            assert kept.succeeded

    def test_no_approval_goes_before_what_waits_for_it(self, subject: RegistrySubject, fence: Fence) -> None:
        """Whatever the order of either, and however many wait for one."""
        with subject.ca.transaction(fence) as work:
            approvals = [self.expired(work, self.AGE + minutes * self.MOMENT) for minutes in range(1, 6)]
            for approval in approvals:
                work.approvals.open(approval)
            keys = [pending(approval).key for approval in approvals for _ in range(2)]
            for number, key in enumerate(keys):
                work.journal.defer(pending(approvals[number // 2], key=key))
        counts: list[int] = []
        while not counts or counts[-1]:
            with subject.ca.transaction(fence) as work:
                counts.append(work.approvals.purge(self.AGE, 3))
            with subject.ca.transaction(fence) as work:
                waiting = [
                    recorded for recorded in work.journal.recall(keys).values() if isinstance(recorded, PendingRequest)
                ]
                assert all(work.approvals.get(request.approval) for request in waiting)
        assert sum(counts) == len(approvals) + len(keys)
        assert max(counts) <= 2 * 3
        assert min(counts[:-2]) >= 3

    def test_what_waits_for_nothing_goes(self, subject: RegistrySubject, fence: Fence) -> None:
        orphan = pending(asked())
        with subject.ca.transaction(fence) as work:
            work.journal.defer(orphan)
        with subject.ca.transaction(fence) as work:
            assert work.approvals.purge(self.AGE, 10) == 1
        with subject.ca.transaction(fence) as work:
            assert work.journal.recall([orphan.key]) == {}

    @pytest.mark.parametrize("part", ["journal", "approvals"])
    def test_nothing_is_purged_ahead_of_time(self, subject: RegistrySubject, fence: Fence, part: str) -> None:
        with pytest.raises(Defect), subject.ca.transaction(fence) as work:
            getattr(work, part).purge(-self.MOMENT, 10)

    def test_only_the_newest_holder_purges(self, subject: RegistrySubject, fence: Fence) -> None:
        with subject.ca.transaction(fence) as work:
            old = self.ended(work, self.AGE)
            work.journal.record(old)
        subject.fence("another host")
        with pytest.raises(FenceLost), subject.ca.transaction(fence) as work:
            work.journal.purge(self.AGE, 10)
        with subject.ca.transaction(subject.fence()) as work:
            assert set(work.journal.recall([old.key])) == {old.key}
            work.journal.purge(self.AGE, 10)


class TestPublications:
    def test_an_issued_certificate_comes_back(self, subject: RegistrySubject, fence: Fence, username: str) -> None:
        own = issued(subject, fence, username)
        with subject.ca.transaction(fence) as work:
            (facts,) = work.certificates.of(username)
            assert work.certificates.content(facts) == own.certificate

    def test_the_last_crl_is_that_of_the_certificates_ca(
        self, subject: RegistrySubject, fence: Fence, username: str
    ) -> None:
        issued(subject, fence, username)
        for _ in range(2):
            published = subject.publish_crl()
            with subject.ca.transaction(fence) as work:
                (facts,) = work.certificates.of(username)
                assert work.publications.latest_crl(facts) == published

    def test_a_ca_that_has_announced_nothing(self, subject: RegistrySubject, fence: Fence) -> None:
        with subject.ca.transaction(fence) as work:
            said = [work.publications.announcement("ManagementCA"), work.publications.announcement("no CA")]
        assert [outcome.reason for outcome in said if isinstance(outcome, Rejected)] == [
            Reason.NO_NEXT_CA_CERTIFICATE,
            Reason.UNKNOWN_CA,
        ]

    def test_a_key_is_known_once_it_was_certified(self, subject: RegistrySubject, fence: Fence, username: str) -> None:
        key = spki(ec_key(2000 + next(_numbers)))
        with subject.ca.transaction(fence) as work:
            assert not work.certificates.is_certified(key, username)
            request = CertificationRequest(public_key=key, possession=Possession.PROVEN)
            must_issue(work, replace(order(described(username)), request=request))
            assert work.certificates.is_certified(key, username)
        with subject.ca.transaction(fence) as work:
            assert work.certificates.is_certified(key, username)

    def test_profiles_say_when_certificates_can_be_renewed(self, subject: RegistrySubject, fence: Fence) -> None:
        with subject.ca.transaction(fence) as work:
            assert work.profiles.renewal_terms(SERIALS) == RenewalTerms(timedelta(days=30), same_key=True)
            assert work.profiles.renewal_terms("ENDUSER") == RenewalTerms(None)
            unknown = work.profiles.renewal_terms("no profile")
        assert isinstance(unknown, Rejected)
        assert unknown.reason is Reason.UNKNOWN_PROFILE


class TestRequestCounts:
    def test_requests_are_counted_for_each_signer(self, subject: RegistrySubject, fence: Fence, username: str) -> None:
        first, second = (hashlib.sha256(f"{username}{name}".encode()).hexdigest() for name in ("first", "second"))
        with subject.ca.transaction(fence) as work:
            assert [work.count_request(key) for key in (first, first, second)] == [1, 2, 1]
        with subject.ca.transaction(fence) as work:
            assert [work.count_request(key) for key in (second, first)] == [2, 3]

    def test_what_is_rolled_back_was_not_counted(self, subject: RegistrySubject, fence: Fence, username: str) -> None:
        signer = hashlib.sha256(username.encode()).hexdigest()

        def fail(work: RegistryTransaction) -> None:
            work.count_request(signer)
            raise Conflict("for the test")

        with pytest.raises(Conflict):
            run(subject, fence, fail)
        with subject.ca.transaction(fence) as work:
            assert work.count_request(signer) == 1
