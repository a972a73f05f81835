"""`lockgate worker`: many workers and data sources, switched off or at odds, stopped, killed, and coming back."""

import os
import signal
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from lockgate.errors import UnverifiedAnswer
from lockgate.queue.message import MessageStatus
from lockgate.ra.client import RaClient
from lockgate.requests.submessages import PKCS10Request
from lockgate_app.container.databases import database_engine
from lockgate_app.container.ra import connect
from lockgate_app.deployment import CA_NAME, Deployment
from lockgate_app.request_files import read_request
from lockgate_app.settings import load_ca
from lockgate_app.workers.running import run_once
from lockgate_transport.host.clock import HostClock
from tests.integration.app.commands import children, edited, lockgate, running, until, work

PATIENCE = 60.0


def order(csr: Path, username: str) -> PKCS10Request:
    return PKCS10Request(
        request_id=1, username=username, subject_dn=f"CN={username}", end_entity_profile="EMPTY",
        certificate_profile="ENDUSER", ca_name=CA_NAME, pkcs10=read_request(csr),
    )  # fmt: skip


def statuses(deployment: Deployment) -> list[MessageStatus]:
    engine = database_engine(next(iter(load_ca(deployment.ca_config).data_sources.values())), "RAMessage1DS")
    try:
        with engine.connect() as connection:
            return [
                MessageStatus(status) for status in connection.execute(text("select status from message")).scalars()
            ]
    finally:
        engine.dispose()


def rename(deployment: Deployment, table: str, to: str) -> None:
    """Rename a table of the CA's database."""
    engine = database_engine(load_ca(deployment.ca_config).ca.database, None)
    with engine.begin() as connection:
        connection.execute(text(f"alter table {table} rename to {to}"))
    engine.dispose()


def with_second_line(deployment: Deployment, more: str = "") -> Path:
    """A second data source with a worker of its own; the RA configuration for it."""
    with deployment.ca_config.open("a") as file:
        file.write(
            '\n[data_sources.Second]\nurl = "sqlite:///../messages/second.db"\n'
            '[workers.second]\npersistenceunit = "Second"\nencryption.required = true\nsignature.required = true\n'
            f'keystore.path = "worker.p12"\nkeystore.pwd = {{ file = "worker.password" }}\n{more}'
        )
    config = deployment.ra / "second.toml"
    text = deployment.ra_config.read_text()
    config.write_text(text.replace("messages.db", "second.db").replace("RAMessage1DS", "Second"))
    assert lockgate("--config", deployment.ca_config, "db", "upgrade").code == 0
    return config


def answered(ra: RaClient, csr: Path, username: str) -> bool:
    (response,) = ra.wait(ra.send([order(csr, username)]), timedelta(seconds=PATIENCE))
    return response.success


def test_sigterm_lets_it_finish_the_batch_in_hand(deployment: Deployment, csr: Path) -> None:
    edited(deployment.ca_config, "period = 10", "period = 10\nbatch = 20")
    with connect(deployment.ra_config) as ra:
        for number in range(60):
            ra.send([order(csr, f"user{number}")])
    with running(deployment) as worker:
        until(lambda: MessageStatus.IN_PROCESS in statuses(deployment))
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(PATIENCE) == 0
    found = statuses(deployment)
    assert MessageStatus.IN_PROCESS not in found
    assert found.count(MessageStatus.PROCESSED) >= 20
    assert MessageStatus.WAITING in found


def test_the_next_one_can_start_at_once_after_a_clean_stop(deployment: Deployment) -> None:
    with running(deployment) as worker:
        assert worker.stderr is not None
        assert "started" in worker.stderr.readline()
        worker.send_signal(signal.SIGINT)
        assert worker.wait(PATIENCE) == 0
    assert work(deployment).code == 0


class TestTeam:
    def test_each_worker_serves_its_data_source_from_a_process_of_its_own(
        self, deployment: Deployment, csr: Path
    ) -> None:
        second = with_second_line(deployment)
        with running(deployment) as team, connect(deployment.ra_config) as one, connect(second) as two:
            assert answered(one, csr, "alice")
            assert answered(two, csr, "bob")
            assert len(children(team)) == 2
            team.send_signal(signal.SIGTERM)
            assert team.wait(PATIENCE) == 0

    def test_a_killed_worker_is_started_again(self, deployment: Deployment, csr: Path) -> None:
        edited(deployment.ca_config, "period = 10", "period = 5\nlease = 2")
        second = with_second_line(deployment, "lease = 2\nperiod = 5\n")
        with running(deployment) as team, connect(deployment.ra_config) as one, connect(second) as two:
            until(lambda: len(children(team)) == 2)
            before = set(children(team))
            for child in before:
                os.kill(child, signal.SIGKILL)
            assert answered(one, csr, "alice")
            assert answered(two, csr, "bob")
            assert not before & set(children(team))

    def test_workers_end_with_the_one_who_started_them(self, deployment: Deployment) -> None:
        with_second_line(deployment)
        with running(deployment) as team:
            until(lambda: len(children(team)) == 2)
            pids = children(team)
            team.kill()
            until(lambda: not any(Path(f"/proc/{pid}/cmdline").exists() for pid in pids))

    def test_a_failing_data_source_stops_no_other(self, deployment: Deployment, csr: Path) -> None:
        second = with_second_line(deployment)
        messages = deployment.directory / "messages" / "messages.db"
        messages.write_bytes(b"no database")
        with running(deployment) as team, connect(second) as two:
            assert answered(two, csr, "alice")
            assert len(children(team)) == 2
        with connect(second) as two:
            pending = two.send([order(csr, "bob")])
            once = work(deployment)
            assert once.code == 2
            assert "worker failed, going on with the others" in once.err
            assert two.wait(pending, timedelta())[0].success

    def test_what_is_mended_meanwhile_works_again(self, deployment: Deployment, csr: Path) -> None:
        (deployment.directory / "messages" / "messages.db").unlink()
        with running(deployment) as worker:
            assert worker.stderr is not None
            assert any("run `lockgate db upgrade`" in line for line in worker.stderr)
            assert lockgate("--config", deployment.ca_config, "db", "upgrade").code == 0
            with connect(deployment.ra_config) as ra:
                assert answered(ra, csr, "alice")

    @pytest.mark.parametrize("table", ["certificate", "end_entity", "journal", "audit", "role"])
    def test_no_request_is_refused_because_the_cas_database_lacks_a_table(
        self, deployment: Deployment, csr: Path, table: str
    ) -> None:
        with connect(deployment.ra_config) as ra:
            pending = ra.send([order(csr, "alice")])
            rename(deployment, table, "elsewhere")
            assert work(deployment).code == 2
            assert statuses(deployment) == [MessageStatus.WAITING]
            rename(deployment, "elsewhere", table)
            assert work(deployment).code == 0
            assert ra.wait(pending, timedelta())[0].success


class TestChoice:
    def test_once_serves_every_active_worker(self, deployment: Deployment, csr: Path) -> None:
        second = with_second_line(deployment)
        with connect(deployment.ra_config) as one, connect(second) as two:
            pending = [(ra, ra.send([order(csr, "alice")])) for ra in (one, two)]
            assert work(deployment).out.startswith("2 messages settled")
            assert all(response.success for ra, request in pending for response in ra.wait(request, timedelta()))

    def test_one_worker_by_name(self, deployment: Deployment, csr: Path) -> None:
        second = with_second_line(deployment)
        with connect(deployment.ra_config) as one, connect(second) as two:
            one.send([order(csr, "alice")])
            two.send([order(csr, "bob")])
        assert work(deployment, "--name", "second").out.startswith("1 message settled")
        assert work(deployment, "--name", "main").out.startswith("1 message settled")

    def test_a_request_for_one_data_source_is_refused_at_another(self, deployment: Deployment, csr: Path) -> None:
        second = with_second_line(deployment)
        misled = edited(second, 'persistenceunit = "Second"', 'persistenceunit = "RAMessage1DS"')
        edited(misled, "[data_sources.Second]", "[data_sources.RAMessage1DS]")
        with connect(misled) as ra:
            pending = ra.send([order(csr, "alice")])
            done = work(deployment)
            with pytest.raises(UnverifiedAnswer, match="another CA or data source answers"):
                ra.wait(pending, timedelta())
        assert "wrong_recipient" in done.err

    @pytest.mark.parametrize(
        ("name", "change", "complaint"),
        [
            ("other", "", "there is no worker other; there are: main"),
            ("main", "active = false", "worker main is switched off"),
        ],
    )
    def test_a_worker_that_is_not_to_run(self, deployment: Deployment, name: str, change: str, complaint: str) -> None:
        edited(deployment.ca_config, "period = 10", f"period = 10\n{change}")
        done = work(deployment, "--name", name)
        assert done.code == 2
        assert complaint in done.err

    def test_a_worker_runs_on_the_nodes_that_it_is_pinned_to_only(self, deployment: Deployment, csr: Path) -> None:
        second = with_second_line(deployment, 'nodes = ["ca2"]\n')
        edited(deployment.ca_config, "period = 10", 'period = 10\nnodes = ["ca1", "ca2"]')
        edited(deployment.ca_config, "instance =", 'node = "ca1"\ninstance =')
        with connect(deployment.ra_config) as one, connect(second) as two:
            one.send([order(csr, "alice")])
            two.send([order(csr, "bob")])
        reason = "worker second is pinned to ca2; this node is ca1"
        done = work(deployment)
        assert done.out.startswith("1 message settled")
        assert done.err.count(reason) == 1
        refused = work(deployment, "--name", "second")
        assert (refused.code, refused.err) == (2, f"lockgate: {reason}\n")
        edited(deployment.ca_config, 'node = "ca1"', 'node = "ca2"')
        assert work(deployment).out.startswith("1 message settled")
        edited(deployment.ca_config, 'node = "ca2"', 'node = "ca3"')
        assert "no worker is to run on this node ca3" in work(deployment).err

    def test_none_is_active(self, deployment: Deployment) -> None:
        edited(deployment.ca_config, "period = 10", "active = false")
        assert "no worker is configured and active" in work(deployment).err

    def test_the_second_one_on_a_data_source_does_not_start_if_it_is_at_odds_with_the_first(
        self, deployment: Deployment, csr: Path
    ) -> None:
        with deployment.ca_config.open("a") as file:
            file.write('[workers.second]\nkeystore.path = "worker.p12"\nkeystore.pwd = { file = "worker.password" }\n')
        reason = (
            "worker second does not start: its signature.required, encryption.required or legacy_devices differs from"
            " that of worker main on the same data source RAMessage1DS"
        )
        refused = work(deployment, "--name", "second")
        assert (refused.code, refused.err) == (2, f"lockgate: {reason}\n")
        with connect(deployment.ra_config) as ra:
            ra.send([order(csr, "alice")])
        done = work(deployment)
        assert done.out.startswith("1 message settled")
        assert reason in done.err

    def test_a_whitelist_by_the_historic_names(self, deployment: Deployment, csr: Path) -> None:
        whitelist = 'externalra-caservice.whitelist = "org.ejbca.extra.db.EditUserRequest"'
        edited(deployment.ca_config, 'whitelist = ""', whitelist)
        with connect(deployment.ra_config) as ra:
            pending = ra.send([order(csr, "alice")])
            work(deployment)
            (response,) = ra.wait(pending, timedelta())
        assert response.reason == "not_whitelisted"


def test_a_database_without_schema_ends_it_with_the_remedy(deployment: Deployment) -> None:
    (deployment.directory / "messages" / "messages.db").unlink()
    done = work(deployment)
    assert done.code == 2
    assert "lockgate db upgrade" in done.err


def test_messages_are_given_back_where_the_ca_cannot_even_refuse(deployment: Deployment, csr: Path) -> None:
    with connect(deployment.ra_config) as ra:
        pending = ra.send([order(csr, "alice")])
    rename(deployment, "journal", "lost")
    done = work(deployment)
    assert done.code == 2
    assert "lockgate db upgrade" in done.err
    assert statuses(deployment) == [MessageStatus.WAITING]
    rename(deployment, "lost", "journal")
    assert work(deployment).code == 0
    with connect(deployment.ra_config) as ra:
        assert ra.wait(pending, timedelta())[0].success


def test_a_wrong_keystore_password_ends_it_before_anything_is_claimed(deployment: Deployment, csr: Path) -> None:
    with connect(deployment.ra_config) as ra:
        ra.send([order(csr, "alice")])
    (deployment.ca / "worker.password").write_text("geheimnis")
    done = work(deployment)
    assert done.code == 2
    assert (
        "/worker.p12: wrong password, or no PKCS#12 keystore; keystore.pwd gives the password: secret file " in done.err
    )
    assert str(deployment.ca / "worker.password") in done.err
    assert "geheim" not in done.err
    assert statuses(deployment) == [MessageStatus.WAITING]


def test_several_requests_in_one_message(deployment: Deployment, csr: Path) -> None:
    with closing(connect(deployment.ra_config)) as ra:
        pending = ra.send([order(csr, "alice"), order(csr, "bob"), order(csr, "carol")])
        work(deployment)
        assert [response.success for response in ra.wait(pending, timedelta())] == [True, True, True]


@pytest.mark.parametrize(("days", "warned"), [(730 - 31, False), (730 - 29, True)])
def test_worker_and_client_warn_of_certificates_that_end_soon(
    deployment: Deployment,
    csr: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    days: int,
    warned: bool,
) -> None:
    later = datetime.now(UTC) + timedelta(days=days)
    monkeypatch.setattr(HostClock, "now", lambda _: later)
    run_once(load_ca(deployment.ca_config), ["main"])
    with connect(deployment.ra_config) as ra:
        ra.prepare([order(csr, "alice")])
        ra.prepare([order(csr, "bob")])
    found = [text.split(":")[0] for text in caplog.messages if "ends soon" in text]
    assert found == (["worker main", "RA keystore", "worker"] if warned else [])
