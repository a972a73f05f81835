"""Challenge passwords of requests (RFC 8894, 2.3): the one that all devices of an alias share, or each device's own.

A device's own is its end entity's one-time password: only the CA can tell whether it is right.
"""

import hmac
import re
from dataclasses import dataclass, field

from lockgate.enrolment.scep import FailInfo, Failure

_GENERATED = re.compile("[A-Z2-7]{26}")
NONE = "none"
"""As `authPwd`: no challenge password is asked for."""
WRONG_CHALLENGE = Failure(FailInfo.BAD_REQUEST, "The challenge password is missing or wrong.")


@dataclass(frozen=True, slots=True)
class ChallengeRule:
    """Which challenge password a request must carry.

    Attributes:
        shared: the one of all devices; None where none is asked for here.
        own: whether it must carry one that the CA checks.
    """

    shared: str | None = field(default=None, repr=False)
    own: bool = False

    def judge(self, challenge: str | None) -> Failure | None:
        """Why a request with that challenge password is refused; takes the same time for every wrong one."""
        if self.shared is not None and not hmac.compare_digest((challenge or "").encode(), self.shared.encode()):
            return WRONG_CHALLENGE
        return WRONG_CHALLENGE if self.own and not challenge else None

    def is_own(self, challenge: str | None) -> bool:
        """Whether nobody but the device that sends it, or for which the CA made it, should know it."""
        if challenge is None or not is_generated(challenge):
            return False
        return self.shared is None or not hmac.compare_digest(challenge.encode(), self.shared.encode())


def is_generated(challenge: str | None) -> bool:
    """Whether it has the form of the CA's one-time passwords, 128 random bits: fit to encrypt an answer with."""
    return challenge is not None and _GENERATED.fullmatch(challenge) is not None
