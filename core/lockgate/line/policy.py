"""What one worker's settings demand of every submessage. The line asks for each judgement at the step it belongs to."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from lockgate.ports import Opened
from lockgate.reasons import Reason, Rejected
from lockgate.requests.content import DEFAULT_MAX_LIFETIME, Recipient, RequestHeader
from lockgate.rights.whitelist import accepts


@dataclass(frozen=True, slots=True)
class LinePolicy:
    """The rules of one worker for every submessage.

    Each judgement returns why the submessage is refused, or None where these rules allow it.

    Attributes:
        worker: its name, for the audit log.
        recipient: the CA instance and data source that requests must be meant for.
        whitelist: accepted request types; empty for every type.
        signs: whether the worker has a keystore, and so signs every answer.
        max_lifetime: how long a request may stay valid at most.
        max_per_hour: new requests of each signer that are taken in an hour; 0 for any number.
        own_certificates: fingerprints of the worker's certificates, which authenticate nobody
            (`Coordinator.introduce`).
    """

    worker: str
    recipient: Recipient
    encryption_required: bool
    signature_required: bool
    whitelist: frozenset[str]
    signs: bool
    max_lifetime: timedelta = DEFAULT_MAX_LIFETIME
    max_per_hour: int = 0
    own_certificates: frozenset[str] = frozenset()

    @property
    def counts_requests(self) -> bool:
        """Whether new requests are counted at all."""
        return self.max_per_hour > 0

    def judge_envelope(self, opened: Opened) -> Rejected | None:
        """Whether the submessage is encrypted where it has to be."""
        if self.encryption_required and not opened.encrypted:
            return Rejected(Reason.ENCRYPTION_REQUIRED)
        return None

    def judge_unsigned(self) -> Rejected | None:
        """Whether content without a signature is taken."""
        return Rejected(Reason.SIGNATURE_REQUIRED) if self.signature_required else None

    def judge_type(self, request_type: str) -> Rejected | None:
        """Whether requests of that type are taken."""
        return None if accepts(self.whitelist, request_type) else Rejected(Reason.NOT_WHITELISTED)

    def judge_count(self, count: int) -> Rejected | None:
        """Whether one more request is taken: its signer's new one number `count` in this hour."""
        if count > self.max_per_hour:
            return Rejected(
                Reason.TOO_MANY_REQUESTS, f"At most {self.max_per_hour} are taken in an hour (max_per_hour)."
            )
        return None

    def judge_freshness(self, header: RequestHeader, now: datetime) -> Rejected | None:
        """Whether the content may be carried out at `now`, the CA database's clock."""
        return header.judge_freshness(now, self.max_lifetime)
