"""How a client behaves; credentials and trust are apart."""

from dataclasses import dataclass

from lockgate_formats import der
from lockgate_formats.cmp.limits import DEFAULT_LIMITS, DEFAULT_PROTECTION, MessageLimits, ProtectionLimits


@dataclass(frozen=True, slots=True, kw_only=True)
class CmpClientSettings:
    """Settings.

    Attributes:
        recipient: DER Name of the CA; the empty name where it is not known.
        pvno: 2, or 3 (RFC 9810, 7): needed for keys that the CA makes, for encrypted certificates, and for certificates
            whose signature names no hash.
        implicit_confirm: whether the client asks not to have to confirm certificates.
        unprotected_errors: whether an error without protection counts as a refusal. Anybody on the way can make one.
        attempts: how often a message is sent, the same octets each time, before the client gives up.
        pause: seconds between two of them.
        shortest_poll, longest_poll: seconds; the CA's checkAfter is kept within them.
        patience: seconds that `CmpClient.finish` takes at most.
        limits, protection: bounds on answers.
    """

    recipient: bytes = der.sequence()
    pvno: int = 2
    implicit_confirm: bool = False
    unprotected_errors: bool = False
    attempts: int = 3
    pause: float = 1.0
    shortest_poll: float = 1.0
    longest_poll: float = 3600.0
    patience: float = 86_400.0
    limits: MessageLimits = DEFAULT_LIMITS
    protection: ProtectionLimits = DEFAULT_PROTECTION
