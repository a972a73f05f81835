"""The contract suite of ReachableIssuer, which an adapter of RemoteIssuer may be besides."""

import pytest

from lockgate.errors import NotSent, Unavailable
from lockgate.ports import ReachableIssuer
from lockgate_testing.contracts.remote_issuer import RemoteIssuerSubject


class ReachableIssuerContract:
    """A question to the CA that has no effect. A subclass supplies the fixture `subject`."""

    @pytest.fixture
    def subject(self) -> RemoteIssuerSubject:
        """An issuer under test, and its CA."""
        raise NotImplementedError

    @staticmethod
    def _issuer(subject: RemoteIssuerSubject) -> ReachableIssuer:
        assert isinstance(subject.issuer, ReachableIssuer)
        return subject.issuer

    def test_a_ca_that_answers_is_described_in_one_line(self, subject: RemoteIssuerSubject) -> None:
        said = self._issuer(subject).reach()
        assert said
        assert said.isprintable()

    def test_the_question_has_no_effect(self, subject: RemoteIssuerSubject) -> None:
        before = list(subject.issued()), dict(subject.revoked())
        self._issuer(subject).reach()
        assert (list(subject.issued()), dict(subject.revoked())) == before

    def test_a_ca_that_cannot_be_reached(self, subject: RemoteIssuerSubject) -> None:
        with subject.cut_off(), pytest.raises((NotSent, Unavailable)):
            self._issuer(subject).reach()
        assert self._issuer(subject).reach()
