"""The contract suites of the port Registry: for operations at remote issuers, for the CRLs and the OCSP answers of CAs
outside, and for all else that it keeps."""

from collections.abc import Iterator

import pytest

from lockgate.ports import Fence
from lockgate_testing.contracts.registry.approvals import ApprovalRules
from lockgate_testing.contracts.registry.awaited_possession import AwaitedPossessionRules
from lockgate_testing.contracts.registry.certificates import CertificateRules
from lockgate_testing.contracts.registry.concluding import ConclusionRules, WaitingRules
from lockgate_testing.contracts.registry.direct import DirectWorkRules
from lockgate_testing.contracts.registry.end_entities import EndEntityRules, UsernameRules
from lockgate_testing.contracts.registry.fencing import FenceRules, RequestCountRules, SecretMarkRules, UnitOfWorkRules
from lockgate_testing.contracts.registry.issuing import ChosenNumberRules, IssuingRules
from lockgate_testing.contracts.registry.journal import DeferringRules, JournalRules
from lockgate_testing.contracts.registry.kept_keys import KeptKeyRules
from lockgate_testing.contracts.registry.key_fates import KeyFateRules
from lockgate_testing.contracts.registry.operations import ChangeRules, DueRules, IntentRules
from lockgate_testing.contracts.registry.outside_answers import AnswerRules, AskedStandingRules, QuestionRules
from lockgate_testing.contracts.registry.outside_crls import (
    AdoptionRules,
    FetchRules,
    KeptCrlRules,
    OutsideStandingRules,
)
from lockgate_testing.contracts.registry.outside_entries import ListedRules
from lockgate_testing.contracts.registry.passwords import PasswordRules
from lockgate_testing.contracts.registry.protocol_transactions import (
    KeptAnswerRules,
    OpenTransactionRules,
    ProtocolTransactionRules,
)
from lockgate_testing.contracts.registry.protocol_upkeep import (
    DueTransactionRules,
    PurgedTransactionRules,
    TransactionAtOnceRules,
)
from lockgate_testing.contracts.registry.publications import (
    ChainRules,
    CrlRules,
    KeyChangeRules,
    PublicationRules,
)
from lockgate_testing.contracts.registry.purging import PurgingRules
from lockgate_testing.contracts.registry.remote import end_all
from lockgate_testing.contracts.registry.roles import ProfileRules, RoleRules
from lockgate_testing.contracts.registry.shared_secrets import OneTimePasswordRules, TransactionSecretRules
from lockgate_testing.contracts.registry.subjects import RegistrySubject
from lockgate_testing.contracts.registry.values import NUMBERS

__all__ = ["OperationsContract", "OutsideAnswersContract", "OutsideCrlsContract", "RegistryContract", "RegistrySubject"]


class RegistryFixtures:
    """The fixtures of all suites."""

    @pytest.fixture
    def subject(self) -> RegistrySubject:
        """A registry that `RegistrySubject.prepare` has prepared; tests may share it."""
        raise NotImplementedError("supply the fixture `subject`: a prepared registry, as a RegistrySubject")

    @pytest.fixture
    def fence(self, subject: RegistrySubject) -> Fence:
        """The newest fence."""
        return subject.fence()

    @pytest.fixture
    def username(self) -> str:
        """One that no other test has."""
        return f"user {next(NUMBERS)}"


class RegistryContract(
    FenceRules,
    UnitOfWorkRules,
    DirectWorkRules,
    RequestCountRules,
    SecretMarkRules,
    JournalRules,
    DeferringRules,
    ApprovalRules,
    EndEntityRules,
    UsernameRules,
    PasswordRules,
    OneTimePasswordRules,
    TransactionSecretRules,
    RoleRules,
    ProfileRules,
    IssuingRules,
    ChosenNumberRules,
    CertificateRules,
    AwaitedPossessionRules,
    PublicationRules,
    ChainRules,
    KeyChangeRules,
    CrlRules,
    KeptKeyRules,
    KeyFateRules,
    PurgingRules,
    ProtocolTransactionRules,
    OpenTransactionRules,
    KeptAnswerRules,
    DueTransactionRules,
    PurgedTransactionRules,
    TransactionAtOnceRules,
    RegistryFixtures,
):
    """Every rule of the port Registry but those of the suites below. A subclass supplies the fixture `subject`."""


class OperationsContract(IntentRules, DueRules, ChangeRules, ConclusionRules, WaitingRules, RegistryFixtures):
    """Every rule of the port Registry on operations at remote issuers. A subclass supplies the fixture `subject`."""

    @pytest.fixture
    def fence(self, subject: RegistrySubject) -> Iterator[Fence]:
        """The newest fence. Operations that the test has left open are ended after it."""
        yield subject.fence()
        end_all(subject)


class OutsideCrlsContract(FetchRules, KeptCrlRules, AdoptionRules, ListedRules, OutsideStandingRules, RegistryFixtures):
    """Every rule of the port Registry on the CRLs of CAs outside. A subclass supplies the fixture `subject`."""


class OutsideAnswersContract(QuestionRules, AnswerRules, AskedStandingRules, RegistryFixtures):
    """Every rule of the port Registry on OCSP answers of CAs outside. A subclass supplies the fixture `subject`."""
