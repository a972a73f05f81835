"""The journal: what was decided, once and for all, about each request.

An entry commits together with the effect it reports. Its key is unique over all workers and data sources, so a
request that arrives again, for whatever reason, finds the entry instead of being executed again
(docs/threat-model.md, rule 12).
"""

from dataclasses import dataclass
from datetime import datetime

from lockgate.reasons import Reason, Rejected


@dataclass(frozen=True, slots=True)
class JournalKey:
    """What makes a request unique.

    Attributes:
        signer: SHA-256 fingerprint of the signer's certificate, lower-case hexadecimal; empty for unsigned requests.
        nonce: the request's nonce; for unsigned requests the SHA-256 of the content.
    """

    signer: str
    nonce: str


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """A final verdict.

    Attributes:
        digest: SHA-256 over the verified content, lower-case hexadecimal.
        verdict: `success` or the reason's code.
        answer: the sealed answer, exactly as it is written back.
        keep_until: UTC; no replay of this request would be accepted as fresh after this.
    """

    key: JournalKey
    digest: str
    message_id: str
    part: int
    verdict: str
    answer: bytes
    keep_until: datetime


def judge_replay(entry: JournalEntry | None, digest: str) -> JournalEntry | Rejected | None:
    """None for a new request, the entry to repeat for the same content, a rejection for other content."""
    if entry is None or entry.digest == digest:
        return entry
    return Rejected(Reason.REPLAYED)
