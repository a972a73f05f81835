"""A change of the escrow secret: every kept key is opened with the secret that sealed it, and sealed under the current
one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lockgate.audit import Event
from lockgate.errors import ConfigurationError, KeystoreError
from lockgate_ca_backend.administration.work import AdministrativeWork
from lockgate_ca_backend.escrow import EscrowSealer, SealedKey
from lockgate_ca_backend.registry.unit_of_work import UnitOfWork

BATCH = 100


@dataclass(frozen=True, slots=True)
class Rotation:
    """The result of a change of the escrow secret.

    Attributes:
        sealed: how many are under the current secret now that were not before.
        unusable: the fingerprints of the certificates whose keys no configured secret opens; they are left as they are.
    """

    sealed: int
    unusable: Sequence[str]


class EscrowAdministration(AdministrativeWork):
    """Kept keys."""

    def rotate_escrow_key(self, batch: int = BATCH) -> Rotation:
        """Seal every kept key under the current secret, `batch` in a transaction; may be interrupted and repeated.

        Raises:
            ConfigurationError: this installation keeps no keys.
        """
        sealer = self._sealer()
        sealed, unusable, last = 0, list[str](), ""
        while True:
            with self._work() as work:
                found = work.store.escrowed_keys.not_under(sealer.current, last, batch)
                if not found:
                    return Rotation(sealed, unusable)
                opened = [key for key in found if _reseal(work, sealer, key)]
                self._audit(work, Event.ESCROW_KEY_ROTATED, sealer.current, keys=str(len(opened)))
            sealed += len(opened)
            unusable += [key.owner.fingerprint for key in found if key not in opened]
            last = found[-1].owner.fingerprint

    def kept_keys(self) -> Mapping[str, int]:
        """How many keys are kept: under the `current` secret, and under `others`."""
        current = self._facilities.escrow.current if self._facilities.escrow else ""
        with self._work() as work:
            counts = work.store.escrowed_keys.counts()
        return {"current": counts.get(current, 0), "others": sum(counts.values()) - counts.get(current, 0)}

    def _sealer(self) -> EscrowSealer:
        if self._facilities.escrow is None:
            raise ConfigurationError("[ca] escrow_secret is not set: this installation keeps no keys")
        return self._facilities.escrow


def _reseal(work: UnitOfWork, sealer: EscrowSealer, kept: SealedKey) -> bool:
    try:
        key = sealer.open(kept)
    except KeystoreError:
        return False
    work.store.escrowed_keys.replace(sealer.seal(key, kept.owner))
    return True
