"""Kept keys at rest, and the escrow secret changed under them."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from sqlalchemy import Engine, select, text

from lockgate.certification.endentity import CertificationRequest, EndEntity, EndEntityStatus, Possession, TokenType
from lockgate.certification.key_fate import CONDEMNED_KEY
from lockgate.errors import ConfigurationError, KeystoreError
from lockgate.names.dn import parse_dn
from lockgate.ports import IssuanceRequest, KeptKey, KeyPair
from lockgate.profiles.certificate_profile import CertificateProfile
from lockgate.profiles.end_entity_profile import EndEntityProfile
from lockgate.reasons import Rejected
from lockgate_ca_backend.administration import Administration
from lockgate_ca_backend.auditing import Auditor
from lockgate_ca_backend.coordination import SqlCoordinator
from lockgate_ca_backend.escrow import EscrowSealer, KeptWith
from lockgate_ca_backend.facilities import Facilities
from lockgate_ca_backend.migrations import CERTIFICATION_AUTHORITY
from lockgate_ca_backend.registry.sql_registry import SqlRegistry
from lockgate_ca_backend.store import tables
from lockgate_persistence.engines import DatabaseSettings, open_engine
from lockgate_persistence.migrating import upgrade
from tests.contract.registries import SECRET
from tests.support.databases.schema import step_back
from tests.support.databases.servers import DATABASES, marked
from tests.support.issuing import issue
from tests.support.pki.certificate_requests import spki
from tests.support.pki.identities import ec_key

OLD, NEW, OTHER = b"the old escrow secret", b"the new escrow secret", b"another escrow secret"
LEASE = timedelta(minutes=1)
OF_USER = tables.certificate.c.username == "user 1"
USER = EndEntity(
    username="user 0",
    subject_dn=parse_dn("CN=user"),
    subject_alt_name=(),
    email=None,
    end_entity_profile="EMPTY",
    certificate_profile="ESCROW",
    ca_name="ManagementCA",
    status=EndEntityStatus.NEW,
    token=TokenType.P12,
)


def pair(number: int) -> KeyPair:
    key = ec_key(number)
    return KeyPair(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()), spki(key))


class Archive:
    """A CA that keeps keys."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def facilities(self, *secrets: bytes) -> Facilities:
        return Facilities.under(SECRET, escrow=EscrowSealer(secrets[0], secrets[1:]) if secrets else None)

    def administration(self, *secrets: bytes) -> Administration:
        return Administration(self.engine, self.facilities(*secrets))

    def ca(self, *secrets: bytes) -> SqlRegistry:
        return SqlRegistry(self.engine, self.facilities(*secrets))

    def open(self) -> None:
        administration = self.administration()
        administration.initialise()
        administration.create_ca("ManagementCA", "CN=ManagementCA", key="P-256")
        administration.put_profile("ESCROW", CertificateProfile(validity_days=1, key_recovery=True))
        administration.put_profile("EMPTY", EndEntityProfile(certificate_profiles=frozenset({"ESCROW"})))

    def keep(self, count: int, *secrets: bytes) -> None:
        """Issue to `user 1`, `user 2` …, and keep their keys."""
        fence = SqlCoordinator(self.engine).acquire("worker", "host", LEASE)
        assert fence is not None
        with self.ca(*secrets).transaction(fence) as work:
            for number in range(1, count + 1):
                key = pair(number)
                user = replace(USER, username=f"user {number}")
                request = CertificationRequest(public_key=key.public_key, possession=Possession.PROVEN)
                assert issue(work, IssuanceRequest(f"{number}", user, request, "ra", None, kept_key=key))

    def certify(self, number: int) -> None:
        """Issue to `user NUMBER` for a key that it has."""
        fence = SqlCoordinator(self.engine).acquire("worker", "host", LEASE)
        assert fence is not None
        with self.ca(OLD).transaction(fence) as work:
            user = replace(USER, username=f"user {number}")
            request = CertificationRequest(public_key=spki(ec_key(number)), possession=Possession.PROVEN)
            assert issue(work, IssuanceRequest(f"{number}", user, request, "ra", None))

    def found(self, username: str, *secrets: bytes) -> KeptKey | Rejected:
        fence = SqlCoordinator(self.engine).acquire("worker", "host", LEASE)
        assert fence is not None
        with self.ca(*secrets).transaction(fence) as work:
            (facts,) = work.certificates.of(username)
            return work.kept_keys.get(facts)

    def secrets(self) -> list[str]:
        table = tables.escrowed_key
        with self.engine.connect() as connection:
            return list(connection.execute(select(table.c.secret).order_by(table.c.fingerprint)).scalars())


@pytest.fixture(params=marked(DATABASES))
def archive(request: pytest.FixtureRequest, fresh_database: Callable[[str], str]) -> Iterator[Archive]:
    url = fresh_database(request.param)
    engine = open_engine(DatabaseSettings(url=url, pool_min=1, pool_max=20, prefill=False, lock_timeout=3))
    made = Archive(engine)
    made.open()
    yield made
    engine.dispose()


def test_every_key_is_sealed_anew_in_batches(archive: Archive) -> None:
    archive.keep(5, OLD)
    done = archive.administration(NEW, OLD).rotate_escrow_key(batch=2)
    assert (done.sealed, list(done.unusable)) == (5, [])
    assert archive.secrets() == [EscrowSealer(NEW).current] * 5
    for number in range(1, 6):
        found = archive.found(f"user {number}", NEW)
        assert isinstance(found, KeptKey)
        assert found.key == pair(number)
    with pytest.raises(KeystoreError, match="not configured"):
        archive.found("user 1", OLD)
    tamperings, _ = Auditor(archive.engine, SECRET).verify()
    assert not tamperings


def test_it_goes_on_where_it_was_interrupted(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    archive.keep(5, OLD)
    seal, calls = EscrowSealer.seal, []

    def failing(self: EscrowSealer, key: KeyPair, owner: KeptWith) -> object:
        calls.append(owner)
        if len(calls) == 4:
            raise ConnectionError("the host is switched off")
        return seal(self, key, owner)

    monkeypatch.setattr(EscrowSealer, "seal", failing)
    administration = archive.administration(NEW, OLD)
    with pytest.raises(ConnectionError):
        administration.rotate_escrow_key(batch=2)
    assert archive.secrets().count(EscrowSealer(NEW).current) == 2
    assert administration.kept_keys() == {"current": 2, "others": 3}
    assert administration.rotate_escrow_key(batch=2).sealed == 3
    assert administration.kept_keys() == {"current": 5, "others": 0}
    assert administration.rotate_escrow_key().sealed == 0


def test_while_it_changes_both_secrets_open(archive: Archive) -> None:
    archive.keep(1, OLD)
    assert isinstance(archive.found("user 1", NEW, OLD), KeptKey)
    with pytest.raises(KeystoreError, match="not configured"):
        archive.found("user 1", NEW)


def test_what_no_secret_opens_is_named_and_left(archive: Archive) -> None:
    archive.keep(3, OLD)
    before = archive.secrets()
    done = archive.administration(NEW, OTHER).rotate_escrow_key(batch=2)
    assert (done.sealed, len(done.unusable)) == (0, 3)
    assert archive.secrets() == before


def test_without_a_secret_there_is_nothing_to_change(archive: Archive) -> None:
    with pytest.raises(ConfigurationError, match="keeps no keys"):
        archive.administration().rotate_escrow_key()


def test_a_sealed_key_belongs_to_its_owner() -> None:
    sealer, owner = EscrowSealer(OLD), KeptWith("ab" * 32, "ManagementCA", "alice")
    sealed = sealer.seal(pair(1), owner)
    assert sealer.open(sealed) == pair(1)
    assert pair(1).private_key not in sealed.sealed
    assert "old" not in repr(sealer)
    for other in ({"fingerprint": "cd" * 32}, {"ca_name": "OtherCA"}, {"username": "mallory"}):
        with pytest.raises(KeystoreError):
            sealer.open(replace(sealed, owner=replace(owner, **other)))
    with pytest.raises(KeystoreError, match="not configured"):
        EscrowSealer(NEW).open(sealed)


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="16 octets"):
        EscrowSealer(b"only 15 octets.")


def test_of_certificates_from_before_possession_was_recorded_only_those_with_a_kept_key_are_made(
    archive: Archive,
) -> None:
    archive.keep(1, OLD)
    archive.certify(2)
    step_back(archive.engine, CERTIFICATION_AUTHORITY, "0007")
    upgrade(archive.engine, CERTIFICATION_AUTHORITY)
    table = tables.certificate
    with archive.engine.connect() as connection:
        stored = dict(connection.execute(select(table.c.username, table.c.possession)).all())
    assert stored == {"ManagementCA": "none", "user 1": "made", "user 2": "none"}


def test_condemned_keys_of_before_stay_condemned_by_the_identity_they_have_now(archive: Archive) -> None:
    archive.certify(1)
    with archive.engine.begin() as connection:
        identity = connection.execute(select(tables.certificate.c.keydigest).where(OF_USER)).scalar_one()
    step_back(archive.engine, CERTIFICATION_AUTHORITY, "0007")
    other = "f" * 64
    with archive.engine.begin() as connection:
        connection.execute(
            text("update certificate set keydigest = :other where username = 'user 1'"), {"other": other}
        )
        connection.execute(text("insert into reserved_key (digest) values (:other)"), {"other": other})
    upgrade(archive.engine, CERTIFICATION_AUTHORITY)
    assert archive.administration().keys() == {identity: CONDEMNED_KEY}
    with archive.engine.connect() as connection:
        assert connection.execute(select(tables.certificate.c.keydigest).where(OF_USER)).scalar_one() == identity
        assert other not in connection.execute(select(tables.reserved_key.c.digest)).scalars().all()
