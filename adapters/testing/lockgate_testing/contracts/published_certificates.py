"""The contract suites of PublishedCertificates and RootSuccession, which an adapter of RemoteIssuer may be besides."""

import pytest

from lockgate.errors import NotSent, Unavailable
from lockgate.ports import PublishedCertificates, RootSuccession
from lockgate_testing.contracts.remote_issuer import RemoteIssuerSubject


class PublishedCertificatesContract:
    """A CA that tells its certificates. A subclass supplies the fixture `subject`."""

    @pytest.fixture
    def subject(self) -> RemoteIssuerSubject:
        """An issuer under test, and its CA."""
        raise NotImplementedError

    def test_its_own_certificate_is_the_first_one(self, subject: RemoteIssuerSubject) -> None:
        before = list(subject.issued())
        assert _telling(subject).certificates(subject.ca_name)[0] == subject.certificate
        assert list(subject.issued()) == before

    def test_a_ca_that_cannot_be_asked_for_them(self, subject: RemoteIssuerSubject) -> None:
        with subject.cut_off(), pytest.raises((NotSent, Unavailable)):
            _telling(subject).certificates(subject.ca_name)


class RootSuccessionContract:
    """A CA whose root has not changed. A subclass supplies the fixture `subject`."""

    @pytest.fixture
    def subject(self) -> RemoteIssuerSubject:
        """An issuer under test, and its CA, which is a root."""
        raise NotImplementedError

    def test_a_root_from_which_none_has_taken_over(self, subject: RemoteIssuerSubject) -> None:
        for root in (None, subject.certificate):
            assert _succession(subject).new_root(root) is None

    def test_a_ca_that_cannot_be_asked_for_its_root(self, subject: RemoteIssuerSubject) -> None:
        with subject.cut_off(), pytest.raises((NotSent, Unavailable)):
            _succession(subject).new_root(None)


def _telling(subject: RemoteIssuerSubject) -> PublishedCertificates:
    assert isinstance(subject.issuer, PublishedCertificates)
    return subject.issuer


def _succession(subject: RemoteIssuerSubject) -> RootSuccession:
    assert isinstance(subject.issuer, RootSuccession)
    return subject.issuer
