"""Failures that are no refusal of the CA's, as the summary counts them."""

from lockgate.errors import LockgateError, NoAnswer, NotProcessed, PeerError, Unavailable, UnverifiedAnswer

FAILURES = (PeerError, Unavailable)
"""What may fail while the load goes on; everything else ends it."""
_REASONS: dict[type[LockgateError], str] = {
    UnverifiedAnswer: "unverified_answer",
    NotProcessed: "set_aside",
    PeerError: "peer_error",
    NoAnswer: "no_answer",
    Unavailable: "unavailable",
}
"""The first that fits."""


def reason_of(error: LockgateError) -> str:
    """The stable code of a failure."""
    return next(_REASONS[kind] for kind in _REASONS if isinstance(error, kind))
