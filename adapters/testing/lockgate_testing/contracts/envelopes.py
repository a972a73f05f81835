"""The contract suite of the port Envelopes."""

from dataclasses import dataclass

import pytest

from lockgate.errors import KeystoreError
from lockgate.ports import Envelopes, Opened, Signed
from lockgate.reasons import Reason, Rejected
from lockgate.requests.content import ContentKind

CONTENT = b'{"some": "content"}'


@dataclass(frozen=True, slots=True)
class EnvelopesSubject:
    """The envelopes under test, of three parties that send messages to each other.

    Attributes:
        ra: with the RA's keystore.
        ra_certificate: of that keystore's key, DER.
        worker: with the worker's keystore.
        worker_certificate: of that keystore's key, DER.
        stranger: with no keystore.
    """

    ra: Envelopes
    ra_certificate: bytes
    worker: Envelopes
    worker_certificate: bytes
    stranger: Envelopes


class EnvelopesContract:
    """Every rule of the port Envelopes. A subclass supplies the fixture `subject`."""

    @pytest.fixture
    def subject(self) -> EnvelopesSubject:
        """The envelopes under test."""
        raise NotImplementedError("supply the fixture `subject`: the envelopes under test")

    @pytest.mark.parametrize("kind", list(ContentKind))
    def test_what_is_signed_and_encrypted_is_opened_and_verified(
        self, subject: EnvelopesSubject, kind: ContentKind
    ) -> None:
        opened = _opened(subject, _sealed(subject, kind))
        assert (opened.signed, opened.encrypted) == (True, True)
        assert subject.worker.verify(opened) == Signed(CONTENT, kind, subject.ra_certificate)

    def test_what_is_signed_only_is_verified(self, subject: EnvelopesSubject) -> None:
        opened = _opened(subject, subject.ra.seal(CONTENT, ContentKind.REQUEST, sign=True, encrypt_to=None))
        assert (opened.signed, opened.encrypted, opened.authenticated) == (True, False, False)
        assert subject.worker.verify(opened) == Signed(CONTENT, ContentKind.REQUEST, subject.ra_certificate)

    def test_plain_content_stays_as_it_is(self, subject: EnvelopesSubject) -> None:
        submessage = subject.ra.seal(CONTENT, ContentKind.REQUEST, sign=False, encrypt_to=None)
        expected = Opened(CONTENT, signed=False, encrypted=False, authenticated=False)
        assert _opened(subject, submessage) == expected

    def test_what_is_encrypted_without_a_signature_is_authenticated(self, subject: EnvelopesSubject) -> None:
        submessage = subject.stranger.seal(
            CONTENT, ContentKind.REQUEST, sign=False, encrypt_to=subject.worker_certificate
        )
        expected = Opened(CONTENT, signed=False, encrypted=True, authenticated=True)
        assert _opened(subject, submessage) == expected

    def test_what_is_not_signed_does_not_verify(self, subject: EnvelopesSubject) -> None:
        result = subject.worker.verify(Opened(CONTENT, signed=False, encrypted=True, authenticated=True))
        assert isinstance(result, Rejected)
        assert result.reason is Reason.UNREADABLE

    def test_only_the_recipient_opens(self, subject: EnvelopesSubject) -> None:
        submessage = _sealed(subject)
        for other in (subject.ra, subject.stranger):
            result = other.open(submessage)
            assert isinstance(result, Rejected)
            assert (result.reason, result.detail) == (Reason.UNREADABLE, "")

    @pytest.mark.parametrize("submessage", [b"", b"garbage", b"\x30\x00", bytes(1000)])
    def test_garbage_is_unreadable(self, subject: EnvelopesSubject, submessage: bytes) -> None:
        result = subject.worker.open(submessage)
        assert isinstance(result, Rejected)
        assert (result.reason, result.detail) == (Reason.UNREADABLE, "")

    def test_a_changed_octet_is_noticed(self, subject: EnvelopesSubject) -> None:
        submessage = bytearray(_sealed(subject))
        submessage[-20] ^= 1
        opened = subject.worker.open(bytes(submessage))
        result = opened if isinstance(opened, Rejected) else subject.worker.verify(opened)
        assert isinstance(result, Rejected)
        assert result.reason is Reason.UNREADABLE

    def test_messages_split_into_what_was_joined(self, subject: EnvelopesSubject) -> None:
        parts = (b"one", b"", bytes(300))
        assert subject.worker.split(subject.ra.join(parts)) == parts

    def test_what_is_no_sequence_of_submessages_is_not_split(self, subject: EnvelopesSubject) -> None:
        result = subject.worker.split(b"garbage")
        assert isinstance(result, Rejected)
        assert result.reason is Reason.MALFORMED_MESSAGE

    def test_signing_without_a_key_is_an_error(self, subject: EnvelopesSubject) -> None:
        with pytest.raises(KeystoreError):
            subject.stranger.seal(CONTENT, ContentKind.REQUEST, sign=True, encrypt_to=None)


def _sealed(subject: EnvelopesSubject, kind: ContentKind = ContentKind.REQUEST) -> bytes:
    """Content of the RA for the worker, signed and encrypted."""
    return subject.ra.seal(CONTENT, kind, sign=True, encrypt_to=subject.worker_certificate)


def _opened(subject: EnvelopesSubject, submessage: bytes) -> Opened:
    result = subject.worker.open(submessage)
    assert isinstance(result, Opened)
    return result
