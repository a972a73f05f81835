"""Adapters with one mistake each. `test_contract_suites.py` runs the contract suites on them: each must fail."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509

from lockgate.errors import DuplicateMessage
from lockgate.ports import Coordinator, Fence, Issuer, Kept, Opened, Order, Outbox, SentRecords, Sleep, WakeUp
from lockgate.queue.message import ClaimedMessage, NewMessage
from lockgate.ra.sent import SentMessage
from lockgate.reasons import Rejected
from lockgate_ca_backend.orders import content_of
from lockgate_ca_backend.signing import CaKey
from lockgate_formats.cms import CmsEnvelopes
from lockgate_formats.sent import JsonSentRecords
from lockgate_testing.contracts.coordinator import Age, CoordinatorContract
from lockgate_testing.contracts.envelopes import EnvelopesContract, EnvelopesSubject
from lockgate_testing.contracts.issuer import IssuerContract, IssuerSubject
from lockgate_testing.contracts.message_store import (
    MemorySubject,
    MessageStoreContract,
    MessageStoreHistoryContract,
    MessageStoreSubject,
)
from lockgate_testing.contracts.outbox import OutboxContract
from lockgate_testing.contracts.sent_records import SentRecordsContract
from lockgate_testing.contracts.wake_up import WakeUpContract, WakeUpSubject
from lockgate_testing.doubles.coordinator import MemoryCoordinator
from lockgate_testing.doubles.message_store import MemoryMessageStore
from lockgate_testing.doubles.outbox import MemoryOutbox
from tests.contract.registries import SqlRegistrySubject, new_engine
from tests.support.pki import identities


class TestOutboxWithRecordsInDisorder(OutboxContract):
    @pytest.fixture
    def outbox(self) -> Outbox:
        class Disorderly(MemoryOutbox):
            def records(self) -> Sequence[Kept]:
                return super().records()[::-1]

        return Disorderly()


class TestOutboxThatIsMissing(OutboxContract):
    """It supplies no adapter."""


class TestCoordinatorThatGivesALeaseTwice(CoordinatorContract):
    @pytest.fixture
    def coordinator(self) -> Coordinator:
        class Generous(MemoryCoordinator):
            def acquire(self, worker: str, holder: str, lease: timedelta) -> Fence | None:
                return super().acquire(worker, "whoever asks", lease)

        return Generous()

    @pytest.fixture
    def age(self, coordinator: MemoryCoordinator) -> Age:
        return coordinator.advance


class Forgetful(MemoryMessageStore):
    """It prolongs no lease."""

    def renew(self, claimed: Iterable[ClaimedMessage], lease: timedelta) -> None:
        pass


class ForgetfulSubject(MemorySubject):
    def __init__(self) -> None:
        self.store = Forgetful()


class TestMessageStoreThatProlongsNoLease(MessageStoreContract):
    @pytest.fixture
    def subject(self) -> MessageStoreSubject:
        return ForgetfulSubject()


class Silent(MemoryMessageStore):
    """It does not say that another message has the id."""

    def put(self, message: NewMessage, *, replaces: bytes | None = None) -> None:
        with suppress(DuplicateMessage):
            super().put(message, replaces=replaces)


class SilentSubject(MemorySubject):
    def __init__(self) -> None:
        self.store = Silent()


class TestHistoriesOfMessageStoreThatTellsNoDuplicate(MessageStoreHistoryContract):
    @pytest.fixture
    def new_subject(self) -> type[MessageStoreSubject]:
        return SilentSubject


class TestWakeUpThatNeverSleeps(WakeUpContract):
    @pytest.fixture
    def subject(self) -> WakeUpSubject:
        class Sleepless(WakeUp):
            def looked(self, *, found: bool) -> None: ...
            def close(self) -> None: ...
            def wait(self, limit: float) -> bool:
                return True

        class Subject:
            def opened(self, sleep: Sleep) -> WakeUp:
                return Sleepless()

            def notify(self, delay: float = 0) -> None: ...
            def flood(self) -> Iterator[None]:
                yield

        return Subject()


class TestSentRecordsWithoutEarlierMessages(SentRecordsContract):
    @pytest.fixture
    def records(self) -> SentRecords:
        class Short(JsonSentRecords):
            def encode(self, message: SentMessage) -> bytes:
                return super().encode(replace(message, earlier=()))

        return Short()


class TestEnvelopesThatSayWhyTheyStayClosed(EnvelopesContract):
    @pytest.fixture
    def subject(self) -> EnvelopesSubject:
        class Talkative(CmsEnvelopes):
            def open(self, submessage: bytes) -> Opened | Rejected:
                result = super().open(submessage)
                return replace(result, detail="not encrypted to me") if isinstance(result, Rejected) else result

        return EnvelopesSubject(
            ra=Talkative(identities.ra().keystore),
            ra_certificate=identities.ra().der,
            worker=Talkative(identities.worker().keystore),
            worker_certificate=identities.worker().der,
            stranger=Talkative(None),
        )


class WrongIssuerContract(IssuerContract):
    """A CA in this process, behind which an issuer makes a mistake."""

    @pytest.fixture
    def ca(self, tmp_path: Path) -> Iterator[IssuerSubject]:
        engine = new_engine(f"sqlite:///{tmp_path / 'ca.db'}")
        registry = SqlRegistrySubject(engine)
        registry.administration.create_ca("ManagementCA", "CN=ManagementCA", key="P-256")
        with registry.ca.transaction(registry.fence()) as work:
            certificate = work.store.authorities.issuer("ManagementCA").certificates[0]
        yield IssuerSubject(registry.ca.issuer, "ManagementCA", certificate)
        engine.dispose()


class TestIssuerThatSignsForTooLong(WrongIssuerContract):
    @pytest.fixture
    def subject(self, ca: IssuerSubject) -> IssuerSubject:
        class Generous(Issuer):
            def issue(self, orders: Sequence[Order]) -> Sequence[bytes]:
                day = timedelta(days=1)
                return ca.issuer.issue([replace(order, not_after=order.not_after + day) for order in orders])

        return replace(ca, issuer=Generous())


class TestIssuerThatSignsWithItsOwnKey(WrongIssuerContract):
    @pytest.fixture
    def subject(self, ca: IssuerSubject) -> IssuerSubject:
        subject = x509.load_der_x509_certificate(ca.certificate).subject.public_bytes()
        key = CaKey(identities.ec_key(77))

        class Independent(Issuer):
            def issue(self, orders: Sequence[Order]) -> Sequence[bytes]:
                ca.issuer.issue(orders)
                return [content_of(order, subject).signed_by(key) for order in orders]

        return replace(ca, issuer=Independent())
