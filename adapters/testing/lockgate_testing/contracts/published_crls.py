"""The contract suite of the port PublishedCrls: also for a remote issuer whose adapter can fetch CRLs."""

from abc import abstractmethod
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import pytest

from lockgate.errors import Unavailable
from lockgate.ports import PublishedCrls

AT_ONCE = 4


class PublishedCrlsSubject(Protocol):
    """The adapter under test, and actions at its CA.

    Attributes:
        published: the adapter.
        ca_certificate: the CA's own, DER.
    """

    published: PublishedCrls
    ca_certificate: bytes

    @abstractmethod
    def publish(self) -> bytes:
        """Have the CA publish its next full CRL, another one each time; the CRL, DER."""

    @abstractmethod
    def cut_off(self) -> None:
        """From now on the adapter cannot reach what was published."""


class PublishedCrlsContract:
    """Every rule of the port PublishedCrls. A subclass supplies the fixture `subject`."""

    @pytest.fixture
    def subject(self) -> PublishedCrlsSubject:
        """An adapter, and a CA that has published nothing yet."""
        raise NotImplementedError("supply the fixture `subject`: an adapter and its CA, as a PublishedCrlsSubject")

    def test_it_is_one(self, subject: PublishedCrlsSubject) -> None:
        assert isinstance(subject.published, PublishedCrls)

    def test_the_last_crl_is_returned_as_it_is(self, subject: PublishedCrlsSubject) -> None:
        for _ in range(2):
            crl = subject.publish()
            assert subject.published.crl(subject.ca_certificate) == crl
            assert subject.published.crl(subject.ca_certificate) == crl

    def test_several_threads_at_a_time(self, subject: PublishedCrlsSubject) -> None:
        crl = subject.publish()
        with ThreadPoolExecutor(AT_ONCE) as threads:
            found = list(threads.map(subject.published.crl, [subject.ca_certificate] * AT_ONCE))
        assert found == [crl] * AT_ONCE

    def test_what_cannot_be_reached_is_unavailable(self, subject: PublishedCrlsSubject) -> None:
        subject.publish()
        subject.cut_off()
        with pytest.raises(Unavailable):
            subject.published.crl(subject.ca_certificate)
