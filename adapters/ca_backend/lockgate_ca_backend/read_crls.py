"""The CRLs of CAs outside that stay read in this process.

To read a long CRL takes a second, and in a transaction other writers would wait for that. So a transaction that needs
one which was not read yet ends with a conflict; the next one of the process reads it before it begins.
"""

import hashlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock

from lockgate.certification.revocation import RevokedCertificate
from lockgate.errors import Conflict, PeerError
from lockgate.ports import KeptCrl, RevocationList
from lockgate_formats.crls import read_revocation_list

_log = logging.getLogger(__name__)
CACHED = 4096
"""Entries that are remembered: to search a long CRL takes milliseconds."""
Read = Callable[[bytes, Sequence[bytes]], RevocationList]
"""Reads a DER CRL that one of the DER certificates must have signed; raises PeerError where that cannot be."""


@dataclass(frozen=True, slots=True)
class _ReadCrl:
    digest: str
    find: Callable[[int], RevokedCertificate | None]


class ReadCrls:
    """The last CRL by each key that was looked for, for all threads of a process."""

    def __init__(self, read: Read = read_revocation_list) -> None:
        self._reader = read
        self._read: dict[tuple[str, str], _ReadCrl] = {}
        self._wanted: dict[tuple[str, str], bytes] = {}
        self._searching = Lock()
        self._reading = Lock()

    def entry(self, kept: KeptCrl, certificate: bytes, serial_number: int) -> RevokedCertificate | None:
        """The entry of a CRL for the certificate with that number; None where it has none.

        Args:
            certificate: DER, of the CA, with the key that has signed the CRL.

        Raises:
            Conflict: it was not read yet; after `read_wanted` it is.
            PeerError: it cannot be read any more.
        """
        which = kept.ca_name, kept.facts.key
        with self._searching:
            read = self._read.get(which)
            if read is None or read.digest != kept.facts.digest:
                self._wanted[which] = certificate
                raise Conflict(f"the last CRL of CA {kept.ca_name} has to be read before the transaction")
            return read.find(serial_number)

    def read_wanted(self, content: Callable[[str, str], bytes]) -> None:
        """Read the CRLs that `entry` has missed; while no transaction is open.

        Args:
            content: the DER CRL of a CA by a key, as it is kept now.

        Raises:
            Unavailable: `content` cannot be reached; what was missed is read the next time.
        """
        if not self._wanted:
            return
        with self._reading:
            for which, certificate in list(self._wanted.items()):
                read = self._made(which[0], content(*which), certificate)
                with self._searching:
                    self._read[which] = read
                    del self._wanted[which]

    def _made(self, ca_name: str, octets: bytes, certificate: bytes) -> _ReadCrl:
        digest = hashlib.sha256(octets).hexdigest()
        try:
            return _ReadCrl(digest, lru_cache(maxsize=CACHED)(self._reader(octets, [certificate]).find))
        except PeerError as error:
            _log.exception("the CRL of CA %s that was kept cannot be read any more", ca_name)
            return _ReadCrl(digest, _failing(str(error)))


def _failing(why: str) -> Callable[[int], RevokedCertificate | None]:
    def find(_: int) -> RevokedCertificate | None:
        raise PeerError(f"the last CRL cannot be read any more: {why}")

    return find
