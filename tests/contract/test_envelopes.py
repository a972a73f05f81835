"""What every implementation of envelopes does for the line that stands on it."""

import pytest

from lockgate.errors import KeystoreError
from lockgate.ports import Envelopes, Opened, Signed
from lockgate.reasons import Reason, Rejected
from lockgate.requests.content import ContentKind
from lockgate_formats.cms import CmsEnvelopes, EnvelopeForm
from tests.support.pki import identities

CONTENT = b'{"some": "content"}'


@pytest.fixture(params=list(EnvelopeForm), ids=lambda form: form.name)
def ra(request: pytest.FixtureRequest) -> Envelopes:
    return CmsEnvelopes(identities.ra().keystore, form=request.param)


@pytest.fixture
def worker() -> Envelopes:
    return CmsEnvelopes(identities.worker().keystore)


def opened(envelopes: Envelopes, submessage: bytes) -> Opened:
    result = envelopes.open(submessage)
    assert isinstance(result, Opened)
    return result


@pytest.mark.parametrize("kind", list(ContentKind))
def test_signed_and_encrypted(ra: Envelopes, worker: Envelopes, kind: ContentKind) -> None:
    its = opened(worker, ra.seal(CONTENT, kind, sign=True, encrypt_to=identities.worker().der))
    assert (its.signed, its.encrypted) == (True, True)
    assert worker.verify(its) == Signed(CONTENT, kind, identities.ra().der)


def test_signed(ra: Envelopes, worker: Envelopes) -> None:
    its = opened(worker, ra.seal(CONTENT, ContentKind.REQUEST, sign=True, encrypt_to=None))
    assert (its.signed, its.encrypted, its.authenticated) == (True, False, False)
    assert worker.verify(its) == Signed(CONTENT, ContentKind.REQUEST, identities.ra().der)


def test_plain(ra: Envelopes, worker: Envelopes) -> None:
    submessage = ra.seal(CONTENT, ContentKind.REQUEST, sign=False, encrypt_to=None)
    assert opened(worker, submessage) == Opened(CONTENT, signed=False, encrypted=False, authenticated=False)


def test_encrypted_without_a_signature_is_authenticated_or_refused(worker: Envelopes) -> None:
    sender = CmsEnvelopes(None)
    submessage = sender.seal(CONTENT, ContentKind.REQUEST, sign=False, encrypt_to=identities.worker().der)
    assert opened(worker, submessage) == Opened(CONTENT, signed=False, encrypted=True, authenticated=True)


def test_what_is_not_signed_does_not_verify(worker: Envelopes) -> None:
    result = worker.verify(Opened(CONTENT, signed=False, encrypted=True, authenticated=True))
    assert isinstance(result, Rejected)
    assert result.reason is Reason.UNREADABLE


def test_only_the_recipient_opens(ra: Envelopes, worker: Envelopes) -> None:
    submessage = ra.seal(CONTENT, ContentKind.REQUEST, sign=True, encrypt_to=identities.worker().der)
    for stranger in (ra, CmsEnvelopes(None)):
        result = stranger.open(submessage)
        assert isinstance(result, Rejected)
        assert (result.reason, result.detail) == (Reason.UNREADABLE, "")


@pytest.mark.parametrize("submessage", [b"", b"garbage", b"\x30\x00", bytes(1000)])
def test_garbage_is_unreadable(worker: Envelopes, submessage: bytes) -> None:
    result = worker.open(submessage)
    assert isinstance(result, Rejected)
    assert (result.reason, result.detail) == (Reason.UNREADABLE, "")


def test_a_changed_octet_is_noticed(ra: Envelopes, worker: Envelopes) -> None:
    submessage = bytearray(ra.seal(CONTENT, ContentKind.REQUEST, sign=True, encrypt_to=identities.worker().der))
    submessage[-20] ^= 1
    result = worker.open(bytes(submessage))
    if isinstance(result, Opened):
        result = worker.verify(result)  # type: ignore[assignment]
    assert isinstance(result, Rejected)
    assert result.reason is Reason.UNREADABLE


def test_messages_split_into_what_was_joined(ra: Envelopes, worker: Envelopes) -> None:
    parts = (b"one", b"", bytes(300))
    assert worker.split(ra.join(parts)) == parts
    result = worker.split(b"garbage")
    assert isinstance(result, Rejected)
    assert result.reason is Reason.MALFORMED_MESSAGE


def test_signing_without_a_key_is_an_error() -> None:
    with pytest.raises(KeystoreError):
        CmsEnvelopes(None).seal(CONTENT, ContentKind.REQUEST, sign=True, encrypt_to=None)
