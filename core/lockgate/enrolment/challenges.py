"""Challenge passwords of requests (RFC 8894, 2.3): the one that all devices of an alias share, or each device's own.

A device's own is its end entity's one-time password: only the CA can tell whether it is right.
"""

import hmac
import re
from dataclasses import dataclass, field

from lockgate.enrolment.outcome import Refused
from lockgate.enrolment.refusals import Refusal

_GENERATED = re.compile("[A-Z2-7]{26}")
NONE = "none"
"""As `authPwd`: no challenge password is asked for."""
WRONG_CHALLENGE = Refused(Refusal.WRONG_CHALLENGE)


def is_one_time_password(text: str) -> bool:
    """Whether a text has the form of the CA's one-time passwords: 128 random bits (RFC 4648, 6)."""
    return _GENERATED.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class ChallengeRule:
    """Which challenge password a request must carry.

    Attributes:
        shared: the one of all devices; None where none is asked for here.
        own: whether it must carry one that the CA checks.
    """

    shared: str | None = field(default=None, repr=False)
    own: bool = False

    def judge(self, challenge: str | None) -> Refused | None:
        """Why a request with that challenge password is refused; takes the same time for every wrong one."""
        if self.shared is not None and not hmac.compare_digest((challenge or "").encode(), self.shared.encode()):
            return WRONG_CHALLENGE
        return WRONG_CHALLENGE if self.own and not challenge else None

    def own_of(self, challenge: str | None) -> str | None:
        """The challenge password, if it is fit to encrypt an answer with, None otherwise.

        It must be of the form of the CA's one-time passwords, 128 random bits, and nothing that all devices know.
        """
        if challenge is None or not is_one_time_password(challenge):
            return None
        shared = self.shared is not None and hmac.compare_digest(challenge.encode(), self.shared.encode())
        return None if shared else challenge
