"""The port `EndEntities`."""

import hmac
from dataclasses import replace
from datetime import datetime

from lockgate.audit import AuditEvent, Event
from lockgate.certification.endentity import EndEntity
from lockgate.errors import Defect, KeystoreError
from lockgate.ports import EndEntities
from lockgate.reasons import Reason, Rejected
from lockgate_ca_backend.passwords import hash_password, is_password
from lockgate_ca_backend.registry.store import Store
from lockgate_ca_backend.store.clock import to_milliseconds
from lockgate_ca_backend.store.end_entities import MAX_ATTEMPTS, EndEntityRecord


class SqlEndEntities(EndEntities):
    """End entities in one transaction."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, username: str) -> EndEntity | None:
        """The stored end entity, changes in this transaction included."""
        record = self._store.end_entities.get(username)
        return None if record is None else record.end_entity

    def judge_username(self, username: str) -> Rejected | None:
        """By its form, and by those of all that are stored."""
        return self._store.end_entities.judge_username(username)

    def save(self, end_entity: EndEntity) -> Rejected | None:
        """Add or replace, if its profiles allow it."""
        judged = self._store.registrar.judge(end_entity)
        if isinstance(judged, Rejected):
            return judged
        if rejected := self._store.end_entities.judge_username(end_entity.username):
            return rejected
        self._store.end_entities.put(end_entity)
        return None

    def set_password(self, username: str, password: str, expires: datetime | None = None) -> None:
        """Collect the new hash, to be written at `flush`; the count of attempts begins anew.

        Args:
            expires: UTC; makes it a one-time password, which the end entity's next certificate spends. The CA has made
                it from 128 random bits; it can say it again until it is spent, expired, replaced or cleared.
        """
        record = self._store.end_entities.get(username)
        if record is None:
            raise Defect("a password for an end entity that is not stored")
        secrets = self._store.facilities.client_secrets
        self._store.end_entities.put_record(
            replace(
                record,
                password_hash=hash_password(password),
                attempts=MAX_ATTEMPTS,
                password_expires=None if expires is None else to_milliseconds(expires),
                sealed_password=None if expires is None else secrets.seal_for_end_entity(password, username),
            )
        )

    def clear_password(self, username: str) -> None:
        """At `flush`."""
        record = self._store.end_entities.get(username)
        if record is not None and record.password_hash is not None:
            self._store.end_entities.put_record(replace(record.without_password(), attempts=MAX_ATTEMPTS))

    def purge_passwords(self, limit: int) -> int:
        """At once."""
        return self._store.purging.passwords(limit)

    def check_password(self, username: str, password: str | None) -> Rejected | None:
        """The same work for every cause of failure; success restores all attempts.

        Wrong one-time passwords are not counted: nobody can guess 128 bits, and with a limit anybody could lock the
        password.
        """
        record = self._store.end_entities.get_locked(username)
        usable = None if record is None else record.usable_hash(self._store.milliseconds)
        right = self._is_one_time(record, password) or (is_password(password or "", usable) and password is not None)
        if record is not None and record.password_hash is not None and record.password_expires is None:
            left = MAX_ATTEMPTS if right else max(record.attempts - 1, 0)
            if left != record.attempts:
                self._store.end_entities.put_record(replace(record, attempts=left))
                if left == 0:
                    self._store.audit(AuditEvent(Event.END_ENTITY_LOCKED, self._store.writer, username))
        return None if right else Rejected(Reason.WRONG_CREDENTIALS)

    def _is_one_time(self, record: EndEntityRecord | None, password: str | None) -> bool:
        """Whether `password` is the one-time password that the CA can say again. It has 128 random bits: a slow hash
        protects it from nothing, and would take most of the time in which a certificate is issued by it."""
        if record is None or password is None or record.sealed_password is None:
            return False
        if record.usable_hash(self._store.milliseconds) is None:
            return False
        try:
            username = record.end_entity.username
            known = self._store.facilities.client_secrets.open_for_end_entity(record.sealed_password, username)
        except KeystoreError:  # the row was changed: the hash decides
            return False
        return hmac.compare_digest(known.encode(), password.encode(errors="surrogatepass"))
