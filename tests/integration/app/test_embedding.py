"""Workers and runners in a host program: what they promise it, and parts of the host's own."""

import logging
import multiprocessing
import signal
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from cryptography import x509
from dependency_injector import containers, providers

from lockgate.errors import CallerError, ConfigurationError, Defect, KeystoreError, NoAnswer, Unavailable
from lockgate.ports import Coordinator, Fence, Issuer, Order
from lockgate.ports.coordination import LONGEST
from lockgate.queue.message import MessageStatus, MessageType
from lockgate_app.container.databases import SourceContainer
from lockgate_app.deployment import Deployment
from lockgate_app.embedding import (
    CaContainer,
    IssuerContainer,
    Runner,
    State,
    Worker,
    WorkerContainer,
    load_ca,
    own_messages,
    register_ca,
)
from lockgate_ra import OwnParts, PKCS10Response, connect
from lockgate_testing.doubles.issuer import MemoryIssuer
from lockgate_testing.doubles.message_store import MemoryMessageStore
from lockgate_testing.doubles.remote_ca import RemoteCaIssuer, running
from lockgate_testing.doubles.remote_ca.certificates import new_key
from lockgate_testing.doubles.wake_up import MemoryWakeUp
from tests.integration.app.commands import PATIENCE, edited, lockgate, until, work
from tests.integration.app.remote_issuers import ISSUER, REMOTE_CA, configure, own_certificate
from tests.integration.app.test_worker import order

PRODUCT_CA = "ProductCA"
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def unconfigured() -> Iterator[None]:
    """As in a program that uses no structlog."""
    assert not structlog.is_configured()
    yield
    assert not structlog.is_configured()


def container(deployment: Deployment, **own: Any) -> WorkerContainer:
    return WorkerContainer(zone=load_ca(deployment.ca_config), name="main", **own)


def ask(deployment: Deployment, csr: Path, username: str = "alice", **changes: Any) -> str:
    with connect(deployment.ra_config) as ra:
        return ra.send([replace(order(csr, username), **changes)]).message_id


def answer(deployment: Deployment, message_id: str, patience: float = PATIENCE) -> PKCS10Response:
    with connect(deployment.ra_config) as ra:
        (response,) = ra.wait(ra.resume(message_id), timedelta(seconds=patience))
    assert isinstance(response, PKCS10Response)
    return response


def state(worker: Worker) -> str:
    return str(worker.health.state)


class TestLife:
    def test_it_answers_in_a_thread_of_its_own_and_tells_how_it_does(self, deployment: Deployment, csr: Path) -> None:
        message = ask(deployment, csr)
        worker = Worker(container(deployment))
        assert state(worker) == "new"
        with worker:
            assert answer(deployment, message).success
            until(lambda: worker.health.settled)
            health = worker.health
            assert (health.state, health.claimed, health.settled, health.trouble) == (State.WORKING, 1, 1, None)
            assert health.rounds >= 1
            assert health.idle is not None
            (thread,) = (one for one in threading.enumerate() if one.name == "lockgate main")
            assert thread.daemon
        assert state(worker) == "stopped"
        until(lambda: not thread.is_alive())

    def test_the_lease_is_given_back(self, deployment: Deployment) -> None:
        for _ in range(2):
            with Worker(container(deployment)) as worker:
                until(lambda: worker.health.state is State.WORKING)
        assert work(deployment).code == 0

    def test_it_leaves_signals_logging_and_processes_to_the_host(
        self, deployment: Deployment, csr: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.INFO, "lockgate")
        handlers = [signal.getsignal(number) for number in signal.valid_signals()]
        root = logging.getLogger()
        before = root.handlers[:], root.level
        message = ask(deployment, csr)
        with Worker(container(deployment)):
            assert answer(deployment, message).success
            assert [signal.getsignal(number) for number in signal.valid_signals()] == handlers
            assert not multiprocessing.active_children()
        assert (root.handlers[:], root.level) == before
        assert capfd.readouterr() == ("", "")
        said = [record.getMessage() for record in caplog.records if record.name == "lockgate.worker"]
        assert said[0] == "started worker=main period=10.0"
        assert "round worker=main claimed=1 settled=1" in said
        assert said[-1] == "stopped worker=main"

    def test_it_runs_in_the_calling_thread_until_another_one_stops_it(self, deployment: Deployment, csr: Path) -> None:
        message, worker = ask(deployment, csr), Worker(container(deployment))

        def stop() -> None:
            until(lambda: worker.health.settled)
            worker.stop()

        stopper = threading.Thread(target=stop)
        stopper.start()
        worker.run()
        stopper.join()
        assert worker.wait(0)
        assert answer(deployment, message, 0).success

    def test_one_that_was_stopped_before_ends_at_once(self, deployment: Deployment) -> None:
        worker = Worker(container(deployment))
        worker.stop()
        worker.start()
        assert worker.wait(PATIENCE)
        assert worker.health.rounds == 0

    def test_a_wait_that_is_too_short_says_so(self, deployment: Deployment) -> None:
        with Worker(container(deployment)) as worker:
            assert not worker.wait(0)

    def test_it_lives_once(self, deployment: Deployment) -> None:
        with Worker(container(deployment)) as worker:
            for again in (worker.start, worker.run):
                with pytest.raises(CallerError, match="lives once"):
                    again()

    def test_another_process_with_its_lease_lets_it_stand_by(self, deployment: Deployment) -> None:
        edited(deployment.ca_config, "period = 10", "period = 5\nlease = 1")
        ca = CaContainer(zone=load_ca(deployment.ca_config))
        held = ca.coordinator().acquire("main", "another process", LONGEST)
        assert held is not None
        with Worker(container(deployment)) as worker:
            until(lambda: worker.health.state is State.STANDING_BY)
            ca.coordinator().release(held)
            until(lambda: worker.health.state is State.WORKING)
        ca.engine().dispose()


class Away(Coordinator):
    """What it is asked for raises `error` as long as there is one."""

    def __init__(self, coordinator: Coordinator, error: BaseException | None) -> None:
        self.coordinator, self.error = coordinator, error

    def introduce(self, worker: str, certificates: Collection[str]) -> None:
        self.coordinator.introduce(worker, certificates)

    def acquire(self, worker: str, holder: str, lease: timedelta) -> Fence | None:
        if self.error is not None:
            raise self.error
        return self.coordinator.acquire(worker, holder, lease)

    def renew(self, fence: Fence, lease: timedelta) -> bool:
        return self.coordinator.renew(fence, lease)

    def release(self, fence: Fence) -> None:
        self.coordinator.release(fence)


class TestTrouble:
    def test_trouble_shows_and_ends_nothing(self, deployment: Deployment) -> None:
        parts = container(deployment)
        away = Away(parts.ca.coordinator(), Unavailable("the database is away"))
        parts.ca.coordinator.override(away)
        with Worker(parts) as worker:
            until(lambda: worker.health.state is State.IN_TROUBLE)
            assert worker.health.trouble == "the database is away"
            assert worker.health.rounds == 0

    def test_what_ends_the_thread_is_kept_for_the_host(self, deployment: Deployment) -> None:
        parts = container(deployment)
        parts.ca.coordinator.override(Away(parts.ca.coordinator(), SystemExit("an adapter ends the process")))
        worker = Worker(parts)
        worker.start()
        with pytest.raises(Defect, match="SystemExit"):
            worker.wait(PATIENCE)
        assert worker.health.state is State.FAILED
        assert worker.health.trouble == "SystemExit: an adapter ends the process"

    @pytest.mark.parametrize("begin", [Worker.start, Worker.run], ids=["start", "run"])
    @pytest.mark.parametrize(
        ("old", "new", "error"),
        [
            ("[workers.main]", "[workers.main]\nactive = false", ConfigurationError),
            ("[workers.main]", '[workers.main]\nnodes = ["elsewhere"]', ConfigurationError),
            ('file = "worker.password"', 'file = "key-encryption.secret"', KeystoreError),
        ],
        ids=["switched off", "pinned", "password"],
    )
    def test_one_that_cannot_start_says_why(
        self, deployment: Deployment, begin: Callable[[Worker], None], old: str, new: str, error: type[Exception]
    ) -> None:
        edited(deployment.ca_config, old, new)
        worker = Worker(container(deployment))
        with pytest.raises(error) as raised:
            begin(worker)
        assert worker.health.state is State.FAILED
        assert str(raised.value) in (worker.health.trouble or "")


@pytest.fixture
def issuer(deployment: Deployment) -> MemoryIssuer:
    """The product's own, its CA registered, and named in the RA's rights."""
    issuer, ca = MemoryIssuer(PRODUCT_CA, "CN=ProductCA,O=Example"), CaContainer(zone=load_ca(deployment.ca_config))
    register_ca(ca, PRODUCT_CA, issuer.certificate, operator="the test")
    ca.engine().dispose()
    config = ("--config", deployment.ca_config)
    assert lockgate(*config, "role", "edit", "RA", "--add-rule", f"/ca/{PRODUCT_CA}").code == 0
    return issuer


class TestOwnIssuer:
    def test_it_signs_for_its_ca_and_the_other_cas_stay(
        self, deployment: Deployment, csr: Path, issuer: MemoryIssuer
    ) -> None:
        own = ask(deployment, csr, "alice", ca_name=PRODUCT_CA)
        other = ask(deployment, csr, "bob")
        with Worker(container(deployment, own_issuers=providers.Dict({PRODUCT_CA: issuer}))):
            first, second = answer(deployment, own), answer(deployment, other)
        management = x509.load_pem_x509_certificate(deployment.ca_certificate.read_bytes())
        product = x509.load_der_x509_certificate(issuer.certificate)
        for response, authority in ((first, product), (second, management)):
            assert response.certificate is not None
            x509.load_der_x509_certificate(response.certificate).verify_directly_issued_by(authority)

    def test_a_worker_without_it_signs_nothing_for_its_ca(
        self, deployment: Deployment, csr: Path, issuer: MemoryIssuer
    ) -> None:
        message = ask(deployment, csr, ca_name=issuer.ca_name)
        with Worker(container(deployment)) as worker:
            until(lambda: worker.health.claimed)
        assert worker.health.settled == 0
        with pytest.raises(NoAnswer):
            answer(deployment, message, 0)

    @pytest.mark.parametrize("wrong", ["another end", "another key"])
    def test_what_was_not_ordered_or_not_signed_by_the_ca_is_never_issued(
        self, deployment: Deployment, csr: Path, issuer: MemoryIssuer, wrong: str
    ) -> None:
        class Later(Issuer):
            def issue(self, orders: Sequence[Order]) -> Sequence[bytes]:
                return issuer.issue([replace(one, not_after=one.not_after + DAY) for one in orders])

        class Stranger(Issuer):
            def issue(self, orders: Sequence[Order]) -> Sequence[bytes]:
                signer = replace(issuer._signer, key=new_key())
                return [signer.certificate(one) for one in orders]

        message = ask(deployment, csr, ca_name=PRODUCT_CA)
        own = Later() if wrong == "another end" else Stranger()
        with Worker(container(deployment, own_issuers=providers.Dict({PRODUCT_CA: own}))) as worker:
            until(lambda: worker.health.claimed)
        assert worker.health.settled == 0
        with pytest.raises(NoAnswer):
            answer(deployment, message, 0)
        listed = lockgate("--config", deployment.ca_config, "certificate", "list", "--json")
        assert '"alice"' not in listed.out

    @pytest.mark.parametrize(
        ("error", "state"),
        [(Unavailable("the device is away"), State.IN_TROUBLE), (ValueError("wrong"), State.WORKING)],
        ids=["unavailable", "defect"],
    )
    def test_no_error_of_it_refuses_a_request(
        self, deployment: Deployment, csr: Path, issuer: MemoryIssuer, error: Exception, state: State
    ) -> None:
        class Failing(Issuer):
            def issue(self, orders: Sequence[Order]) -> Sequence[bytes]:
                raise error

        message = ask(deployment, csr, ca_name=PRODUCT_CA)
        with Worker(container(deployment, own_issuers=providers.Dict({PRODUCT_CA: Failing()}))) as worker:
            until(lambda: worker.health.trouble or worker.health.claimed)
            assert worker.health.state is state
            assert worker.health.trouble == (str(error) if state is State.IN_TROUBLE else None)
        assert worker.health.settled == 0
        with pytest.raises(NoAnswer):
            answer(deployment, message, 0)
        store = SourceContainer(source=load_ca(deployment.ca_config).data_sources["RAMessage1DS"], name="RAMessage1DS")
        outline = store.store().outline(MessageType.API, message)
        store.engine().dispose()
        assert outline is not None
        assert (outline.status, outline.attempts) == (MessageStatus.WAITING, 0 if state is State.IN_TROUBLE else 1)

    def test_lists_check_and_crls_say_where_its_key_is(self, deployment: Deployment, issuer: MemoryIssuer) -> None:
        config = ("--config", deployment.ca_config)
        assert '"remote_issuer": "(program)"' in lockgate(*config, "ca", "list", "--json").out
        checked = lockgate(*config, "check")
        assert checked.code == 0
        assert "a program that runs its worker signs" in checked.out
        crls = lockgate(*config, "ca", "crl")
        assert (crls.code, PRODUCT_CA in crls.out) == (0, False)
        assert "the program that has it" in lockgate(*config, "ca", "crl", PRODUCT_CA).err

    def test_an_issuer_that_returns_too_few_is_a_defect(self, issuer: MemoryIssuer) -> None:
        class Silent(Issuer):
            def issue(self, orders: Sequence[Order]) -> Sequence[bytes]:
                return []

        issuers = CaContainer(
            own_issuers=providers.Dict({PRODUCT_CA: Silent()}), registry=providers.Object(_Registry())
        )
        one: Any = type("An order", (), {"ca_name": PRODUCT_CA})
        with pytest.raises(ValueError, match="shorter"):
            issuers.issuer().issue([one])

    def test_a_container_of_the_hosts_takes_it_by_each_way_of_overriding(self, issuer: MemoryIssuer) -> None:
        own = providers.Dict({PRODUCT_CA: issuer})
        given, overridden = WorkerContainer(own_issuers=own), WorkerContainer()
        overridden.override_providers(own_issuers=own)

        class Product(containers.DeclarativeContainer):
            lockgate = providers.Container(WorkerContainer, own_issuers=own)

        one: Any = type("An order", (), {"ca_name": PRODUCT_CA, "ca_certificate": ""})
        for parts in (given, overridden, Product().lockgate()):
            parts.ca.registry.override(_Registry())
            with pytest.raises(KeystoreError, match=PRODUCT_CA):  # the host's own says so
                parts.ca.issuer().issue([one])


class _Registry:
    issuer = MemoryIssuer("ManagementCA")


class TestOwnMessages:
    def test_worker_and_client_meet_in_a_store_of_the_hosts(self, deployment: Deployment, csr: Path) -> None:
        store = MemoryMessageStore()
        edited(deployment.ca_config, "sqlite:///../messages/messages.db", "sqlite:///no/such/folder/messages.db")
        ra = connect(deployment.ra_config, OwnParts(store=store))
        with closing(ra), Worker(container(deployment, **own_messages(store))) as worker:
            pending = ra.send([order(csr, "alice")])
            (response,) = ra.wait(pending, timedelta(seconds=PATIENCE))
            assert response.success
            until(lambda: worker.health.settled == 1)

    def test_the_worker_closes_its_wake_up(self, deployment: Deployment) -> None:
        wake_up = MemoryWakeUp(lambda *_: None, lambda: 0.0)
        with Worker(container(deployment, **own_messages(MemoryMessageStore(), wake_up))) as worker:
            until(lambda: worker.health.rounds)
        assert wake_up.closed


def test_a_runner_calls_a_remote_issuer_of_the_hosts(deployment: Deployment, csr: Path, tmp_path: Path) -> None:
    with running(tmp_path / "remote.db") as ca:
        configure(deployment, "product")
        config = ("--config", deployment.ca_config)
        chain = own_certificate(deployment, ca)
        assert lockgate(*config, "ca", "register", REMOTE_CA, "--issuer", ISSUER, "--certificate", chain).code == 0
        assert lockgate(*config, "role", "edit", "RA", "--add-rule", f"/ca/{REMOTE_CA}").code == 0
        issuer: RemoteCaIssuer = ca.issuer(idempotent=True)
        parts = IssuerContainer(zone=load_ca(deployment.ca_config), name=ISSUER, issuer=providers.Object(issuer))
        with Worker(container(deployment)) as worker, Runner(parts) as runner:
            response = answer(deployment, ask(deployment, csr, ca_name=REMOTE_CA))
            until(lambda: runner.health.claimed)
            assert (worker.health.state, runner.health.state) == (State.WORKING, State.WORKING)
        assert [response.certificate] == ca.issued()
