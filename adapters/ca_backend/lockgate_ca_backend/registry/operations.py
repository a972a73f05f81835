"""The port `Operations`."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from lockgate.operations.status import OperationStatus, require_next
from lockgate.ports import KeystoreDelivery, Operation, Operations
from lockgate.reasons import Rejected
from lockgate_ca_backend.registry.store import Store
from lockgate_ca_backend.store.clock import from_milliseconds, to_milliseconds
from lockgate_ca_backend.store.operations import changes


class SqlOperations(Operations):
    """Operations in one transaction. Where no CA has a remote issuer, the table is not asked for requests."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, operation: str) -> Operation | None:
        """By id."""
        return self._store.operations.get_locked(operation)

    def of(self, request: str) -> Sequence[Operation]:
        """By the request's operation key."""
        return self._store.operations.of_locked(request)

    def is_open(self, request: str) -> bool:
        """Those of this transaction included."""
        return self._store.authorities.has_remote() and self._store.operations.is_open(request)

    def open_on(self, usernames: Collection[str]) -> str | None:
        """The oldest one's request."""
        return self._store.operations.open_on(usernames) if usernames and self._store.authorities.has_remote() else None

    def due(self, issuer: str, limit: int, besides: Iterable[str] = (), *, called: bool = False) -> Sequence[Operation]:
        """By the database's clock."""
        return self._store.operations.due(issuer, limit, besides, called=called)

    def move(
        self,
        operation: Operation,
        status: OperationStatus,
        *,
        due: datetime | None = None,
        defects: int | None = None,
        draft: bytes | None = None,
        certificate: bytes | None = None,
        refusal: Rejected | None = None,
    ) -> Operation:
        """At once."""
        require_next(operation.status, status)
        since = operation.since if status is operation.status else from_milliseconds(self._store.milliseconds)
        written = changes(status, due, defects, draft, certificate, refusal)
        self._store.operations.move(operation, written | {"since": to_milliseconds(since)})
        return replace(
            operation,
            status=status,
            since=since,
            due=due or operation.due,
            defects=operation.defects if defects is None else defects,
            draft=draft or operation.draft,
            certificate=certificate or operation.certificate,
            refusal=refusal or operation.refusal,
            revision=operation.revision + 1,
        )

    def disown(self, operation: Operation, refusal: Rejected) -> None:
        """At once."""
        self._store.operations.disown(operation, refusal)

    def delivery(self, operation: Operation) -> KeystoreDelivery | None:
        """Decrypted."""
        sealed = self._store.operations.sealed(operation.id)
        return None if sealed is None else self._store.facilities.operations.open(sealed, operation.id).delivery

    def forget(self, request: str) -> None:
        """At once."""
        self._store.operations.forget(request)

    def purge(self, age: timedelta, limit: int) -> int:
        """At once."""
        return self._store.purging.operations(age, limit)
