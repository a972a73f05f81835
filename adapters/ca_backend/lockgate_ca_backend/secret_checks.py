"""Whether the configured secrets open the stored keys: checked before a worker starts, and by `check`.

After a faulty restore, secret and database may not belong together. If that were found only when a request needs the
key, the request would fail for it (docs/threat-model.md, rule 23).
"""

from collections.abc import Iterator

from sqlalchemy import Connection, Engine

from lockgate.errors import KeyAway, KeystoreError
from lockgate_ca_backend.facilities import Facilities
from lockgate_ca_backend.signing import CaKey
from lockgate_ca_backend.store.authorities import AuthorityTable
from lockgate_ca_backend.store.escrow import EscrowTable
from lockgate_keys.hardware.keys import TokenKey
from lockgate_persistence.dialects import translated
from lockgate_persistence.engines import reading


class SecretChecks:
    """Tries the secrets on the CA's database.

    Attributes:
        in_token: the CAs of which `problems` has found keys in the token, and all of them have signed.
        away: the CAs of which a key in the token does not sign now, and why. What needs it waits, and nothing else.

    Args:
        facilities: those with the secrets that are tried. The CA's keys that they have opened stay open.
    """

    def __init__(self, engine: Engine, facilities: Facilities) -> None:
        self._engine = engine
        self._issuers = facilities.issuers
        self._escrow = facilities.escrow
        self.in_token: set[str] = set()
        self.away: dict[str, str] = {}

    def problems(self) -> tuple[str, ...]:
        """The keys that the secrets do not open, in sentences that say what to do; empty if they open everything.

        Raises:
            Unavailable: the database cannot be reached, or the token cannot be used now.
        """
        with translated(self._engine), reading(self._engine).connect() as connection:
            return (*self._closed_authorities(connection), *self._closed_keys(connection))

    def _closed_authorities(self, connection: Connection) -> Iterator[str]:
        authorities = AuthorityTable(connection, self._issuers)
        for name, outline in authorities.outlines().items():
            for number in outline.generations:
                try:
                    opened = authorities.issuer(name, number).key
                except KeystoreError as error:
                    yield f"{error}: configure the secret that the CA was made with"
                    continue
                if opened is not None and isinstance(opened.key, TokenKey):
                    self._prove(name, opened)
        self.in_token -= self.away.keys()

    def _prove(self, name: str, key: CaKey) -> None:
        """Let it sign; the signature is verified with the key of the CA's certificate."""
        self.in_token.add(name)
        try:
            key.prove()
        except KeyAway as error:
            self.away[name] = str(error)

    def _closed_keys(self, connection: Connection) -> Iterator[str]:
        if self._escrow is None:
            return
        for secret, count in EscrowTable(connection, 0).counts().items():
            if secret not in self._escrow.known:
                yield (
                    f"kept keys that this escrow secret does not open: {count}; configure the secret under which"
                    " they were kept, as previous_escrow_secret where it was changed"
                )
