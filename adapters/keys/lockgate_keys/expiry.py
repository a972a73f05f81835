"""Certificates that end soon, or have ended, are named in the log once a day, as long as the process runs."""

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from cryptography import x509

from lockgate.ports import Clock, Keystore

NOTICE = timedelta(days=30)
"""How long before its end a certificate's expiry is reported."""
PAUSE = timedelta(days=1)

_log = logging.getLogger("lockgate.certificates")


class ExpiryNotice:
    """Names the certificates that have to be renewed.

    Args:
        certificates: DER, each with its holder's name for the log.
    """

    def __init__(self, certificates: Iterable[tuple[str, bytes]], clock: Clock) -> None:
        self._certificates = [(holder, x509.load_der_x509_certificate(der)) for holder, der in certificates]
        self._clock = clock
        self._next: datetime | None = None

    def remind(self) -> None:
        """Write the warnings, unless that was done within `PAUSE`."""
        now = self._clock.now()
        if self._next is not None and now < self._next:
            return
        self._next = now + PAUSE
        for holder, certificate in self._certificates:
            end = certificate.not_valid_after_utc
            if end - now < NOTICE:
                verb = "ended" if end < now else "ends soon"
                subject = certificate.subject.rfc4514_string()
                _log.warning("%s: certificate %a %s, at %s: have a new one issued", holder, subject, verb, end)


def ra_notice(own: bytes | None, workers: Iterable[bytes], clock: Clock) -> ExpiryNotice:
    """For an RA client: its own certificate, if it has one, and those of the workers whose answers it accepts; DER."""
    named = () if own is None else (("RA keystore", own),)
    return ExpiryNotice((*named, *(("worker", certificate) for certificate in workers)), clock)


def worker_notice(name: str, keystore: Keystore | None, services: Mapping[str, Keystore], clock: Clock) -> ExpiryNotice:
    """For the worker `name`, which may have no keystore.

    Args:
        services: the keystores of the services that it calls, by their names for the log.
    """
    own = {} if keystore is None else {f"worker {name}": keystore}
    return ExpiryNotice(((holder, each.certificate) for holder, each in {**own, **services}.items()), clock)
