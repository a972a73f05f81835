"""The properties files of the External RA become valid settings, and each of their keys is accounted for."""

import stat
from pathlib import Path

import pytest

from lockgate.errors import ConfigurationError
from lockgate_app.deployment import Deployment
from lockgate_app.migration import Fate, Migration, migrate
from lockgate_app.migration.outcomes import DEFAULT_PASSWORDS
from lockgate_app.migration.properties import read_properties
from lockgate_app.migration.rules import RULES, rule_of
from lockgate_app.settings import load_ca, load_ra
from tests.support.external_ra import CA_FILES, FILES

SECRETS = {"zW4-one-\u00fcser", "zW4-all-devices", "zW4-scep-user", "zW4-of-a-keystore"}

SOURCE = '[data_sources.RAMessage1DS]\nurl = "postgresql://new@db/messages"\n'
"""Of a new deployment."""


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("imported") / "there"


@pytest.fixture(scope="module")
def done(output: Path) -> Migration:
    return migrate(FILES, output)


def fates(done: Migration, key: str) -> list[tuple[Fate, str]]:
    return [(each.fate, each.text) for each in done.outcomes if each.key == key]


def only(done: Migration, key: str) -> tuple[Fate, str]:
    (found,) = fates(done, key)
    return found


def of(folder: Path, **contents: str) -> list[Path]:
    """Properties files."""
    for name, content in contents.items():
        (folder / f"{name}.properties").write_text(content)
    return [folder / f"{name}.properties" for name in contents]


def test_the_samples_hold_every_key_of_the_table() -> None:
    found = {known[0].key for path in FILES for each in read_properties(path) if (known := rule_of(each.key))}
    assert found == {rule.key for rule in RULES}


def test_every_key_has_exactly_one_outcome(done: Migration) -> None:
    keys = [(f"{each.file}, line {each.line}", each.key) for path in FILES for each in read_properties(path)]
    assert [(each.place, each.key) for each in done.outcomes if each.place] == keys
    assert only(done, "scep.ra.unheard")[0] is Fate.TO_DO
    assert all(each.text for each in done.outcomes)


def test_the_ca_hosts_settings(output: Path, done: Migration) -> None:
    zone = load_ca(output / "ca/lockgate.toml")
    assert list(zone.data_sources) == ["RAMessage1DS", "RAMessage2DS", "RAMessage3DS"]
    first, second, _ = zone.data_sources.values()
    assert first.url == "mariadb://lockgate@messages.example:3307/messages"
    assert first.password is not None
    assert first.password.reveal() == "zW4-one-\u00fcser"
    assert "host=db2.example%3A5433" in second.url
    site, office = zone.workers["site"], zone.workers["office"]
    assert site.requirements == (True, False)
    assert site.accepted_types == {"PKCS10Request", "CMPRequest"}
    assert (office.data_source, office.ra_issuer, office.requirements) == ("RAMessage2DS", "Other CA", (False, False))
    assert site.keystore_path != office.keystore_path
    assert fates(done, "externalra-caservice.raissuer")[0][0] is Fate.UNNEEDED  # said again below


def test_the_ra_hosts_settings(output: Path, done: Migration) -> None:
    zone = load_ra(output / "ra/lockgate.toml")
    assert zone.instance == load_ca(output / "ca/lockgate.toml").instance
    assert zone.ra.data_source == "RAMessage1DS"
    assert zone.data_source.url == "mariadb://scep@messages.example:3307/messages"
    assert zone.scep is not None
    assert zone.scep.shared_challenge is not None
    assert zone.scep.shared_challenge.reveal() == "zW4-all-devices"
    assert (zone.scep.parameters, zone.scep.prefix, zone.scep.postfix) == ("UID;SN;CN", "site-", "-${RANDOM}")
    assert (zone.scep.certificate_profile, zone.scep.end_entity_profile) == ("DEVICE", "DEVICES")
    assert (zone.scep.default_ca, zone.scep.create_or_edit_user) == ("Device CA", True)
    assert zone.scep.ca_mapping == {"CN=Device CA,O=Example,C=SE": "DeviceCA"}
    assert len(zone.scep.secret.reveal()) >= 16
    assert zone.cmp is not None
    assert (zone.cmp.host, zone.cmp.port) == ("127.0.0.1", 8090)
    assert (zone.ra.insist_signed, zone.ra.insist_encrypted) == (True, True)
    lacking = only(done, "[workers.site] whitelist")
    assert (lacking[0], "RenewalRequest" in lacking[1], "PKCS10Request" in lacking[1]) == (Fate.TO_DO, True, False)


def test_passwords_stand_in_files_of_their_own_and_nowhere_else(output: Path, done: Migration) -> None:
    written = {path: path.read_text() for path in output.rglob("*") if path.is_file()}
    assert set(written) == set(done.files)
    assert {text.rstrip("\n") for path, text in written.items() if path.suffix == ".password"} == {
        "zW4-one-\u00fcser", "zW4-all-devices", "zW4-scep-user",
    }  # fmt: skip
    assert {stat.S_IMODE(path.stat().st_mode) for path in written} == {0o600}
    shown = repr(done) + "".join(text for path, text in written.items() if path.suffix == ".toml")
    assert not [secret for secret in SECRETS if secret in shown]


def test_default_passwords_are_refused_by_name(output: Path, done: Migration) -> None:
    refused = [*fates(done, "externalra-caservice.keystore.pwd"), only(done, "scep.ra.keyStorePassword.1")]
    assert [(fate, "foo123 is a default password" in text) for fate, text in refused] == [
        (Fate.UNNEEDED, False), (Fate.TO_DO, True), (Fate.TO_DO, True),
    ]  # fmt: skip
    assert only(done, "externalra.source-2.password")[0] is Fate.TO_DO
    assert not DEFAULT_PASSWORDS & {path.read_text().strip() for path in done.files}
    assert only(done, "ca/RAMessage2DS.password")[0] is Fate.TO_DO
    source = load_ca(output / "ca/lockgate.toml").data_sources["RAMessage2DS"]
    with pytest.raises(ConfigurationError, match=r"RAMessage2DS\.password"):
        assert source.password is None or source.password.reveal()


@pytest.mark.parametrize("password", sorted(DEFAULT_PASSWORDS | {""}))
@pytest.mark.parametrize(
    "place", ["externalra.source-1.jdbc-url=jdbc:mysql://db/m?user=x&password=", "scep.ra.authPwd="]
)
def test_no_default_password_is_written(tmp_path: Path, place: str, password: str) -> None:
    files = of(tmp_path, one=f"scep.ra.createOrEditUser=true\n{place}{password}\n")
    done = migrate(files, tmp_path / "out")
    assert only(done, place.partition("=")[0])[0] is Fate.TO_DO
    assert {path.name for path in done.files} == {"lockgate.toml", "scep.secret"}


def test_a_challenge_password_that_was_refused_is_not_switched_off(tmp_path: Path) -> None:
    migrate(of(tmp_path, one="scep.ra.createOrEditUser=true\nscep.ra.authPwd=foo123\n"), tmp_path / "out")
    scep = load_ra(tmp_path / "out/ra/lockgate.toml").scep
    assert scep is not None
    assert scep.shared_challenge is not None


def test_false_is_taken_over_with_the_warning_of_check(done: Migration) -> None:
    fate, text = only(done, "externalra-caservice.encryption.required")
    assert fate is Fate.TAKEN
    assert "warning: an owner of the message database can read requests and answers" in text


@pytest.mark.parametrize(("value", "strict"), [("false", False), ("true", True), ("False", True), ("off", True)])
def test_only_false_is_false(tmp_path: Path, value: str, strict: bool) -> None:
    migrate(of(tmp_path, one=f"externalra-caservice.signature.required={value}"), tmp_path / "out")
    assert load_ca(tmp_path / "out/ca/lockgate.toml").workers["one"].signature_required is strict


def test_the_originals_defaults_are_written_out_and_told(tmp_path: Path) -> None:
    files = of(tmp_path, one="externalra-caservice.whitelist=\n", two="scep.ra.authPwd=none\n")
    done = migrate(files, tmp_path / "out")
    worker = load_ca(tmp_path / "out/ca/lockgate.toml").workers["one"]
    assert (worker.data_source, worker.requirements, worker.ra_issuer) == (
        "RAMessage1DS",
        (False, False),
        "ManagementCA",
    )
    scep = load_ra(tmp_path / "out/ra/lockgate.toml").scep
    assert scep is not None
    assert (scep.create_or_edit_user, scep.shared_challenge, scep.scheme) == (False, None, "DN")
    for key in ("[workers.one] encryption.required", "[workers.one] signature.required", "[scep] defaultCA"):
        assert only(done, key)


def test_a_later_key_counts_in_another_file_too(tmp_path: Path) -> None:
    files = of(tmp_path, one="scep.ra.entityProfile=A\n", two="scep.ra.entityProfile=B\nscep.ra.entityProfile=C\n")
    done = migrate(files, tmp_path / "out")
    told = [fate for fate, _ in fates(done, "scep.ra.entityProfile")]
    assert told == [Fate.UNNEEDED, Fate.UNNEEDED, Fate.TAKEN]
    assert f"{files[1]}, line 2 says it again" in fates(done, "scep.ra.entityProfile")[0][1]
    scep = load_ra(tmp_path / "out/ra/lockgate.toml").scep
    assert scep is not None
    assert scep.end_entity_profile == "C"


def test_two_data_sources_that_are_one_database_become_one(tmp_path: Path) -> None:
    content = "".join(f"externalra.source-{n}.jdbc-url=jdbc:mysql://db/messages\n" for n in (1, 2))
    files = of(tmp_path, a=content, b="externalra-caservice.persistenceunit=RAMessage2DS\n")
    done = migrate(files, tmp_path / "out")
    zone = load_ca(tmp_path / "out/ca/lockgate.toml")
    assert (list(zone.data_sources), zone.workers["b"].data_source) == (["RAMessage1DS"], "RAMessage1DS")
    assert only(done, "[data_sources.RAMessage2DS]")[0] is Fate.UNNEEDED


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("externalra-caservice.persistenceunit=java:/x", "no name of a data source"),
        ("externalra-caservice.whitelist=MyRequest", "no such request type is installed: MyRequest"),
        ("externalra-caservice.raissuer=Other CA", "a CA of this name must be here"),
        ("externalra.source-1.jdbc-url=jdbc:h2:mem", "h2 keeps no messages here"),
        ("scep.ra.keyStorePath.2=x", "several SCEP servers"),
        ("scep.ra.namegenerationscheme=BEST", "there is no scheme"),
        ("scep.ra.namegenerationparameters=NOSUCH", "no attribute of a name"),
        ("not\\=a\\=name=CA", "no name that can be read"),
        ("cmp.backend.protocol=HTTP", "needs a worker on the message database"),
        ("proxyPort=70000", "no number of a port"),
        ("proxyPort=" + "9" * 5000, "no number of a port"),
    ],
)
def test_what_cannot_be_taken_over_is_left_to_a_person_and_the_settings_are_valid(
    tmp_path: Path, line: str, says: str
) -> None:
    files = of(tmp_path, one=f"{line}\ncmp.backend.http.url=x\n")
    done = migrate(files, tmp_path / "out")
    outcome = next(each for each in done.outcomes if each.place.endswith("line 1"))
    assert (outcome.fate, says in outcome.text) == (Fate.TO_DO, True), outcome
    assert load_ra(tmp_path / "out/ra/lockgate.toml")


def test_files_that_are_there_stay(tmp_path: Path) -> None:
    there = tmp_path / "ra/scep.secret"
    there.parent.mkdir()
    there.write_text("kept")
    with pytest.raises(ConfigurationError, match=r"scep\.secret: exists already"):
        migrate(FILES, tmp_path)
    assert there.read_text() == "kept"
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [there]


def test_a_deployment_gives_its_instance_its_ca_and_its_files(tmp_path: Path) -> None:
    made = Deployment(tmp_path / "made")
    for folder, names in (
        (made.ca, ["worker.p12", "worker.password", "key-encryption.secret"]),
        (made.ra, ["scep.secret"]),
    ):
        folder.mkdir(parents=True)
        for name in names:
            (folder / name).touch()
    ca = '[ca]\nkey_encryption_secret = { env = "X" }\nkeep_journal = 7\n[ca.database]\nurl = "postgresql://ca@db/ca"\n'
    made.ca_config.write_text(f'instance = "lockgate-1"\n{ca}[approvals]\nvalidity = 600\n{SOURCE}')
    made.ra_config.write_text(f'instance = "lockgate-1"\n[ra]\n[cmp]\naliases = ["factory"]\n{SOURCE}')
    done = migrate(FILES, tmp_path / "out", made)
    zone = load_ca(tmp_path / "out/ca/lockgate.toml")
    assert (zone.instance, zone.ca.database.url, zone.ca.keep_journal) == ("lockgate-1", "postgresql://ca@db/ca", 7)
    assert zone.approvals.validity == 600
    urls = [source.url for source in zone.data_sources.values()]
    assert urls[0] == load_ra(tmp_path / "out/ra/lockgate.toml").data_source.url == "postgresql://new@db/messages"
    assert "db1.example" in urls[1]
    for key in ("externalra.source-1.jdbc-url", "externalra.source-1.password", "scep.ra.datasource.password"):
        assert only(done, key) == (Fate.UNNEEDED, "the message database of the deployment takes its place")
    assert "RAMessage1DS.password" not in {path.name for path in done.files}
    assert only(done, "[data_sources.RAMessage2DS] url")[0] is Fate.TO_DO
    proxy = load_ra(tmp_path / "out/ra/lockgate.toml").cmp
    assert proxy is not None
    assert (proxy.aliases, proxy.port) == (["factory"], 8090)
    assert not {"[ca]", "ca/worker.p12", "ca/key-encryption.secret"} & {each.key for each in done.outcomes}
    assert fates(done, "ca/worker-site.p12")
    assert "scep.secret" not in {path.name for path in done.files}
    with pytest.raises(ConfigurationError, match="lockgate init has made"):
        migrate(FILES, tmp_path / "other", Deployment(tmp_path / "nowhere"))


def test_a_host_without_keys_gets_no_file(tmp_path: Path) -> None:
    done = migrate(CA_FILES, tmp_path / "ca-only")
    assert {path.parent.name for path in done.files} == {"ca"}
    with pytest.raises(ConfigurationError, match="no key of these files"):
        migrate(of(tmp_path, other="colour=blue\n"), tmp_path / "none")


def test_hostile_keys_and_values_stay_text(tmp_path: Path) -> None:
    lines = [
        "CN\\=x\\u0022]\\n[ra],O\\=y=CA\\u0022\\n\\u0007",
        "x\\u001b[31m\\n[ca]=1",
        'scep.ra.defaultCA=a"\\n[cmp]\\u0000',
    ]
    migrate(of(tmp_path, one="\n".join(lines)), tmp_path / "out")
    text = (tmp_path / "out/ra/lockgate.toml").read_text()
    scep = load_ra(tmp_path / "out/ra/lockgate.toml").scep
    assert scep is not None
    assert scep.default_ca == 'a"\n[cmp]\0'
    assert all(line.isprintable() for line in text.splitlines())
