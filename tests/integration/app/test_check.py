"""`lockgate check`: each thing that can be wrong is said in plain words, and nothing else is."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from lockgate.requests.request_types import REQUEST_TYPES
from lockgate_app.checks import Finding, Severity, examine
from lockgate_app.deployment import Deployment
from lockgate_app.keys import certificate_pem, key_pem, new_key
from lockgate_app.settings import load, load_ca
from lockgate_ca_backend.migrations import CERTIFICATION_AUTHORITY
from lockgate_persistence.engines import DatabaseSettings, open_engine
from lockgate_persistence.migrating import upgrade
from lockgate_testing.doubles.remote_ca import RemoteCa, Wrong, running
from tests.integration.app.commands import copied, edited, lockgate, request, with_tls, work
from tests.integration.app.remote_issuers import ISSUER, REMOTE_CA, configure, install
from tests.integration.app.remote_issuers import own_certificate as own_certificate_file
from tests.support.databases.schema import step_back
from tests.support.databases.servers import Server
from tests.support.deployments import created

Change = Callable[[Deployment], object]


def findings(config: Path, verdict: Severity, now: datetime | None = None) -> list[Finding]:
    return [finding for finding in examine(config, load(config), now) if finding.verdict is verdict]


def texts(config: Path, verdict: Severity = Severity.WRONG, now: datetime | None = None) -> list[str]:
    return [finding.text for finding in findings(config, verdict, now)]


@pytest.mark.parametrize("zone", ["ca", "ra"])
def test_a_new_deployment_has_nothing_wrong(pristine: Deployment, zone: str) -> None:
    done = lockgate("--config", pristine.directory / zone / "lockgate.toml", "check")
    assert done.code == 0
    assert "0 wrong, 0 warnings" in done.out


def drop_messages(deployment: Deployment) -> None:
    engine = open_engine(
        DatabaseSettings(url=f"sqlite:///{deployment.directory / 'messages/messages.db'}", prefill=False)
    )
    with engine.begin() as connection:
        connection.execute(text("drop table lockgate_message_version"))
    engine.dispose()


def foreign_keystore(deployment: Deployment) -> None:
    other = created(deployment.directory / "other")
    for name in ("ra.p12", "ra.password"):
        (other.ra / name).replace(deployment.ra / name)


def ra_keystore_as_worker(deployment: Deployment) -> None:
    (deployment.ra / "worker.pem").write_bytes(own_certificate(deployment))


def own_certificate(deployment: Deployment) -> bytes:
    from lockgate_app.container.keystores import ra_keystore
    from lockgate_app.settings import load_ra

    keystore = ra_keystore(load_ra(deployment.ra_config))
    assert keystore is not None
    return certificate_pem(keystore.certificate)


def worker_in_a_role(deployment: Deployment) -> None:
    worker = deployment.ra / "worker.pem"
    assert lockgate("--config", deployment.ca_config, "role", "add-member", "RA", "--certificate", worker).code == 0


def ra_before_the_worker(deployment: Deployment) -> None:
    for name in ("ra.p12", "ra.password"):
        (deployment.ca / name).write_bytes((deployment.ra / name).read_bytes())
    line = 'keystore.pwd = { file = "worker.password" }\n'
    previous = 'keystore.previous.path = "ra.p12"\nkeystore.previous.pwd = { file = "ra.password" }\n'
    edited(deployment.ca_config, line, line + previous)


CA_TROUBLES: list[tuple[Change, str]] = [
    (drop_messages, "The database has no tables yet; run `lockgate db upgrade`."),
    (lambda deployment: (deployment.ca / "worker.p12").chmod(0o640), "can be read or written by others: chmod 600"),
    (
        lambda deployment: (deployment.ca / "worker.password").chmod(0o604),
        "can be read or written by others: chmod 600",
    ),
    (
        lambda deployment: (deployment.ca / "key-encryption.secret").chmod(0o660),
        "can be read or written by others: chmod 600",
    ),
    (lambda deployment: (deployment.ca / "worker.p12").unlink(), "worker.p12: No such file or directory"),
    (
        lambda deployment: (deployment.ca / "worker.password").write_text("wrong donkey"),
        "wrong password, or no PKCS#12 keystore; keystore.pwd gives the password: secret file /",
    ),
    (
        worker_in_a_role,
        "the certificate in worker.p12 is a member of the role RA; a worker's certificate authenticates",
    ),
    (
        ra_before_the_worker,
        "the certificate in ra.p12 is a member of the role RA; a worker's certificate authenticates",
    ),
    (
        lambda deployment: edited(deployment.ca_config, 'raissuer = "ManagementCA"', 'raissuer = "Other"'),
        "holds no CA Other",
    ),
    (
        lambda deployment: edited(deployment.ca_config, "sqlite:///ca.db", "sqlite:////nowhere/ca.db"),
        "there is no directory /nowhere",
    ),
    (
        lambda deployment: edited(deployment.ca_config, '{ file = "worker.password" }', '{ env = "LOCKGATE_UNSET" }'),
        "environment variable LOCKGATE_UNSET: the secret is empty",
    ),
]


@pytest.mark.parametrize(("change", "complaint"), CA_TROUBLES)
def test_what_is_wrong_on_the_ca_host(deployment: Deployment, change: Change, complaint: str) -> None:
    change(deployment)
    assert any(complaint in found for found in texts(deployment.ca_config))


@pytest.mark.parametrize("lost", ["ca/ca.db", "messages/messages.db"])
def test_a_database_whose_file_is_lost_is_not_made_anew(deployment: Deployment, lost: str) -> None:
    (deployment.directory / lost).unlink()
    assert any(f"there is no file {deployment.directory / lost}" in found for found in texts(deployment.ca_config))
    assert not (deployment.directory / lost).exists()


def test_what_an_upgrade_could_not_settle(deployment: Deployment) -> None:
    engine = open_engine(DatabaseSettings(url=f"sqlite:///{deployment.ca / 'ca.db'}", prefill=False))
    step_back(engine, CERTIFICATION_AUTHORITY, "0008")
    columns = "username, subjectdn, subjectaltname, endentityprofile, certificateprofile, caname, status, attempts"
    values = "'CN=x', '[]', 'EMPTY', 'ENDUSER', 'ManagementCA', 10, 5, 1, 0, 'USERGENERATED'"
    with engine.begin() as connection:
        for name in ("Zoe", "zoe"):
            insert = f"insert into end_entity ({columns}, revision, modified, token) values ('{name}', {values})"
            connection.execute(text(insert))
        connection.execute(text("insert into role_member (role, issuerdn, serial) values ('RA', 'CN=Other', '0f')"))
    upgrade(engine, CERTIFICATION_AUTHORITY)
    engine.dispose()
    found = findings(deployment.ca_config, Severity.WARNING)
    assert [(finding.subject, finding.text.partition(":")[0]) for finding in found] == [
        ("end entity 'zoe'", "its username could be mistaken for that of the end entity 'Zoe'"),
        ("role RA", "no certificate with serial number f of CN=Other is stored"),
    ]
    assert lockgate("--config", deployment.ca_config, "role", "edit", "RA").code == 0
    assert [finding.subject for finding in findings(deployment.ca_config, Severity.WARNING)] == ["end entity 'zoe'"]


RA_TROUBLES: list[tuple[Change, str]] = [
    (drop_messages, "The database has no tables yet; run `lockgate db upgrade`."),
    (lambda deployment: (deployment.ra / "ra.p12").chmod(0o644), "can be read or written by others: chmod 600"),
    (lambda deployment: (deployment.ra / "ra.password").chmod(0o644), "can be read or written by others: chmod 600"),
    (
        lambda deployment: (deployment.ra / "worker.pem").unlink(),
        "worker.pem: cannot be read: No such file or directory",
    ),
    (foreign_keystore, "the certificate was not issued by one of ca_certificates"),
    (ra_keystore_as_worker, "this is the RA's own certificate, not the worker's"),
    (
        lambda deployment: (deployment.ra / "worker.pem").write_bytes(deployment.ca_certificate.read_bytes()),
        "the certificate was not issued by one of ca_certificates",
    ),
]


@pytest.mark.parametrize(("change", "complaint"), RA_TROUBLES)
def test_what_is_wrong_on_the_ra_host(deployment: Deployment, change: Change, complaint: str) -> None:
    change(deployment)
    assert any(complaint in found for found in texts(deployment.ra_config))


@pytest.fixture(scope="module")
def pristine_scep(tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    """A new deployment whose RA host runs a SCEP server; no test changes it."""
    return created(tmp_path_factory.mktemp("pristine") / "deployment", fronts={"scep"})


def test_a_new_scep_server_has_nothing_wrong(pristine_scep: Deployment) -> None:
    assert not findings(pristine_scep.ra_config, Severity.WRONG)
    assert not findings(pristine_scep.ra_config, Severity.WARNING)
    assert "each device has a challenge password of its own" in texts(pristine_scep.ra_config, Severity.GOOD)


def one_key_for_both(deployment: Deployment) -> None:
    for end in ("p12", "password"):
        (deployment.ra / f"scep.{end}").write_bytes((deployment.ra / f"ra.{end}").read_bytes())


def scep_of_another_ca(deployment: Deployment) -> None:
    other = created(deployment.directory / "other", fronts={"scep"})
    for name in ("scep.p12", "scep.password"):
        (other.ra / name).replace(deployment.ra / name)


def with_tls_and_another_key(deployment: Deployment) -> None:
    with_tls(deployment).key.write_bytes(key_pem(new_key()))


SCEP_TROUBLES: list[tuple[Change, Severity, str]] = [
    (one_key_for_both, Severity.WRONG, "must be another one than that of the RA's submessages"),
    (scep_of_another_ca, Severity.WRONG, "was not issued by the CA that ca_certificates begins with"),
    (
        lambda deployment: (deployment.ra / "scep.p12").chmod(0o644),
        Severity.WRONG,
        "can be read or written by others: chmod 600",
    ),
    (
        lambda deployment: (deployment.ra / "scep.secret").chmod(0o644),
        Severity.WRONG,
        "can be read or written by others: chmod 600",
    ),
    (
        lambda deployment: (deployment.ra / "scep.secret").write_text("a short secret"),
        Severity.WRONG,
        "at least 16 characters are needed",
    ),
    (
        with_tls_and_another_key,
        Severity.WRONG,
        "server.key is not the PEM key, without a password, of the certificate in",
    ),
    (
        lambda deployment: edited(deployment.ra_config, "legacy = false", "legacy = true"),
        Severity.WARNING,
        "SHA-1 and triple DES",
    ),
    (
        lambda deployment: edited(deployment.ra_config, "createOrEditUser = false", "createOrEditUser = true"),
        Severity.WARNING,
        "whoever reaches the server gets a certificate",
    ),
    (
        lambda deployment: edited(
            edited(deployment.ra_config, "createOrEditUser = false", "createOrEditUser = true"),
            '"none"',
            '"easy guess"',
        ),
        Severity.WARNING,
        "shorter than 16 characters",
    ),
]


@pytest.mark.parametrize(("change", "verdict", "complaint"), SCEP_TROUBLES)
def test_what_is_wrong_with_a_scep_server(
    pristine_scep: Deployment, tmp_path: Path, change: Change, verdict: Severity, complaint: str
) -> None:
    own = copied(pristine_scep, tmp_path / "deployment")
    change(own)
    assert any(complaint in found for found in texts(own.ra_config, verdict))


@pytest.mark.parametrize("zone", ["ca", "ra"])
@pytest.mark.parametrize(
    ("days", "complaint"),
    [(730 - 31, None), (730 - 29, "expires soon"), (731, "the certificate expired at"), (-1, "is not valid before")],
)
def test_certificates_that_are_or_will_soon_be_out_of_date(
    pristine: Deployment, zone: str, days: int, complaint: str | None
) -> None:
    now = datetime.now(UTC) + timedelta(days=days)
    found = texts(pristine.directory / zone / "lockgate.toml", now=now)
    assert any(complaint in text_found for text_found in found) if complaint else not found


@pytest.mark.parametrize("key", ["signature.required", "encryption.required"])
def test_lower_requirements_are_warned_of(deployment: Deployment, key: str) -> None:
    edited(deployment.ca_config, f"{key} = true", f"{key} = false")
    (warned,) = texts(deployment.ca_config, Severity.WARNING)
    assert warned.startswith(f"{key} = false")
    assert lockgate("--config", deployment.ca_config, "check").code == 0


def test_old_devices_let_in_are_warned_of(deployment: Deployment) -> None:
    edited(deployment.ca_config, "period = 10", "period = 10\nlegacy_devices = true")
    assert texts(deployment.ca_config, Severity.WARNING) == [
        "legacy_devices = true: SHA-1 and triple DES of old SCEP devices are accepted"
    ]


def test_a_whitelist_with_a_misspelt_name_is_warned_of(deployment: Deployment) -> None:
    edited(deployment.ca_config, 'whitelist = ""', 'whitelist = "PKCS10Request,PKCS01Request"')
    known = ", ".join(REQUEST_TYPES)
    assert texts(deployment.ca_config, Severity.WARNING) == [
        f"whitelist: PKCS01Request is no request type installed here; there are {known}"
    ]


def test_a_database_password_in_a_file_that_others_can_read(deployment: Deployment) -> None:
    (deployment.ra / "db.password").write_text("open sesame")
    (deployment.ra / "db.password").chmod(0o644)
    edited(deployment.ra_config, "sqlite:///../messages/messages.db", "postgresql://ra@127.0.0.1:1/none")
    with deployment.ra_config.open("a") as file:
        file.write('password = { file = "db.password" }\n')
    assert any("db.password can be read or written by others" in found for found in texts(deployment.ra_config))


def test_a_secret_in_a_configuration_that_others_can_read(deployment: Deployment) -> None:
    edited(deployment.ra_config, '{ file = "ra.password" }', f'"{(deployment.ra / "ra.password").read_text().strip()}"')
    assert not texts(deployment.ra_config)
    deployment.ra_config.chmod(0o644)
    assert any("lockgate.toml can be read or written by others" in found for found in texts(deployment.ra_config))


@pytest.mark.parametrize("key", ["insist_signed", "insist_encrypted"])
def test_taking_weaker_answers_is_warned_of(deployment: Deployment, key: str) -> None:
    edited(deployment.ra_config, f"{key} = true", f"{key} = false")
    (warned,) = texts(deployment.ra_config, Severity.WARNING)
    assert warned.startswith(f"{key} = false")


def test_a_certificate_without_the_key_usages_is_refused(deployment: Deployment) -> None:
    """The keystore's key, certified under a profile whose certificates may sign only."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    from lockgate.profiles.certificate_profile import CertificateProfile
    from lockgate.profiles.end_entity_profile import EndEntityProfile
    from lockgate_app.container.ca import CaContainer
    from lockgate_keys.pkcs12 import write_pkcs12

    container = CaContainer(zone=load_ca(deployment.ca_config))
    administration = container.administration()
    signs_only = CertificateProfile(validity_days=365, key_usage=frozenset({"digitalSignature"}))
    administration.put_profile("SIGNS", signs_only)
    administration.put_profile("SERVICE", EndEntityProfile(certificate_profiles=frozenset({"SIGNS"})))
    key = new_key()
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    issued = administration.issue_keystore_certificate(
        "signer", "CN=signer", public, ca_name="ManagementCA", certificate_profile="SIGNS"
    )
    container.engine().dispose()
    path = deployment.ca / "worker.p12"
    path.unlink()
    write_pkcs12(path, key, issued.certificate, (), (deployment.ca / "worker.password").read_text().strip(), "signer")
    assert "the certificate lacks the key usage keyEncipherment (to decrypt)" in texts(deployment.ca_config)


def test_workers_at_odds_are_named(deployment: Deployment) -> None:
    with deployment.ca_config.open("a") as file:
        file.write('\n[workers.second]\nkeystore.path = "worker.p12"\nkeystore.pwd = { file = "worker.password" }\n')
    (found,) = findings(deployment.ca_config, Severity.WRONG)
    assert found.subject == "worker second"
    same = "signature.required, encryption.required and legacy_devices"
    assert found.text == f"does not start: {same} must be those of worker main on the same data source"


def test_an_empty_database_is_cured_by_db_upgrade(deployment: Deployment) -> None:
    (deployment.directory / "messages" / "messages.db").unlink()
    done = lockgate("--config", deployment.ra_config, "check")
    assert done.code == 1
    assert lockgate("--config", deployment.ra_config, "db", "upgrade").code == 0
    assert lockgate("--config", deployment.ra_config, "check").code == 0


@pytest.mark.mariadb
def test_mariadbs_packet_limit_is_compared_with_the_largest_message(
    mariadb_server: Server, deployment: Deployment
) -> None:
    edited(deployment.ra_config, "sqlite:///../messages/messages.db", mariadb_server.fresh_url())
    with deployment.ra_config.open("a") as file:
        file.write(f"max_message_size = {16 * 1024 * 1024}\n")
    assert lockgate("--config", deployment.ra_config, "db", "upgrade").code == 0
    assert any("max_allowed_packet" in found for found in texts(deployment.ra_config))


def test_it_tells_where_pinned_workers_run(deployment: Deployment) -> None:
    edited(deployment.ca_config, "period = 10", 'period = 10\nnodes = ["ca1", "ca2"]')
    edited(deployment.ca_config, "instance =", 'node = "ca1"\ninstance =')
    assert "pinned to ca1, ca2: runs here" in texts(deployment.ca_config, Severity.GOOD)
    assert texts(deployment.ca_config, Severity.WARNING) == []
    edited(deployment.ca_config, 'node = "ca1"', 'node = "ca3"')
    assert "worker main is pinned to ca1, ca2; this node is ca3" in texts(deployment.ca_config, Severity.GOOD)
    assert texts(deployment.ca_config, Severity.WARNING) == ["all are pinned to other nodes than this one, ca3"]


UNHEARD = "ca.issuers.backend.kind: there is no kind unheard; there are: "


class TestRemoteIssuers:
    @pytest.fixture
    def remote(self, deployment: Deployment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RemoteCa]:
        """The CA of the issuer `backend`, whose kind a package has added."""
        package = install(tmp_path / "installed")
        monkeypatch.syspath_prepend(str(package))
        monkeypatch.setenv("PYTHONPATH", str(package), prepend=":")
        with running(tmp_path / "remote.db") as ca:
            configure(deployment, path=str(ca.path), idempotent=True)
            register = ("ca", "register", REMOTE_CA, "--issuer", ISSUER, "--certificate")
            done = lockgate("--config", deployment.ca_config, *register, own_certificate_file(deployment, ca))
            assert done.code == 0, done.err
            yield ca

    def test_what_it_promises_is_said(self, deployment: Deployment, remote: RemoteCa) -> None:
        assert findings(deployment.ca_config, Severity.WRONG) == []
        assert findings(deployment.ca_config, Severity.WARNING) == []
        said = [(one.subject, one.text) for one in findings(deployment.ca_config, Severity.GOOD)]
        assert ("CA ManagementCA", "its certificates are signed in this process") in said
        signs = "the remote issuer backend of the kind double signs its certificates; it can: repeat, be tested"
        assert (f"CA {REMOTE_CA}", signs) in said
        assert [text for subject, text in said if subject == "issuer backend"] == [
            "the kind double is installed, and accepts the options",
            "4 calls at a time, 30 seconds each",
            "after a crash a call is repeated: its CA promises that this has no second effect",
            "it is not called here: `lockgate issuer test backend` asks whether its CA answers",
        ]

    def test_other_promises(self, deployment: Deployment, remote: RemoteCa) -> None:
        configure(deployment, path=str(remote.path), looks_up=True, confirms=True)
        assert findings(deployment.ca_config, Severity.WARNING) == []
        said = texts(deployment.ca_config, Severity.GOOD)
        assert "a certificate counts at its CA only after it was stored here" in said
        assert "after a crash its CA is asked what became of a call, once it can have no effect any more" in said

    def test_an_issuer_that_promises_nothing_is_warned_of(self, deployment: Deployment, remote: RemoteCa) -> None:
        configure(deployment, path=str(remote.path))
        (found,) = findings(deployment.ca_config, Severity.WARNING)
        assert found.subject == "issuer backend"
        assert found.text.endswith("after a crash an operator has to find out what its CA has done")

    @pytest.mark.parametrize(
        ("kind", "options", "complaint"),
        [
            (
                "unheard",
                {},
                f"{UNHEARD}broken, cmp, command, double, mute",
            ),
            ("broken", {}, "entry point remote_double:absent: cannot be loaded: AttributeError"),
            ("double", {}, "ca.issuers.backend.options: 'path'"),
        ],
    )
    def test_an_issuer_that_cannot_be_made(
        self, deployment: Deployment, remote: RemoteCa, kind: str, options: dict[str, object], complaint: str
    ) -> None:
        configure(deployment, kind, **options)
        assert [(one.subject, one.text) for one in findings(deployment.ca_config, Severity.WRONG)] == [
            ("issuer backend", complaint)
        ]

    def test_a_ca_without_its_issuer(self, deployment: Deployment, remote: RemoteCa) -> None:
        edited(deployment.ca_config, "[ca.issuers.backend", "[ca.issuers.renamed")
        (found,) = findings(deployment.ca_config, Severity.WRONG)
        assert found.subject == f"CA {REMOTE_CA}"
        assert "there is no [ca.issuers.backend]" in found.text

    def test_an_operation_in_doubt_is_named_with_the_command(
        self, deployment: Deployment, remote: RemoteCa, csr: Path
    ) -> None:
        allowed = lockgate("--config", deployment.ca_config, "role", "edit", "RA", "--add-rule", f"/ca/{REMOTE_CA}")
        assert allowed.code == 0, allowed.err
        remote.behave(wrong=Wrong.SUBJECT)
        request(deployment, csr, "alice", "--wait", 0, ca=REMOTE_CA)
        assert work(deployment).code == 0
        (found,) = findings(deployment.ca_config, Severity.WARNING)
        listed = lockgate("--config", deployment.ca_config, "operation", "list", "--json")
        (operation,) = json.loads(listed.out)["operations"]
        assert found.subject == "issuer backend"
        assert f"operation {operation['id']} (to issue for the end entity 'alice') is in doubt" in found.text
        assert f"`lockgate operation settle {operation['id']}`" in found.text


class TestIssuerByCommand:
    @pytest.fixture
    def program(self, deployment: Deployment) -> Path:
        path = deployment.directory / "programs" / "sign"
        path.parent.mkdir(0o755)
        path.write_text("#!/bin/sh\nexit 1\n")
        path.chmod(0o755)
        return path

    def test_what_it_promises_is_said(self, deployment: Deployment, program: Path) -> None:
        configure(deployment, "command", program=str(program), promises=["looks_up"])
        assert findings(deployment.ca_config, Severity.WRONG) == []
        assert findings(deployment.ca_config, Severity.WARNING) == []
        said = [one.text for one in findings(deployment.ca_config, Severity.GOOD) if one.subject == "issuer backend"]
        assert said == [
            "the kind command is installed, and accepts the options",
            "4 calls at a time, 35 seconds each",
            "its CA may answer later",
            "after a crash its CA is asked what became of a call, once it can have no effect any more",
            "it is not called here: `lockgate issuer test backend` asks whether its CA answers",
        ]

    def test_one_that_promises_nothing_is_warned_of(self, deployment: Deployment, program: Path) -> None:
        configure(deployment, "command", program=str(program))
        (text,) = texts(deployment.ca_config, Severity.WARNING)
        assert text.endswith("after a crash an operator has to find out what its CA has done")

    def test_a_program_that_others_may_change(self, deployment: Deployment, program: Path) -> None:
        configure(deployment, "command", program=str(program))
        program.chmod(0o777)
        (found,) = findings(deployment.ca_config, Severity.WRONG)
        assert found.subject == "issuer backend"
        assert f"ca.issuers.backend.options: program: {program}: others may write there" in found.text
