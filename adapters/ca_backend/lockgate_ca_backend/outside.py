"""The CAs outside whose certificates are believed here, by their keys, and their CRLs, which stay read."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from threading import Lock

from cryptography import x509

from lockgate.certification.revocation import RevokedCertificate
from lockgate.errors import ConfigurationError
from lockgate.outside.cas import OutsideCa
from lockgate.reasons import Rejected
from lockgate_formats.crls import read_revocation_list
from lockgate_formats.public_keys import certificate_key

CACHED = 4096
"""Entries that are remembered: to search a long CRL takes milliseconds."""


@dataclass(frozen=True, slots=True)
class OutsideKey:
    """One key of a CA outside.

    Attributes:
        certificate: DER, of the CA, with that key.
        max_age: how long after its thisUpdate a CRL or an OCSP answer counts at most; None until its nextUpdate.
        answers: whether its OCSP answers count, in place of its CRLs.
    """

    ca_name: str
    certificate: bytes
    max_age: timedelta | None
    answers: bool


class OutsideKeys:
    """What all transactions of a process share about CAs outside.

    Args:
        cas: the configured ones; those without certificates issue none that are believed here.

    Raises:
        ConfigurationError: a certificate has a key that cannot be used, two CAs have one key, or a CA has two subjects.
    """

    def __init__(self, cas: Iterable[OutsideCa] = ()) -> None:
        self._keys: dict[str, OutsideKey] = {}
        for ca in cas:
            _require_one_subject(ca)
            for certificate in ca.certificates:
                self._add(ca, certificate)
        self._read: dict[str, _ReadCrl] = {}
        self._lock = Lock()

    def of(self, key: str) -> OutsideKey | None:
        """The CA outside whose key that is."""
        return self._keys.get(key)

    def entry(
        self, key: str, digest: str, serial_number: int, content: Callable[[], bytes]
    ) -> RevokedCertificate | None:
        """The entry for a certificate on the CRL with that digest, which `key` has signed.

        Args:
            key: one that `of` finds.
            content: reads the DER CRL; called where it was not read yet.
        """
        with self._lock:
            read = self._read.get(key)
            if read is None or read.digest != digest:
                found = read_revocation_list(content(), [self._keys[key].certificate])
                read = self._read[key] = _ReadCrl(digest, lru_cache(maxsize=CACHED)(found.find))
            return read.find(serial_number)

    def _add(self, ca: OutsideCa, certificate: bytes) -> None:
        key = certificate_key(certificate)
        if isinstance(key, Rejected):
            raise ConfigurationError(f"ca.outside.{ca.name}: the key of a certificate cannot be used: {key.fail_info}")
        before = self._keys.setdefault(
            key.identity, OutsideKey(ca.name, certificate, ca.max_age, ca.responder is not None)
        )
        if before.ca_name != ca.name:
            raise ConfigurationError(f"ca.outside.{ca.name} has a key of ca.outside.{before.ca_name}")


@dataclass(frozen=True, slots=True)
class _ReadCrl:
    digest: str
    find: Callable[[int], RevokedCertificate | None]


def _require_one_subject(ca: OutsideCa) -> None:
    subjects = {x509.load_der_x509_certificate(certificate).subject for certificate in ca.certificates}
    if len(subjects) > 1:
        raise ConfigurationError(f"ca.outside.{ca.name}: its certificates have several subjects; a CA has one")
