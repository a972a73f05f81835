"""The answers that a client accepts (docs/threat-model.md, rules 2 and 15).

An answer counts if a pinned worker certificate signed it, it is as protected as the request was, and it names this very
request: by digest, recipient, message, place and request id. Every other answer is unverified, even if the row has the
status of an answered message.
"""

from lockgate.errors import UnverifiedAnswer
from lockgate.names.counted import counted
from lockgate.ports import Contents, Envelopes
from lockgate.ra.sent import SentMessage, SentPart
from lockgate.reasons import Rejected
from lockgate.requests.content import AnswerContent, ContentKind, DigestOf
from lockgate.requests.request_types import RequestTypes
from lockgate.requests.submessages import Response


class AnswerCheck:
    """Opens and checks answers.

    Args:
        pinned: the DER certificates whose signatures count.
        insist_signed: refuse unsigned answers even to unsigned requests.
        insist_encrypted: refuse answers in clear even to requests in clear.
    """

    def __init__(
        self,
        envelopes: Envelopes,
        contents: Contents,
        request_types: RequestTypes,
        pinned: frozenset[bytes],
        *,
        insist_signed: bool,
        insist_encrypted: bool,
    ) -> None:
        self._envelopes = envelopes
        self._contents = contents
        self._request_types = request_types
        self._pinned = pinned
        self._insist_signed = insist_signed
        self._insist_encrypted = insist_encrypted

    def read(self, message: bytes, pending: SentMessage) -> tuple[Response, ...]:
        """The responses to each part of `pending`, from the octets of the answered row.

        Raises:
            UnverifiedAnswer: any of them is not provably the CA's answer.
        """
        answers = self._envelopes.split(message)
        if isinstance(answers, Rejected):
            raise UnverifiedAnswer(f"the row holds no answers: {answers.internal or answers.reason}")
        if len(answers) != len(pending.parts):
            raise UnverifiedAnswer(f"{counted(len(answers), 'answer')} to {counted(len(pending.parts), 'request')}")
        return tuple(self._read_part(octets, pending, number) for number, octets in enumerate(answers, start=1))

    def _read_part(self, octets: bytes, pending: SentMessage, number: int) -> Response:
        content, encrypted = self._opened(octets, pending)
        answer = self._contents.read_answer(content)
        if isinstance(answer, Rejected):
            raise UnverifiedAnswer(f"part {number}: {answer.fail_info}")
        if answer.place != pending.place(number):
            raise UnverifiedAnswer(f"part {number}: the answer belongs to another message or part")
        if answer.recipient != pending.recipient:
            raise UnverifiedAnswer(f"part {number}: another CA or data source answers than was asked")
        sent = pending.parts[number - 1]
        if answer.digest_of is DigestOf.SUBMESSAGE:
            return self._refusal(_notice(answer, sent, number), sent)
        if not encrypted and (pending.encrypted or self._insist_encrypted):
            raise UnverifiedAnswer(f"part {number}: the answer is not encrypted")
        return self._verdict(answer, sent, number)

    def _opened(self, octets: bytes, pending: SentMessage) -> tuple[bytes, bool]:
        """The content of one answer, its signature checked where there must be one, and whether it was encrypted."""
        opened = self._envelopes.open(octets)
        if isinstance(opened, Rejected):
            raise UnverifiedAnswer(f"an answer cannot be read: {opened.internal}")
        if not opened.signed:
            if pending.signed or self._insist_signed:
                raise UnverifiedAnswer("an answer is not signed")
            return opened.octets, opened.encrypted
        signed = self._envelopes.verify(opened)
        if isinstance(signed, Rejected):
            raise UnverifiedAnswer(f"an answer's signature does not hold: {signed.internal}")
        if signed.kind is not ContentKind.ANSWER or signed.certificate not in self._pinned:
            raise UnverifiedAnswer("an answer is not signed as such by a known worker")
        return signed.content, opened.encrypted

    def _verdict(self, answer: AnswerContent, sent: SentPart, number: int) -> Response:
        """A verdict on the request; the CA does not know the id of a request that it could not understand."""
        response, known = answer.response, self._request_types.get(sent.request_type)
        not_understood = type(response) is Response and not response.success
        if answer.digest != sent.content_digest:
            raise UnverifiedAnswer(f"part {number}: the answer is to another request")
        fits = known is not None and type(response) is known.response and response.request_id == sent.request_id
        if not fits and not not_understood:
            raise UnverifiedAnswer(f"part {number}: the answer has another type or request id than the request")
        return response if fits else self._refusal(response, sent)

    def _refusal(self, refused: Response, sent: SentPart) -> Response:
        """The refusal of a request that the CA could not understand, as the response to the request that was sent: the
        answer's place and digest identify that one.
        """
        known = self._request_types.get(sent.request_type)
        kind = known.response if known else Response
        return kind(request_id=sent.request_id, success=False, fail_info=refused.fail_info, reason=refused.reason)


def _notice(answer: AnswerContent, sent: SentPart, number: int) -> Response:
    """A notice is about the octets found and can only refuse them. It reveals nothing, so it may be sent in clear."""
    response = answer.response
    if answer.digest != sent.submessage_digest or type(response) is not Response or response.success:
        raise UnverifiedAnswer(f"part {number}: a notice that refuses other octets, or does not refuse")
    return response
