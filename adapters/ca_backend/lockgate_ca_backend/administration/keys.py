"""Keys: condemned, and made good again. Only administrators of the CA host do either by themselves."""

from collections.abc import Mapping

from lockgate.administration.authorities import RefusedByCa
from lockgate.administration.keys import KeyName
from lockgate.certification.key_fate import GOOD_KEY, Fate, KeyFate
from lockgate.errors import CallerError
from lockgate.reasons import Rejected
from lockgate_ca_backend.administration.work import AdministrativeWork
from lockgate_ca_backend.registry.unit_of_work import UnitOfWork
from lockgate_formats.public_keys import read_key


class KeyAdministration(AdministrativeWork):
    """Keys."""

    def keys(self) -> Mapping[str, KeyFate]:
        """Every key that is condemned or in doubt, by its identity."""
        with self._work() as work:
            return work.store.key_fates.all()

    def condemn_key(self, name: KeyName) -> str:
        """Condemn a key, whether or not there is a certificate for it; returns its identity.

        It is certified for nobody from now on; its certificates stand but are blocked: they sign, approve and vouch for
        nothing.

        Raises:
            CallerError: there is no such certificate, or the key is condemned already, or a CA's own.
            RefusedByCa: the public key cannot be read.
        """
        with self._work() as work:
            key = _named(work, name)
            if work.store.authorities.holds_key(key):
                raise CallerError("the key is a CA's own: revoke the CA's certificate")
            if work.keys.fate(key).fate is Fate.CONDEMNED:
                raise CallerError("the key is condemned already")
            work.keys.condemn(key, self._administrator)
        return key

    def clear_key(self, name: KeyName) -> str:
        """Make a key good that is condemned or in doubt; returns its identity. Revoked certificates stay revoked.

        Raises:
            CallerError: there is no such certificate, or the key is good.
            RefusedByCa: the public key cannot be read.
        """
        with self._work() as work:
            key = _named(work, name)
            if work.keys.fate(key) == GOOD_KEY:
                raise CallerError("the key is neither condemned nor in doubt")
            work.keys.clear(key, self._administrator)
        return key


def _named(work: UnitOfWork, name: KeyName) -> str:
    if (name.key, name.fingerprint, name.public_key).count(None) != 2:
        raise CallerError("name the key in one way: by itself, by a certificate for it, or by the public key")
    if name.public_key is not None:
        read = read_key(name.public_key)
        if isinstance(read, Rejected):
            raise RefusedByCa(read)
        return read.identity
    found = name.key if name.fingerprint is None else work.store.certificates.key_of(name.fingerprint)
    if found is None:
        raise CallerError("there is no such certificate")
    return found
