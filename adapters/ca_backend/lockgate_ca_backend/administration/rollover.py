"""CA rollover: next keys and certificates prepared, cancelled, and made the current ones."""

import logging
from datetime import datetime

from cryptography import x509

from lockgate.errors import CallerError, Unavailable
from lockgate_ca_backend.administration.work import AdministrativeWork
from lockgate_ca_backend.registry.unit_of_work import UnitOfWork
from lockgate_ca_backend.rollover import CaRollover
from lockgate_keys.hardware.keys import TokenKey
from lockgate_keys.hardware.making import destroy_key

_log = logging.getLogger(__name__)


class RolloverAdministration(AdministrativeWork):
    """Next generations of CAs."""

    def prepare_rollover(
        self,
        name: str,
        *,
        key: str | None = None,
        certificate_profile: str | None = None,
        starts: datetime | None = None,
    ) -> bytes:
        """Give a CA a next key and certificate, which sign nothing yet; returns the DER certificate.

        Args:
            key: one of `CA_KEY_SPECIFICATIONS`; like the current key by default.
            certificate_profile: the current certificate's by default, or else ROOTCA or SUBCA.
            starts: UTC; the certificate is valid at once by default.

        Raises:
            CallerError: there is no such CA or profile, there is a next certificate already, the CA's issuer is not
                here or allows no such CA, or the start does not fit.
            ConfigurationError: no such kind of key.
            RefusedByCa: the CA or its issuer cannot sign now.
        """
        if key is None:
            with self._work() as work:
                self._known(work, name)
                key = work.store.authorities.issuer(name).signer.specification
        with self._facilities.new_ca_key(key, name) as signer, self._work() as work:
            return self._rollover(work).prepare(name, signer, certificate_profile, starts)

    def activate_rollover(self, name: str) -> bytes:
        """Let the next key and certificate take over; returns the DER certificate.

        Raises:
            CallerError: there is no such CA or no next certificate, or it is not valid now, or revoked.
            RefusedByCa: the CA cannot sign now.
            KeyAway, TokenAway: the next key does not sign now; the current one stays.
            Conflict: another transaction was faster.
        """
        with self._work() as work:
            return self._rollover(work).activate(name)

    def cancel_rollover(self, name: str) -> None:
        """Destroy the next key and revoke the next certificate.

        Raises:
            CallerError: there is no such CA or no next certificate.
            Conflict: another transaction was faster.
        """
        with self._work() as work:
            key = self._rollover(work).cancel(name)
        if isinstance(key, TokenKey):
            self._destroy(key)

    @staticmethod
    def _destroy(key: TokenKey) -> None:
        """It signs nothing any more, and is in no row: so it is not worth an error if the token is not there."""
        try:
            destroy_key(key)
        except Unavailable as error:
            _log.warning("the cancelled key %s is still in its token: %s", key.uri, error)

    def generation_of(self, fingerprint: str) -> int:
        """Which generation of its CA signed the stored certificate.

        Raises:
            CallerError: there is no such certificate.
        """
        with self._work() as work:
            found = work.store.certificates.find_locked(fingerprint=fingerprint)
            if found is None:
                raise CallerError("there is no such certificate")
            certificate = x509.load_der_x509_certificate(work.store.certificates.contents(fingerprint))
            return work.store.authorities.issuer_of(found.facts.ca_name, certificate).generation

    def _rollover(self, work: UnitOfWork) -> CaRollover:
        return CaRollover(work, self._facilities, self._administrator)
