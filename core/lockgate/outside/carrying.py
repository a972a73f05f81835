"""What a CA outside has revoked on its own, carried over to the certificates that are stored here.

A remote issuer signs for such a CA, and its CRL may list certificates that nobody here has revoked. Each entry is
compared with the stored certificate; the part of a CRL that one transaction compares is bounded. After a crash the same
part is compared again, which changes nothing twice.
"""

import logging
from collections.abc import Iterable, Sequence

from lockgate.certification.endentity import CertificateFacts
from lockgate.certification.revocation import RevocationReason, RevokedCertificate, next_standing
from lockgate.errors import PeerError
from lockgate.ports import CrlReader, KeptCrl, RegistryTransaction, RevocationList
from lockgate.reasons import Rejected

_log = logging.getLogger(__name__)
CARRIED_AT_ONCE = 2000
"""Entries that one transaction compares at most."""


class Carrying:
    """Compares CRLs that were kept, each once. The CRL that is under way stays read.

    Args:
        reader: reads what was kept.
    """

    def __init__(self, reader: CrlReader) -> None:
        self._reader = reader
        self._read: RevocationList | None = None

    def carry(self, work: RegistryTransaction, limit: int) -> bool:
        """Compare up to `limit` entries; whether there is more.

        Raises:
            Conflict: a certificate has changed meanwhile; the same part is compared again.
        """
        kept = next(iter(work.outside_crls.uncarried()), None)
        if kept is None:
            self._read = None
            return False
        found = self._found(kept, work)
        if found is None:
            work.outside_crls.carried(kept, 0)
            return True
        # One step more than there are entries: the last one looks for those that are no longer listed.
        first = found.facts.entries + 1 - kept.uncarried
        if first < found.facts.entries:
            part = found.part(first, limit)
            _adopt(kept.ca_name, part, work)
            work.outside_crls.carried(kept, kept.uncarried - len(part))
        else:
            _lift(work.outside_crls.held(kept.ca_name), found, work)
            work.outside_crls.carried(kept, 0)
        return True

    def _found(self, kept: KeptCrl, work: RegistryTransaction) -> RevocationList | None:
        if self._read is None or self._read.facts.digest != kept.facts.digest:
            chain = work.publications.chain(kept.ca_name)
            if isinstance(chain, Rejected):
                return None
            try:
                self._read = self._reader.read(work.outside_crls.content(kept), [chain[0].certificate])
            except PeerError:
                _log.exception("the CRL of CA %s that was kept cannot be read any more", kept.ca_name)
                return None
        return self._read


def _adopt(ca_name: str, entries: Sequence[RevokedCertificate], work: RegistryTransaction) -> None:
    by_number = {entry.serial_number: entry for entry in entries}
    for certificate in work.outside_crls.issued_here(ca_name, list(by_number)):
        entry = by_number[certificate.serial_number]
        if not isinstance(next_standing(certificate.standing, entry.reason, certificate.reason), Rejected):
            work.outside_crls.adopt(certificate, entry)


def _lift(held: Iterable[CertificateFacts], found: RevocationList, work: RegistryTransaction) -> None:
    """A full CRL lists a certificate no more that its CA has taken from hold. Holds that were asked for here stay."""
    for certificate in held:
        if found.find(certificate.serial_number) is None:
            released = RevokedCertificate(
                certificate.serial_number, found.facts.this_update, RevocationReason.REMOVE_FROM_CRL
            )
            work.outside_crls.adopt(certificate, released)
