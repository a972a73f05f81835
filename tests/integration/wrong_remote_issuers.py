"""Remote issuers with one mistake each. `test_contract_suites.py` runs the contract suites on them: each must fail."""

from collections.abc import Iterator
from contextlib import suppress

import pytest

from lockgate.errors import NotSent, Unavailable
from lockgate.ports import Issued, IssuerAnswer, Later, Order, RevocationOrder, Traits
from lockgate.reasons import Rejected
from lockgate_testing.contracts.remote_issuer import (
    IdempotentIssuerContract,
    IssuerThatConfirmsContract,
    IssuerThatLooksUpContract,
    IssuerThatPollsContract,
    IssuerThatVoidsUnconfirmedContract,
    RemoteIssuerContract,
    RemoteIssuerSubject,
)
from lockgate_testing.doubles.remote_ca import AFTER, RemoteCa, RemoteCaIssuer, Wrong, running
from tests.contract.remote_issuers import RemoteCaSubject


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RemoteCa]:
    with running(tmp_path_factory.mktemp("ca") / "remote.db") as ca:
        yield ca


class TestRemoteIssuerThatCertifiesAnotherKey(RemoteIssuerContract):
    @pytest.fixture
    def subject(self, ca: RemoteCa) -> RemoteIssuerSubject:
        return RemoteCaSubject(ca, ca.issuer(), {"wrong": Wrong.KEY})


class TestRemoteIssuerThatNamesEveryDraftAlike(RemoteIssuerContract):
    @pytest.fixture
    def subject(self, ca: RemoteCa) -> RemoteIssuerSubject:
        class Alike(RemoteCaIssuer):
            def reference(self, draft: bytes) -> str:
                return f"a draft of {len(draft) and 'some'} octets"

        return RemoteCaSubject(ca, Alike(ca.path))


class TestRemoteIssuerThatForgetsWhatComesLater(IssuerThatPollsContract):
    @pytest.fixture
    def subject(self, ca: RemoteCa) -> RemoteIssuerSubject:
        class Forgetful(RemoteCaIssuer):
            def lookup(self, draft: bytes) -> IssuerAnswer | None:
                return None if isinstance(super().lookup(draft), Issued) else Later(AFTER)

        return RemoteCaSubject(ca, Forgetful(ca.path, Traits(polls=True)))


class TestRemoteIssuerThatConfirmsByItself(IssuerThatVoidsUnconfirmedContract):
    @pytest.fixture
    def subject(self, ca: RemoteCa) -> RemoteIssuerSubject:
        class Quick(RemoteCaIssuer):
            def call(self, draft: bytes) -> IssuerAnswer:
                answer = super().call(draft)
                if isinstance(answer, Issued):
                    super().confirm(draft, answer.certificate, accepted=True)
                return answer

        return RemoteCaSubject(ca, Quick(ca.path, Traits(confirms=True, voids_unconfirmed=True)))


class TestRemoteIssuerThatCallsTooEarly(IdempotentIssuerContract):
    @pytest.fixture
    def subject(self, ca: RemoteCa) -> RemoteIssuerSubject:
        class Early(RemoteCaIssuer):
            def draft(self, order: Order | RevocationOrder) -> bytes:
                draft = super().draft(order)
                with suppress(NotSent):
                    super().call(draft)
                return draft

        return RemoteCaSubject(ca, Early(ca.path, Traits(idempotent=True)))


class TestRemoteIssuerThatDoesNotKnowWhatWasSent(RemoteIssuerContract):
    @pytest.fixture
    def subject(self, ca: RemoteCa) -> RemoteIssuerSubject:
        class Unsure(RemoteCaIssuer):
            def call(self, draft: bytes) -> IssuerAnswer:
                try:
                    return super().call(draft)
                except NotSent as error:
                    raise Unavailable(str(error)) from None

        return RemoteCaSubject(ca, Unsure(ca.path))


class TestRemoteIssuerThatRaisesRefusals(RemoteIssuerContract):
    @pytest.fixture
    def subject(self, ca: RemoteCa) -> RemoteIssuerSubject:
        class Raising(RemoteCaIssuer):
            def call(self, draft: bytes) -> IssuerAnswer:
                answer = super().call(draft)
                if isinstance(answer, Rejected):
                    raise Unavailable(answer.detail)
                return answer

        return RemoteCaSubject(ca, Raising(ca.path))


class TestRemoteIssuerThatIssuesTwice(IdempotentIssuerContract):
    @pytest.fixture
    def subject(self, ca: RemoteCa) -> RemoteIssuerSubject:
        forgetful = ca.issuer()

        class Twice(RemoteCaIssuer):
            def call(self, draft: bytes) -> IssuerAnswer:
                return forgetful.call(draft)

        return RemoteCaSubject(ca, Twice(ca.path, Traits(idempotent=True)))


class TestRemoteIssuerThatFindsWhatItWasNotToldToDo(IssuerThatLooksUpContract):
    @pytest.fixture
    def subject(self, ca: RemoteCa) -> RemoteIssuerSubject:
        class Hasty(RemoteCaIssuer):
            def lookup(self, draft: bytes) -> IssuerAnswer | None:
                return super().lookup(draft) or super().call(draft)

        return RemoteCaSubject(ca, Hasty(ca.path, Traits(looks_up=True)))


class TestRemoteIssuerThatAcceptsEverything(IssuerThatConfirmsContract):
    @pytest.fixture
    def subject(self, ca: RemoteCa) -> RemoteIssuerSubject:
        class Accepting(RemoteCaIssuer):
            def confirm(self, draft: bytes, certificate: bytes, *, accepted: bool) -> None:
                super().confirm(draft, certificate, accepted=True)

        return RemoteCaSubject(ca, Accepting(ca.path, Traits(confirms=True)))


class TestRemoteIssuerWhosePromiseIsNotTested(RemoteIssuerContract):
    @pytest.fixture
    def subject(self, ca: RemoteCa) -> RemoteIssuerSubject:
        return RemoteCaSubject(ca, ca.issuer(looks_up=True))
