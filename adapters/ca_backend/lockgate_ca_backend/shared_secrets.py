"""The port `SharedSecrets` on the CA's database: each is read in a short transaction of its own, which waits for no
other."""

from sqlalchemy import Engine, bindparam, select

from lockgate.ports import SharedSecrets, TransactionKey
from lockgate_ca_backend.client_secrets import ClientSecrets
from lockgate_ca_backend.store import tables
from lockgate_ca_backend.store.protocol_transactions import content, sealed_secret
from lockgate_persistence.dialects import dialect_of, translated
from lockgate_persistence.engines import reading

_table = tables.end_entity


class SqlSharedSecrets(SharedSecrets):
    """Reads them.

    Args:
        engine: the CA's database, with the current schema.
        key_encryption_secret: the installation's; at least 16 octets.

    Raises:
        ConfigurationError: the secret is shorter.
    """

    def __init__(self, engine: Engine, key_encryption_secret: bytes) -> None:
        self._engine = engine
        self._secrets = ClientSecrets(key_encryption_secret)
        live = _table.c.passwordexpires > dialect_of(engine).now
        self._sealed = select(_table.c.sealedpassword).where(_table.c.username == bindparam("name"), live)

    def of_transaction(self, key: TransactionKey) -> bytes | None:
        """Decrypted."""
        with translated(self._engine), reading(self._engine).begin() as connection:
            sealed = sealed_secret(connection, key)
        return None if sealed is None else self._secrets.open_for_transaction(sealed, key)

    def content_of(self, key: TransactionKey) -> bytes | None:
        """As it was committed last."""
        with translated(self._engine), reading(self._engine).begin() as connection:
            return content(connection, key)

    def of_end_entity(self, username: str) -> str | None:
        """Decrypted. No end entity has a name that is not printable: the database is not asked for it."""
        if not username.isprintable():
            return None
        with translated(self._engine), reading(self._engine).begin() as connection:
            sealed = connection.execute(self._sealed, {"name": username}).scalar_one_or_none()
        return None if sealed is None else self._secrets.open_for_end_entity(bytes(sealed), username)
