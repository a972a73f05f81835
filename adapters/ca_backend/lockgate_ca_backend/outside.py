"""The CAs outside whose certificates are believed here, by their keys."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from cryptography import x509

from lockgate.errors import ConfigurationError
from lockgate.outside.cas import OutsideCa
from lockgate.reasons import Rejected
from lockgate_formats.public_keys import certificate_key


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

    def of(self, key: str) -> OutsideKey | None:
        """The CA outside whose key that is."""
        return self._keys.get(key)

    def _add(self, ca: OutsideCa, certificate: bytes) -> None:
        key = certificate_key(certificate)
        if isinstance(key, Rejected):
            raise ConfigurationError(f"ca.outside.{ca.name}: the key of a certificate cannot be used: {key.fail_info}")
        before = self._keys.setdefault(
            key.identity, OutsideKey(ca.name, certificate, ca.max_age, ca.responder is not None)
        )
        if before.ca_name != ca.name:
            raise ConfigurationError(f"ca.outside.{ca.name} has a key of ca.outside.{before.ca_name}")


def _require_one_subject(ca: OutsideCa) -> None:
    subjects = {x509.load_der_x509_certificate(certificate).subject for certificate in ca.certificates}
    if len(subjects) > 1:
        raise ConfigurationError(f"ca.outside.{ca.name}: its certificates have several subjects; a CA has one")
