"""`lockgate init`: two folders, each complete, the RA's without anything secret of the CA's."""

import stat
import tomllib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from string import Template

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import pkcs12
from sqlalchemy import make_url

from lockgate.enrolment.protocol import EnrolmentProtocol
from lockgate.errors import ConfigurationError
from lockgate.rights.authorization import Member, Role
from lockgate_app.container.ca import CaContainer
from lockgate_app.deployment import CA_NAME, RA_ROLE_RULES, Deployment, create
from lockgate_app.fronts import FRONTS, Front
from lockgate_app.settings import load_ca, load_ra
from tests.integration.app.commands import lockgate
from tests.support.databases.servers import SERVER_NAME, Server


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def secrets_of(folder: Path) -> list[bytes]:
    return [path.read_bytes().strip() for path in files(folder) if path.suffix in {".password", ".secret"}]


def keystore(folder: Path, name: str) -> pkcs12.PKCS12KeyAndCertificates:
    password = (folder / f"{name}.password").read_bytes().strip()
    return pkcs12.load_pkcs12((folder / f"{name}.p12").read_bytes(), password)


def test_the_ra_folder_holds_nothing_secret_of_the_cas(pristine: Deployment) -> None:
    theirs = secrets_of(pristine.ca)
    assert len(theirs) == 3
    for path in files(pristine.ra):
        octets = path.read_bytes()
        assert not any(secret in octets for secret in theirs), path
    assert keystore(pristine.ca, "worker").key != keystore(pristine.ra, "ra").key
    assert {path.name for path in files(pristine.ra)} == {
        "lockgate.toml", "ra.p12", "ra.password", "worker.pem", "ManagementCA.pem",
    }  # fmt: skip


def test_every_secret_is_random_and_private(pristine: Deployment, tmp_path: Path) -> None:
    assert lockgate("init", tmp_path / "other").code == 0
    secrets = [*secrets_of(pristine.directory), *secrets_of(tmp_path / "other")]
    assert len(set(secrets)) == len(secrets) == 8
    for path in files(pristine.directory):
        if path.suffix != ".pem":
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_each_installation_has_a_name_of_its_own_that_both_sides_know(pristine: Deployment, tmp_path: Path) -> None:
    assert lockgate("init", tmp_path / "other").code == 0
    assert load_ca(pristine.ca_config).instance == load_ra(pristine.ra_config).instance
    assert load_ca(pristine.ca_config).instance != load_ca(tmp_path / "other/ca/lockgate.toml").instance


def test_signatures_and_encryption_are_required(pristine: Deployment) -> None:
    (worker,) = load_ca(pristine.ca_config).workers.values()
    assert worker.requirements == (True, True)
    text = pristine.ca_config.read_text()
    assert "signature.required = true" in text
    assert "encryption.required = true" in text
    assert load_ra(pristine.ra_config).ra.insist_signed
    assert load_ra(pristine.ra_config).ra.insist_encrypted


def test_the_ra_pins_the_workers_certificate(pristine: Deployment) -> None:
    pinned = x509.load_pem_x509_certificate((pristine.ra / "worker.pem").read_bytes())
    own = keystore(pristine.ca, "worker").cert
    assert own is not None
    assert own.certificate == pinned


def roles_of(deployment: Deployment) -> Sequence[Role]:
    container = CaContainer(zone=load_ca(deployment.ca_config))
    roles = container.administration().roles()
    container.engine().dispose()
    return roles


def test_the_ra_has_just_the_rights_that_it_needs(pristine: Deployment) -> None:
    own = keystore(pristine.ra, "ra").cert
    assert own is not None
    fingerprint = own.certificate.fingerprint(hashes.SHA256()).hex()
    roles = roles_of(pristine)
    assert roles == [Role("RA", RA_ROLE_RULES, frozenset({Member(fingerprint=fingerprint)}))]
    assert " ".join(sorted(RA_ROLE_RULES)) == (
        "/action/create /action/edit /action/ownrenewal /action/revocation /action/view"
        " /administrator /ca/ManagementCA /endentityprofile/EMPTY"
    )


def test_a_scep_ra_has_no_right_to_add_or_change_anything(tmp_path: Path) -> None:
    done = lockgate("init", tmp_path / "scep", "--scep")
    assert done.code == 0, done.err
    own = Deployment(tmp_path / "scep")
    (role,) = roles_of(own)
    assert " ".join(sorted(role.rules)) == (
        "/action/ownrenewal /action/view /administrator /ca/ManagementCA /endentityprofile/EMPTY"
    )
    worker = load_ca(own.ca_config).workers["main"]
    types = "PKCS10Request,RenewalRequest,GetCertRequest,GetCRLRequest,GetNextCACertRequest"
    assert (worker.whitelist, worker.max_per_hour) == (types, 1000)
    scep, ra = (keystore(own.ra, name).cert for name in ("scep", "ra"))
    assert scep is not None
    assert ra is not None
    assert scep.certificate.public_key() != ra.certificate.public_key()
    fingerprint = ra.certificate.fingerprint(hashes.SHA256()).hex()
    assert role.members == frozenset({Member(fingerprint=fingerprint)})


def test_a_cmp_ra_delivers_for_one_alias_renews_itself_and_does_nothing_else(tmp_path: Path) -> None:
    done = lockgate("init", tmp_path / "cmp", "--cmp")
    assert done.code == 0, done.err
    own = Deployment(tmp_path / "cmp")
    (role,) = roles_of(own)
    assert " ".join(sorted(role.rules)) == "/action/deliver /action/ownrenewal /administrator /cmp/cmp"
    zone = load_ca(own.ca_config)
    worker = zone.workers["main"]
    assert (worker.whitelist, worker.max_per_hour) == ("CMPRequest,RenewalRequest", 10_000)
    assert zone.cmp is not None
    assert list(zone.cmp.alias) == ["cmp"]
    assert zone.cmp.direct is None
    assert keystore(own.ca, "cmp").cert is not None
    assert not list(own.ra.glob("cmp*")), "the proxy holds no key of CMP"


def test_an_ra_with_an_enrolment_page_has_a_secret_for_it_and_no_further_key(tmp_path: Path) -> None:
    done = lockgate("init", tmp_path / "web", "--web")
    assert done.code == 0, done.err
    own = Deployment(tmp_path / "web")
    (role,) = roles_of(own)
    assert " ".join(sorted(role.rules)) == (
        "/action/ownrenewal /action/view /administrator /ca/ManagementCA /endentityprofile/EMPTY"
    )
    worker = load_ca(own.ca_config).workers["main"]
    types = "CertificateRequestRequest,KeyStoreRetrievalRequest,RenewalRequest"
    assert (worker.whitelist, worker.max_per_hour) == (types, 1000)
    assert [path.name for path in own.ra.glob("web*")] == ["web.secret"]
    assert (own.ra / "web.secret").stat().st_mode & 0o777 == 0o600


def test_fronts_of_one_host_listen_on_ports_of_their_own(tmp_path: Path) -> None:
    own = create(tmp_path / "both", fronts={"cmp", "scep"})
    settings = tomllib.loads(own.ra_config.read_text())
    assert (settings["scep"]["port"], settings["cmp"]["port"]) == (8080, 8081)
    (role,) = roles_of(own)
    assert role.rules >= {"/action/deliver", "/cmp/cmp", "/action/view", "/ca/ManagementCA"}
    worker = load_ca(own.ca_config).workers["main"]
    assert worker.whitelist.endswith("GetNextCACertRequest,CMPRequest")
    assert worker.max_per_hour == 10_000, "the larger of the two"


def test_a_second_front_is_one_row_of_the_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    second = Front(
        protocol=EnrolmentProtocol("second", 77),
        name="second",
        request_types=("PKCS10Request", "EditUserRequest"),
        role_rules=frozenset({"/action/edit"}),
        max_per_hour=500,
        settings=Template('[second]\ndefaultCA = "$ca_name"\n'),
    )
    monkeypatch.setattr("lockgate_app.deployment.FRONTS", {**FRONTS, second.key: second})
    own = create(tmp_path / "both", fronts={"second", "scep"})
    (role,) = roles_of(own)
    assert " ".join(sorted(role.rules)) == (
        "/action/edit /action/ownrenewal /action/view /administrator /ca/ManagementCA /endentityprofile/EMPTY"
    )
    worker = load_ca(own.ca_config).workers["main"]
    types = "PKCS10Request,RenewalRequest,GetCertRequest,GetCRLRequest,GetNextCACertRequest,EditUserRequest"
    assert (worker.whitelist, worker.max_per_hour) == (types, 1000)
    settings = tomllib.loads(own.ra_config.read_text())
    assert (settings["scep"]["defaultCA"], settings["second"]["defaultCA"]) == (CA_NAME, CA_NAME)
    for name in ("scep", "second"):
        assert keystore(own.ra, name).cert is not None
        assert (own.ra / f"{name}.secret").stat().st_mode & 0o777 == 0o600


def test_a_front_that_nobody_knows_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="unknown"):
        create(tmp_path / "none", fronts={"unknown"})
    assert not (tmp_path / "none").exists()


def test_a_deployment_that_exists_stays_as_it_is(deployment: Deployment) -> None:
    before = {path: path.read_bytes() for path in files(deployment.directory)}
    done = lockgate("init", deployment.directory)
    assert done.code == 2
    assert "there is a deployment already, and it stays as it is" in done.err
    assert {path: path.read_bytes() for path in files(deployment.directory)} == before


def test_the_database_of_another_ca_stays_as_it_is(deployment: Deployment, tmp_path: Path) -> None:
    url = f"sqlite:///{deployment.ca / 'ca.db'}"
    before = (deployment.ca / "ca.db").read_bytes()
    done = lockgate("init", tmp_path / "other", "--ca-db", url)
    assert done.code == 2
    assert "the CA's database holds a CA installation already; it stays as it is" in done.err
    assert (deployment.ca / "ca.db").read_bytes() == before
    assert list((tmp_path / "other").iterdir()) == []


def test_a_failure_leaves_nothing_behind(tmp_path: Path) -> None:
    done = lockgate("init", tmp_path / "here", "--message-db", "postgresql://nobody@127.0.0.1:1/none")
    assert done.code == 2
    assert "data source RAMessage1DS: the database is not available" in done.err
    assert list((tmp_path / "here").iterdir()) == []


def test_what_it_cannot_read_is_named(tmp_path: Path) -> None:
    for option, value, complaint in (
        ("--ca-db", "nonsense", "--ca-db: the URL of the database cannot be read"),
        ("--message-db", "nonsense", "--message-db: the URL of the database cannot be read"),
        ("--tls-ca", tmp_path / "none.pem", "none.pem: cannot be read"),
    ):
        done = lockgate("init", tmp_path / "here", option, value)
        assert (done.code, complaint in done.err) == (2, True)


def test_a_server_elsewhere_without_tls_is_refused(tmp_path: Path) -> None:
    done = lockgate("init", tmp_path / "here", "--message-db", "postgresql://ra@db.example/messages")
    assert done.code == 2
    assert "crosses a network" in done.err


@pytest.mark.parametrize("option", ["--message-db", "--ca-db"])
@pytest.mark.parametrize(
    ("port", "complaint"),
    [("5432", "leave it out, and name a file that holds it with {}-password-file"), ("x", "cannot be read")],
)
def test_a_password_in_a_url_is_refused_and_not_shown(option: str, port: str, complaint: str, tmp_path: Path) -> None:
    done = lockgate("init", tmp_path / "here", option, f"postgresql://ra:geheim-4711@127.0.0.1:{port}/db")
    assert done.code == 2
    assert complaint.format(option) in done.err
    assert "geheim" not in done.err
    assert list((tmp_path / "here").iterdir()) == []


def test_a_password_for_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("geheim-4711")
    done = lockgate("init", tmp_path / "here", "--ca-db-password-file", tmp_path / "password")
    assert done.code == 2
    assert "--ca-db-password-file: an SQLite database has no password" in done.err


@pytest.mark.postgresql
def test_passwords_go_to_private_files_and_the_servers_ca_to_both_sides(
    postgresql_server: Server, tmp_path: Path
) -> None:
    plain = make_url(postgresql_server.fresh_url())
    url = plain.set(username="guarded", host=SERVER_NAME).render_as_string()
    password = tmp_path / "given.password"
    password.write_text(f"{postgresql_server.password}\n")
    identity, bundle = postgresql_server.identity, tmp_path / "bundle.pem"
    bundle.write_bytes(identity.other_ca.read_bytes() + identity.ca.read_bytes())
    done = lockgate(
        "init", tmp_path / "here", "--message-db", url, "--message-db-password-file", password, "--tls-ca", bundle
    )
    assert done.code == 0, done.err
    for zone in ("ca", "ra"):
        folder = tmp_path / "here" / zone
        assert postgresql_server.password not in (folder / "lockgate.toml").read_text()
        assert "guarded@" in (folder / "lockgate.toml").read_text()
        kept = folder / "message-database.password"
        assert kept.read_text().strip() == postgresql_server.password
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
        checked = lockgate("--config", folder / "lockgate.toml", "check")
        assert checked.code == 0, checked.out
        assert "over TLS" in checked.out


def test_of_two_at_once_in_one_place_one_is_refused(tmp_path: Path) -> None:
    place = tmp_path / "deployment"
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda _: lockgate("init", place), range(2)))
    refused, made = sorted(done, key=lambda outcome: outcome.code == 0)
    assert made.code == 0, made.err
    assert refused.code == 2
    assert "another process is making a deployment" in refused.err or "there is a deployment already" in refused.err
    assert lockgate("--config", place / "ca" / "lockgate.toml", "check").code == 0
