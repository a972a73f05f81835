"""The closed families of errors. The party that caused an error decides what happens next.

A refusal that belongs to the protocol is a value (`lockgate.reasons.Rejected`), never an exception. Exceptions are for
callers of an API, for peers whose answers cannot be trusted, for services that cannot be reached, and for defects.
"""

__all__ = [
    "CallerError",
    "ConfigurationError",
    "Conflict",
    "Defect",
    "DuplicateMessage",
    "FenceLost",
    "IllegalTransition",
    "InvalidName",
    "KeyAway",
    "KeystoreError",
    "LockgateError",
    "MessageBusy",
    "MessageTooLarge",
    "NoAnswer",
    "NotProcessed",
    "NotSent",
    "PeerError",
    "TokenAway",
    "Unavailable",
    "Unusable",
    "UnverifiedAnswer",
]


class LockgateError(Exception):
    """Base of every error that this product raises on purpose. Its text may be shown to users and contains no
    secret."""


class CallerError(LockgateError):
    """The caller of an API or command erred; repeating the call unchanged cannot succeed."""


class ConfigurationError(CallerError):
    """A setting is missing, contradictory or unsafe; the text names the key and what to do."""


class InvalidName(CallerError):
    """A distinguished name or alternative name cannot be read or holds what it must not."""


class DuplicateMessage(CallerError):
    """Another message with the same type and message id exists, with other content; or it was answered already."""


class MessageBusy(CallerError):
    """The message to be replaced is in process."""


class MessageTooLarge(CallerError):
    """The message is larger than the configured limit."""


class IllegalTransition(CallerError):
    """The state machine has no such transition."""


class PeerError(LockgateError):
    """Data from the other side cannot be trusted or read."""


class UnverifiedAnswer(PeerError):
    """A row says it is an answer, but it is not provably the CA's answer to this very request."""


class NotProcessed(PeerError):
    """The row says that the message was set aside unanswered; nothing proves that the CA said so."""


class KeystoreError(LockgateError):
    """A keystore cannot be opened, or holds the wrong kind of key or certificate."""


class Unavailable(LockgateError):
    """Something that was there before is not reachable now; the same call may succeed later."""


class Unusable(Unavailable):
    """A database lacks a table, a column or a right. Calls fail until an operator corrects that."""


class KeyAway(Unavailable):
    """A private key cannot be used now. It says nothing of other keys."""


class TokenAway(Unavailable):
    """No key of a token can be used now: the token or its library is not there, or it does not take the PIN."""


class NotSent(Unavailable):
    """Nothing has reached the other side, or it says that it has done nothing: the same call has no effect yet."""


class NotTaken(NotSent):
    """An issuer says that it has not carried out what was sent now, and does not take it any more, for example because
    of its time. It has refused nothing: the same order can be sent anew."""


class StandingUntold(Unavailable):
    """A CA outside does not say how a certificate of its stands now: nothing that it has said counts."""


class Conflict(Unavailable):
    """The transaction lost against another one; nothing of it was committed, and it can be run again at once."""


class NoAnswer(Unavailable):
    """No answer came in time; the message stays, and its answer can be picked up later."""


class FenceLost(Unavailable):
    """Another holder has taken the worker's lease over; nothing of this transaction was committed."""


class Defect(LockgateError):
    """The product itself is wrong: an invariant does not hold."""
