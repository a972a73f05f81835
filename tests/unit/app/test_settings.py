"""The two kinds of `lockgate.toml`: what is accepted, and what an error says."""

import socket
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from lockgate.errors import ConfigurationError
from lockgate_app.settings import (
    CaZone,
    RaZone,
    Secret,
    load,
    load_ca,
    load_ra,
)

CA = """instance = "ca-1"

[ca]
key_encryption_secret = "a secret of the CA"

[ca.database]
url = "sqlite:///ca.db"

[data_sources.RAMessage1DS]
url = "sqlite:///../messages/messages.db"
"""
RA = """instance = "ca-1"

[ra]
keystore_path = "ra.p12"
keystore_password = { file = "ra.password" }
worker_certificates = ["worker.pem"]
ca_certificates = ["ManagementCA.pem"]
outbox = "outbox"

[data_sources.RAMessage1DS]
url = "sqlite:///messages.db"
"""


SCEP = (
    RA
    + """
[scep]
keyStorePath = "scep.p12"
keyStorePassword = "a password of the keystore"
authPwd = "a challenge password"
certificateProfile = "ENDUSER"
entityProfile = "EMPTY"
defaultCA = "DeviceCA"
ca_certificates = ["DeviceCA.pem"]
secret = "a secret of the servers"
"""
)


Writer = Callable[[str], Path]


@pytest.fixture
def written(tmp_path: Path) -> Writer:
    def write(text: str) -> Path:
        path = tmp_path / "zone" / "lockgate.toml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return path

    return write


def error_of(path: Path) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load(path)
    return str(caught.value)


def worker(text: str) -> str:
    return f"{CA}\n[workers.main]\n{text}\n"


class TestDefaults:
    """What the External RA page says holds where a key is left out."""

    def test_every_worker_property(self, written: Writer) -> None:
        settings = load_ca(written(worker(""))).workers["main"]
        assert settings.data_source == "RAMessage1DS"
        assert not settings.encryption_required
        assert not settings.signature_required
        assert settings.keystore_path.parts[-2:] == ("keystore", "extrakeystore.p12")
        assert settings.ra_issuer == "ManagementCA"
        assert settings.accepted_types == frozenset()
        assert settings.period == 10
        assert settings.active

    def test_the_keystore_password_has_none(self, written: Writer) -> None:
        assert "keystore.pwd is missing; it has no default" in error_of(written(worker("signature.required = true")))
        assert "keystore.pwd is missing" in error_of(written(worker("encryption.required = true")))

    def test_no_keystore_is_needed_where_nothing_is_signed_or_encrypted(self, written: Writer) -> None:
        assert not load_ca(written(worker(""))).workers["main"].uses_keystore

    def test_message_size(self, written: Writer) -> None:
        source = load_ca(written(CA)).data_sources["RAMessage1DS"]
        assert source.max_message_size == 4 * 1024 * 1024
        assert (source.pool_min, source.pool_max, source.prefill, source.prepared_statements) == (5, 150, True, 50)


class TestWorkerProperties:
    @pytest.mark.parametrize("prefix", ["", "externalra-caservice."])
    def test_documented_names_with_and_without_the_historic_prefix(self, written: Writer, prefix: str) -> None:
        properties = {
            "persistenceunit": '"RAMessage1DS"',
            "encryption.required": "true",
            "signature.required": "true",
            "keystore.path": '"worker.p12"',
            "keystore.pwd": '"secret of the keystore"',
            "raissuer": '"OtherCA"',
            "whitelist": '"PKCS10Request, org.ejbca.extra.db.EditUserRequest"',
            "period": "5",
        }
        path = written(worker("\n".join(f"{prefix}{name} = {value}" for name, value in properties.items())))
        settings = load_ca(path).workers["main"]
        assert settings.requirements == (True, True)
        assert settings.keystore_path == path.parent / "worker.p12"
        assert settings.keystore_password is not None
        assert settings.keystore_password.reveal() == "secret of the keystore"
        assert settings.ra_issuer == "OtherCA"
        assert settings.accepted_types == {"PKCS10Request", "EditUserRequest"}
        assert settings.period == 5

    @pytest.mark.parametrize(
        ("first", "second"),
        [
            ("encryption.required = true", "externalra-caservice.encryption.required = true"),
            ("period = 10", '"externalra-caservice.period" = 10'),
            ("encryption.required = false", '"encryption.required" = true'),
        ],
    )
    def test_the_same_key_twice_is_an_error(self, written: Writer, first: str, second: str) -> None:
        assert "is there twice" in error_of(written(worker(f"{first}\n{second}")))

    def test_a_period_below_five_seconds_is_refused_naming_key_and_line(self, written: Writer) -> None:
        message = error_of(written(worker("active = true\nperiod = 4")))
        assert message.endswith("lockgate.toml, line 14: workers.main.period: must be at least 5")

    def test_the_line_is_found_under_the_historic_prefix_too(self, written: Writer) -> None:
        message = error_of(written(worker('active = true\nexternalra-caservice.signature.required = "yes"')))
        assert message.endswith("line 14: workers.main.signature.required: must be true or false")

    def test_unknown_keys_are_refused_with_a_suggestion(self, written: Writer) -> None:
        assert error_of(written(worker("perod = 10"))).endswith("perod: unknown key; did you mean period?")
        assert error_of(written("bogus = 1\n" + worker(""))).endswith("bogus: unknown key")  # `hours` is not alike

    def test_an_unknown_data_source_is_named(self, written: Writer) -> None:
        assert "worker main: there is no [data_sources.Other]" in error_of(written(worker('persistenceunit = "Other"')))

    @pytest.mark.parametrize(
        ("url", "other"),
        [
            ("sqlite:///../zone/ca.db", "the CA's own database"),
            ("sqlite:///../messages/messages.db", "[data_sources.RAMessage1DS]"),
        ],
    )
    def test_no_database_is_used_twice(self, written: Writer, url: str, other: str) -> None:
        message = error_of(written(f'{CA}\n[data_sources.Second]\nurl = "{url}"\n'))
        assert f"[data_sources.Second] is the same database as {other}" in message

    def test_another_user_does_not_make_it_another_database(self, written: Writer) -> None:
        text = "".join(f'[data_sources.{user}]\nurl = "postgresql://{user}:x@h:5432/m"\n' for user in ("one", "two"))
        assert "[data_sources.two] is the same database as [data_sources.one]" in error_of(written(f"{CA}\n{text}"))

    def test_a_worker_pinned_elsewhere_and_why(self, written: Writer) -> None:
        workers = '[workers.a]\nnodes = ["ca2", "ca3"]\n[workers.b]\n[workers.c]\nnodes = ["ca1"]\n'
        zone = load_ca(written(f'node = "ca1"\n{CA}{workers}[workers.d]\nnodes = ["ca2"]\nactive = false\n'))
        assert zone.elsewhere() == {"a": "worker a is pinned to ca2, ca3; this node is ca1"}

    def test_a_node_is_called_as_its_host_is(self, written: Writer) -> None:
        assert load_ca(written(CA)).node == socket.gethostname()

    def test_names_of_nodes_are_plain(self, written: Writer) -> None:
        with pytest.raises(ConfigurationError, match=r"line 12: workers.a.nodes.0: may hold letters"):
            load_ca(written(f'{CA}[workers.a]\nnodes = ["ca 1"]\n'))

    def test_workers_at_odds_on_one_data_source(self, written: Writer) -> None:
        text = CA + "".join(
            f'[workers.{name}]\nkeystore.pwd = "open sesame"\nsignature.required = {signed}\nactive = {active}\n{more}'
            for name, signed, active, more in [
                ("off", "false", "false", ""),
                ("first", "true", "true", ""),
                ("same", "true", "true", ""),
                ("odd", "false", "true", ""),
                ("lax", "true", "true", "legacy_devices = true\n"),
            ]
        )
        assert list(load_ca(written(text)).at_odds()) == [("odd", "first"), ("lax", "first")]


class TestZones:
    def test_paths_start_at_the_file(self, written: Writer) -> None:
        path = written(CA)
        zone = load(path)
        assert isinstance(zone, CaZone)
        assert zone.ca.database.url == f"sqlite:///{path.parent}/ca.db"
        assert zone.data_sources["RAMessage1DS"].url == f"sqlite:///{path.parent.parent}/messages/messages.db"

    def test_the_ra_zone(self, written: Writer) -> None:
        path = written(RA)
        zone = load(path)
        assert isinstance(zone, RaZone)
        assert zone.ra.worker_certificates == [path.parent / "worker.pem"]
        assert zone.ra.insist_signed
        assert zone.ra.insist_encrypted
        assert zone.data_source.url == f"sqlite:///{path.parent}/messages.db"

    def test_one_zone_is_not_the_other(self, written: Writer) -> None:
        with pytest.raises(ConfigurationError, match="RA host's configuration; the command needs the CA host's"):
            load_ca(written(RA))
        with pytest.raises(ConfigurationError, match="CA host's configuration; the command needs the RA host's"):
            load_ra(written(CA))

    @pytest.mark.parametrize("text", ['instance = "x"\n', CA + RA.partition("\n")[2].partition("[data")[0]])
    def test_exactly_one_zone_per_file(self, written: Writer, text: str) -> None:
        assert "exactly one of the tables [ca] and [ra]" in error_of(written(text))

    @pytest.mark.parametrize(
        ("url", "decides"),
        [
            ("sqlite:///messages.db", "sqlite; there it is the end of its process"),
            ("db2://app@db/messages", "db2; there it is a threshold CONNECTIONIDLETIME of the server"),
            ("oracle://app@db/service", "oracle; there it is the server's MAX_IDLE_BLOCKER_TIME"),
        ],
    )
    def test_a_limit_that_a_database_does_not_take_is_refused(self, written: Writer, url: str, decides: str) -> None:
        text = f'[data_sources.one]\nurl = "{url}"\nidle_transaction_timeout = 60\n'
        found = error_of(written(f"{CA}\n{text}"))
        assert f"data_sources.one: idle_transaction_timeout: has no effect on {decides} that decides" in found

    @pytest.mark.parametrize("url", ["postgresql://app@db/messages", "mariadb://app@db/messages"])
    def test_a_limit_that_a_database_takes(self, written: Writer, url: str) -> None:
        text = f'[data_sources.one]\nurl = "{url}"\nidle_transaction_timeout = 60\n'
        assert load_ca(written(f"{CA}\n{text}")).data_sources["one"].idle_transaction_timeout == 60

    def test_an_sqlite_database_has_no_password(self, written: Writer) -> None:
        assert "line 9: data_sources.RAMessage1DS: password: an SQLite database has none" in error_of(
            written(CA + 'password = "x"\n')
        )

    def test_the_pool_has_room(self, written: Writer) -> None:
        assert "pool_min is larger than pool_max" in error_of(written(CA + "pool_max = 4\n"))

    def test_half_a_keystore_is_refused(self, written: Writer) -> None:
        text = RA.replace('keystore_path = "ra.p12"\n', "")
        assert "keystore_path and keystore_password belong together" in error_of(written(text))

    def test_every_error_is_listed(self, written: Writer) -> None:
        lines = error_of(written(RA.replace('outbox = "outbox"', "outbox = 3\nlog = 1"))).splitlines()
        assert [line.partition(": ")[2] for line in lines] == [
            "ra.outbox: must be a path in quotes",
            "ra.log: unknown key",
        ]

    def test_messages_are_at_most_16_mebioctets(self, written: Writer) -> None:
        text = CA + f"max_message_size = {16 * 1024 * 1024 + 1}\n"
        assert "data_sources.RAMessage1DS.max_message_size: must be at most 16777216" in error_of(written(text))

    def test_no_toml(self, written: Writer) -> None:
        assert "is no valid TOML" in error_of(written("instance = "))

    def test_no_file(self, tmp_path: Path) -> None:
        assert error_of(tmp_path / "absent.toml").endswith("absent.toml: cannot be read: No such file or directory")

    def test_a_url_that_cannot_be_read_does_not_show_its_password(self, written: Writer) -> None:
        message = error_of(written(CA.replace("sqlite:///ca.db", "user:geheim@host/db")))
        assert "is no database URL" in message
        assert "geheim" not in message


class TestSecrets:
    def secret(self, written: Writer, text: str) -> Secret:
        return load_ca(written(CA.replace('"a secret of the CA"', text))).ca.key_encryption_secret

    def test_from_a_file_beside_the_configuration(self, written: Writer, tmp_path: Path) -> None:
        path = written(CA)
        (path.parent / "kek").write_text("from a file\n")
        assert self.secret(written, '{ file = "kek" }').reveal() == "from a file"

    def test_from_the_environment(self, written: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("LOCKGATE_TEST_SECRET", "from the environment")
        assert self.secret(written, '{ env = "LOCKGATE_TEST_SECRET" }').reveal() == "from the environment"

    def test_an_absent_file_and_an_unset_variable_are_named(self, written: Writer) -> None:
        with pytest.raises(ConfigurationError, match=r"secret file .*/nowhere: cannot be read"):
            self.secret(written, '{ file = "nowhere" }').reveal()
        with pytest.raises(ConfigurationError, match="environment variable LOCKGATE_UNSET: the secret is empty"):
            self.secret(written, '{ env = "LOCKGATE_UNSET" }').reveal()

    @pytest.mark.parametrize("text", ["3", '""', '{ file = "a", env = "b" }', '{ vault = "a" }', "{}"])
    def test_anything_else_is_refused(self, written: Writer, text: str) -> None:
        assert "must be a secret in quotes" in error_of(written(CA.replace('"a secret of the CA"', text)))

    def test_nothing_prints_it(self, written: Writer) -> None:
        zone = load_ca(written(CA.replace("sqlite:///ca.db", "postgresql+psycopg://u:geheim@127.0.0.1/db")))
        for shown in (repr(zone), str(zone), repr(zone.ca.key_encryption_secret)):
            assert "a secret of the CA" not in shown
            assert "geheim" not in shown


class TestScep:
    def test_an_alias_takes_from_the_server_what_it_does_not_say(self, written: Writer) -> None:
        alias = (
            '[scep.aliases.vpn]\nauthPwd = "none"\nnameGenerationScheme = "RANDOM"\nlegacy = true\noaep_sha1 = true\n'
        )
        path = written(SCEP + alias)
        scep = load_ra(path).scep
        assert scep is not None
        own, vpn = scep.addresses[""], scep.addresses["vpn"]
        assert (own.shared_challenge is None, vpn.shared_challenge) == (False, None)
        assert (own.names.scheme, vpn.names.scheme) == ("DN", "RANDOM")
        assert (own.legacy, vpn.legacy) == (False, True)
        assert (own.oaep_sha1, vpn.oaep_sha1) == (False, True)
        assert own.keystore_path == vpn.keystore_path == path.parent / "scep.p12"
        assert (own.default_ca, vpn.default_ca) == ("DeviceCA", "DeviceCA")

    def test_a_ra_host_need_not_run_one(self, written: Writer) -> None:
        assert load_ra(written(RA)).scep is None

    @pytest.mark.parametrize(
        ("more", "complaint"),
        [
            ("createOrEditUser = false", "authPwd must be none where createOrEditUser = false"),
            ('nameGenerationScheme = "GUESS"', "must be one of DN, RANDOM, USERNAME, FIXED"),
            ('nameGenerationParameters = "CN;SHOESIZE"', "'SHOESIZE' is no attribute of a name"),
            ('nameGenerationScheme = "FIXED"\nnameGenerationParameters = ""', "the scheme FIXED needs the name"),
            ('caMapping = { "nobody" = "DeviceCA" }', "no known attribute at 'nobody'"),
            ('tls_key = "key.pem"', "tls_certificate and tls_key belong together"),
            ("[scep.aliases.noca]", "the name is taken"),
            ('proxies = ["192.0.2.1", "10.0.0.0/8", "proxy.example"]', "'proxy.example' is neither an IP address nor"),
            ('proxies = ["10.0.0.1/8"]', "'10.0.0.1/8' is neither an IP address nor a network"),
            ("[scep.aliases.vpn]\nport = 1", "scep.aliases.vpn.port: unknown key"),
            ('[scep.aliases."a b"]', "may hold letters, digits, dots, hyphens and underscores only"),
        ],
    )
    def test_what_cannot_be_meant_is_refused(self, written: Writer, more: str, complaint: str) -> None:
        assert complaint in error_of(written(f"{SCEP}{more}\n"))


class TestRetention:
    def test_the_defaults(self, written: Writer) -> None:
        zone = load_ca(written(CA))
        (source,) = zone.data_sources.values()
        kept = source.keep_processed_for, source.keep_set_aside_for, zone.ca.keep_journal_for, zone.keep_approvals_for
        assert kept == tuple(timedelta(days=number) for number in (30, 90, 30, 90))

    def test_0_is_for_ever(self, written: Writer) -> None:
        text = CA.replace("[ca]", "[ca]\nkeep_journal = 0\nkeep_approvals = 0", 1)
        zone = load_ca(written(text))
        assert (zone.ca.keep_journal_for, zone.keep_approvals_for) == (None, None)

    def test_approvals_are_kept_as_long_as_rejections_are_remembered(self, written: Writer) -> None:
        text = CA.replace("[ca]", "[approvals]\nrejection_memory = 864000\n[ca]\nkeep_approvals = 1", 1)
        assert load_ca(written(text)).keep_approvals_for == timedelta(days=10)
