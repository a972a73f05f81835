"""The journal: the one final decision about each request.

An entry commits together with the effect it reports. Its key is unique over all workers and data sources, so a
request that arrives again, for whatever reason, finds the entry instead of being executed again
(docs/threat-model.md, rule 12). A request that waits is known by the same key, until its entry is recorded.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from lockgate.reasons import Reason, Rejected


@dataclass(frozen=True, slots=True)
class JournalKey:
    """The key that makes a request unique.

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


@dataclass(frozen=True, slots=True)
class PendingRequest:
    """A request that was accepted and waits for an approval, or for operations at remote issuers; no verdict yet.

    Attributes:
        digest: SHA-256 over the verified content, lower-case hexadecimal.
        data_source, message_id: where it waits.
        approval: the id of the approval; empty where it waits for none.
        decisions: how many decisions there were when it was last looked at.
        operation: the operation key of the request whose operations it waits for, its own or another's; empty where it
            waits for none.
        effects: how many effects the request has, where its own operations are under way; otherwise 0.
    """

    key: JournalKey
    digest: str
    data_source: str
    message_id: str
    approval: str
    decisions: int
    operation: str = ""
    effects: int = 0

    @property
    def is_under_way(self) -> bool:
        """Whether the request's own operations are under way."""
        return self.effects > 0


Known = JournalEntry | PendingRequest
Found = TypeVar("Found", bound=Known)


def judge_replay(known: Found | None, digest: str) -> Found | Rejected | None:
    """None for a new request; `known` if the content is the same; a rejection if the content is another."""
    if known is None or known.digest == digest:
        return known
    return Rejected(Reason.REPLAYED)
