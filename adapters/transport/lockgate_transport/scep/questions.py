"""GetCert, GetCRL and GetNextCACert (RFC 8894, 3.3.4 to 3.3.5 and 4.7): what the CA publishes, asked of the CA.

The same question of the same key is one transaction, under whatever id it comes, so that none is asked too often.
"""

import hashlib
from collections.abc import Callable
from functools import partial

from lockgate.enrolment.clients import MAX_CLIENT_NAME, Client, Side
from lockgate.enrolment.outcome import Granted, Pending, Refused
from lockgate.enrolment.refusals import Refusal
from lockgate.enrolment.transactions import Enrolment
from lockgate.requests.submessages import Request
from lockgate_formats.cms.names import Identifier, comparable, identifier
from lockgate_transport.scep.cases import NO_HOLDER, Alias, Answered, Case, unencryptable
from lockgate_transport.scep.replies import Reader

NEXT_CA_CERTIFICATE = "#GetNextCACert"
"""Begins the id of the transaction that asks for a CA's next certificate; `#` stands in no device's."""
QUESTION = "#Question"
"""Begins the id of one that asks what else the CA publishes."""


class Questions:
    """Answers holders of certificates, and GetNextCACert to anybody."""

    def __init__(self, alias: Alias) -> None:
        self._alias = alias
        self._rules, self._enrolments, self._composer = alias.rules, alias.enrolments, alias.composer
        self._issuer = comparable(alias.rules.issuer)

    def certificate(self, case: Case) -> Answered:
        """The answer to GetCert."""
        return self._answer(case, self._composer.certificate)

    def crl(self, case: Case) -> Answered:
        """The answer to GetCRL."""
        return self._answer(case, self._composer.crl)

    def next_ca_certificates(self) -> bytes | Refused | Pending:
        """The answer to GetNextCACert (RFC 8894, 4.7): what the CA's current key has signed.

        Whoever asks, it is one transaction, and counts for itself.

        Raises:
            Unavailable: the message database cannot be reached.
            PeerError: what stands there was not written by this RA or its CA.
        """
        asked = Enrolment(alias=self._rules.alias, signer_key="", request=self._rules.ca_name, subject=b"")
        name = f"{NEXT_CA_CERTIFICATE} {self._rules.alias}"
        counted = Client(name[:MAX_CLIENT_NAME], Side.QUESTIONS)
        outcome = self._enrolments.ask(name, asked, counted, self._composer.next_ca_certificate)
        return outcome.signed if isinstance(outcome, Granted) else outcome

    def _answer(self, case: Case, compose: Callable[[Identifier], Request | Refused]) -> Answered:
        holder = self._alias.holder(case, Side.QUESTIONS)
        if holder is None:
            return Answered(NO_HOLDER)
        found = self._alias.opener.open(case.message.content, identifier)
        if isinstance(found, Refused):
            return Answered(found)
        opened, named = found
        if named.issuer != self._issuer:
            return Answered(Refused(Refusal.ANOTHER_ISSUER))
        reader = Reader(case.message.signer, opened.cipher)
        if not reader.can_be_answered():
            return unencryptable(case.message.message_type)
        what = f"{case.message.message_type.name} {named.serial_number:x}"
        asked = Enrolment(alias=self._rules.alias, signer_key=case.message.signer.key, request=what, subject=b"")
        outcome = self._enrolments.ask(_name(asked), asked, holder, partial(compose, named))
        return Answered(outcome, reader, awaited_by=holder.name)


def _name(asked: Enrolment) -> str:
    """The id of the transaction that a question is: of the same question by the same key there is one, under whatever
    ids it is asked. Devices may give all of theirs the same id, and what was recorded may be played again."""
    parts = "\x00".join((asked.alias, asked.signer_key, asked.request))
    return f"{QUESTION} {hashlib.sha256(parts.encode()).hexdigest()}"
