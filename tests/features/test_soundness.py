"""Steps of soundness.feature: on a deployment as `lockgate init` makes it, with its own commands and databases."""

import dataclasses
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pytest_bdd import given, parsers, scenarios, then, when
from sqlalchemy import text
from structlog.testing import capture_logs

from lockgate.errors import ConfigurationError, KeystoreError, LockgateError
from lockgate.requests.submessages import PKCS10Request, PKCS12Request
from lockgate_app import deployment
from lockgate_app.checks import Severity, examine
from lockgate_app.container.ca import CaContainer
from lockgate_app.container.databases import database_engine
from lockgate_app.container.ra import connect
from lockgate_app.container.worker import WorkerContainer
from lockgate_app.deployment import CA_NAME, Deployment
from lockgate_app.settings import CaZone, DatabaseTable, load_ca
from lockgate_app.workers import choice, running
from lockgate_ca_backend.builtin_profiles import CERTIFICATE_PROFILES
from lockgate_ca_backend.migrations import CERTIFICATION_AUTHORITY
from lockgate_persistence.migrating import Migrations, examining
from lockgate_persistence.migrations import MESSAGES
from tests.integration.app.commands import Outcome, lockgate
from tests.support.databases.schema import step_back
from tests.support.pki.certificate_requests import pkcs10
from tests.support.pki.identities import authority, rsa_key

scenarios("soundness.feature")

KEEPING = dataclasses.replace(CERTIFICATE_PROFILES["ENDUSER"], key_recovery=True)


@dataclass
class CaHost:
    """The CA's host, whose files and databases a scenario changes."""

    own: Deployment
    mend: list[Callable[[], object]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    @property
    def zone(self) -> CaZone:
        return load_ca(self.own.ca_config)

    def start(self) -> None:
        """Start the worker, let it do what is due, and keep what it says where it does not start."""
        try:
            with capture_logs():
                running.run_once(self.zone, choice.chosen(self.zone, None), wait=False)
        except (ConfigurationError, KeystoreError) as error:
            self.said = [str(error)]

    def replace(self, name: str, octets: bytes) -> None:
        """Let a file of the CA's host hold something else, until that is mended."""
        path = self.own.ca / name
        before = path.read_bytes()
        path.write_bytes(octets)
        self.mend.append(lambda: path.write_bytes(before))

    def execute(self, database: str, statement: str) -> None:
        engine = database_engine(*table_of(self.zone, database))
        with examining(), engine.begin() as connection:
            connection.execute(text(statement))
        engine.dispose()


def described(username: str) -> dict[str, Any]:
    """What a request says of the end entity."""
    profiles = {"end_entity_profile": "EMPTY", "certificate_profile": "ENDUSER", "ca_name": CA_NAME}
    return {"request_id": 1, "username": username, "subject_dn": f"CN={username}", **profiles}


def table_of(zone: CaZone, database: str) -> tuple[DatabaseTable, str | None]:
    """The settings of the database that the scenario names, and its data source."""
    ((source, table),) = zone.data_sources.items()
    return (zone.ca.database, None) if database == "CA database" else (table, source)


DATABASES: Mapping[str, tuple[Migrations, str]] = {
    "CA database": (CERTIFICATION_AUTHORITY, "0010"),
    "message database": (MESSAGES, "0002"),
}
"""Whose migrations they are, and the revision before the newest."""


@pytest.fixture(scope="session")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    made = deployment.create(tmp_path_factory.mktemp("sound") / "deployment")
    zone = load_ca(made.ca_config)
    container = CaContainer(zone=zone)
    container.administration().put_profile("ENDUSER", KEEPING)
    container.engine().dispose()
    with connect(made.ra_config) as ra:
        ra.send([PKCS12Request(store_keys=True, password="a g00d password", **described("carol"))])
    running.run_once(zone, choice.chosen(zone, None))
    return made


@pytest.fixture
def ca_host(sound: Deployment, tmp_path: Path) -> CaHost:
    shutil.copytree(sound.directory, tmp_path / "deployment")
    return CaHost(Deployment(tmp_path / "deployment"))


@given('a deployment as "lockgate init" makes it, with a key that is kept')
def made(ca_host: CaHost) -> None:
    engine = database_engine(ca_host.zone.ca.database, None)
    with engine.connect() as connection:
        assert connection.execute(text("select count(*) from escrowed_key")).scalar_one() == 1
    engine.dispose()


# ---- faults


def other_password(ca_host: CaHost) -> None:
    ca_host.replace("worker.password", b"not the password")


def foreign_certificate(ca_host: CaHost) -> None:
    from lockgate_keys.pkcs12 import write_pkcs12

    other = authority().issue("worker", rsa_key(70))
    password = (ca_host.own.ca / "worker.password").read_text().strip()
    path = ca_host.own.ca / "other.p12"
    write_pkcs12(path, other.key, other.der, (), password, "worker")
    ca_host.replace("worker.p12", path.read_bytes())


def _secret(name: str, secret: bytes) -> Callable[[CaHost], None]:
    return lambda ca_host: ca_host.replace(f"{name}.secret", secret)


FAULTS: Mapping[str, Callable[[CaHost], None]] = {
    "the key encryption secret is another one": _secret("key-encryption", b"a secret of another installation"),
    "the key encryption secret has 15 characters": _secret("key-encryption", b"fifteen octets."),
    "the escrow secret is another one": _secret("escrow", b"a secret of another installation"),
    "the escrow secret has 15 characters": _secret("escrow", b"fifteen octets."),
    "the worker's keystore has another password": other_password,
    "the worker's certificate was issued by another CA": foreign_certificate,
}


@given(parsers.re("(?P<fault>the (key encryption|escrow) secret .*|the worker's .*)"))
def faulty(ca_host: CaHost, fault: str) -> None:
    FAULTS[fault](ca_host)


@given(parsers.re("the tables of the (?P<database>.*) are of (?P<state>an older|a newer) version"))
def other_tables(ca_host: CaHost, database: str, state: str) -> None:
    migrations, before = DATABASES[database]
    if state == "a newer":
        statement = f"update {migrations.version_table} set version_num = '{{}}'"
        ca_host.execute(database, statement.format("9999"))
        ca_host.mend.append(lambda: ca_host.execute(database, statement.format(migrations.newest)))
        return
    engine = database_engine(*table_of(ca_host.zone, database))
    with examining():
        step_back(engine, migrations, before)
    engine.dispose()
    ca_host.mend.append(lambda: lockgate("--config", ca_host.own.ca_config, "db", "upgrade"))


@given(parsers.re("the tables of the (?P<database>.*) are there, but what says of which version is lost"))
def lost_version(ca_host: CaHost, database: str) -> None:
    ca_host.execute(database, f"drop table {DATABASES[database][0].version_table}")


# ---- what is done


@given(parsers.parse('the RA sends a request for "{name}"'))
@when(parsers.parse('the RA sends a request for "{name}"'))
def send(ca_host: CaHost, name: str) -> None:
    with connect(ca_host.own.ra_config) as ra:
        ra.send([PKCS10Request(pkcs10=pkcs10(rsa_key(4)), **described(name))], message_id=name)


@when("the worker is started")
def start(ca_host: CaHost) -> None:
    ca_host.said = []
    ca_host.start()


@when("that is mended")
def mend(ca_host: CaHost) -> None:
    for undo in ca_host.mend:
        undo()


@when('"db upgrade" is run')
def upgrade(ca_host: CaHost) -> None:
    ca_host.said = [command(ca_host, "db", "upgrade").err]


@when(parsers.parse('"messages retry --reason {reason}" is run'))
def retry(ca_host: CaHost, reason: str) -> None:
    assert "1 message" in command(ca_host, "messages", "retry", "--reason", reason).out


@when("the worker runs, and the key encryption secret is another one since it was started")
def changed_meanwhile(ca_host: CaHost) -> None:
    FAULTS["the key encryption secret is another one"](ca_host)
    run_unjudged(ca_host)


@when("the worker has tried as often as max_attempts says")
def worn_out(ca_host: CaHost) -> None:
    for _ in range(load_ca(ca_host.own.ca_config).workers["main"].max_attempts - 1):
        ca_host.execute("message database", "update message set duetime = 0 where status = 1")
        run_unjudged(ca_host)


def run_unjudged(ca_host: CaHost) -> None:
    """A round of a worker that was found sound before."""
    container = WorkerContainer(zone=ca_host.zone, name="main")
    fence = container.ca.coordinator().acquire("main", "the test", timedelta(minutes=1))
    assert fence is not None
    container.worker().round(fence)
    container.ca.coordinator().release(fence)
    for engine in (container.engine(), container.ca.engine()):
        engine.dispose()


def command(ca_host: CaHost, *arguments: str) -> Outcome:
    config = ca_host.own.ra_config if arguments[0] == "request" else ca_host.own.ca_config
    return lockgate("--config", config, *arguments)


# ---- what is seen


@then(parsers.parse('it does not start: "{words}"'))
@then(parsers.parse('it fails: "{words}"'))
def not_started(ca_host: CaHost, words: str) -> None:
    (said,) = ca_host.said
    assert words in said


@then(parsers.parse('"lockgate check" calls it wrong: "{words}"'))
def checked(ca_host: CaHost, words: str) -> None:
    wrong = [
        finding.text for finding in examine(ca_host.own.ca_config, ca_host.zone) if finding.verdict is Severity.WRONG
    ]
    assert any(words in found for found in wrong), wrong


@then(parsers.parse('"{arguments}" does not run: "{words}"'))
def does_not_run(ca_host: CaHost, arguments: str, words: str) -> None:
    if arguments == "request pkcs10":
        with pytest.raises(LockgateError, match=words):
            send(ca_host, "bob")
        return
    done = command(ca_host, *arguments.split())
    assert done.code != 0
    assert words in done.err


@then(parsers.parse('"{name}" has a certificate'))
def certified(ca_host: CaHost, name: str) -> None:
    assert ca_host.said == []
    with connect(ca_host.own.ra_config) as ra:
        (response,) = ra.wait(ra.resume(name), timedelta())
    assert response.success, response


@then(parsers.parse('the message waits, and "messages list" says {reason}'))
def waits(ca_host: CaHost, reason: str) -> None:
    assert reason in command(ca_host, "messages", "list", "--status", "waiting").out


@then(parsers.parse('the message is set aside, and "messages list" says {reason}'))
def set_aside(ca_host: CaHost, reason: str) -> None:
    assert reason in command(ca_host, "messages", "list").out
