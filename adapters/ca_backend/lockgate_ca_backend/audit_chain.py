"""The audit log's chain: each entry sealed together with the seal of the one before it.

Every writer (a worker, or the administration) has a chain of its own, numbered from 1, so that workers need not wait
for each other. A seal is an HMAC (RFC 2104) under a key derived from the installation's secret: an attacker who can
write to the database, but does not know the secret, can neither change an entry nor add one. Removing the latest
entries of a chain is found by the writer's head; restoring an earlier head along with them is found by comparing with a
head noted elsewhere.
"""

import hmac
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields

import msgspec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from lockgate.administration.audit import AuditEntry, Head, Tampering

_KEY_OCTETS = 32


class AuditKey:
    """Seals entries.

    Args:
        secret: the installation's secret; the key is derived from it (HKDF, RFC 5869) and serves nothing else.
    """

    def __init__(self, secret: bytes) -> None:
        derivation = HKDF(hashes.SHA256(), _KEY_OCTETS, None, b"lockgate audit log")
        self._key = derivation.derive(secret)

    def seal(self, entry: AuditEntry, previous: str) -> str:
        """The seal of `entry`, whose predecessor has the seal `previous`."""
        content = [previous, *(getattr(entry, member.name) for member in fields(entry) if member.name != "seal")]
        return hmac.new(self._key, msgspec.json.encode(content), "sha256").hexdigest()


def examine(entries: Iterable[AuditEntry], heads: Mapping[str, Head], key: AuditKey) -> Iterator[Tampering]:
    """Every place where the log differs from what was written.

    Args:
        entries: ordered by writer, then by number.
        heads: where each writer's chain ends.
    """
    reached: dict[str, Head] = {}
    for entry in entries:
        before = reached.get(entry.writer, Head())
        if entry.number != before.number + 1:
            yield Tampering(entry.writer, before.number + 1, _missing(before.number + 1, entry.number - 1))
        elif not hmac.compare_digest(entry.seal, key.seal(entry, before.seal)):
            yield Tampering(entry.writer, entry.number, "the entry was changed, moved, or put in by somebody else")
        reached[entry.writer] = Head(entry.number, entry.seal)
    for writer in sorted(reached.keys() | heads.keys()):
        last, head = reached.get(writer, Head()), heads.get(writer, Head())
        if last.number < head.number:
            yield Tampering(writer, last.number + 1, _missing(last.number + 1, head.number))
        elif last != head:
            yield Tampering(writer, last.number, "the chain does not end where its head says")


def _missing(first: int, last: int) -> str:
    if last < first:
        return "the entry stands twice or out of order"
    return "the entry is missing" if first == last else f"the entries up to {last} are missing"
