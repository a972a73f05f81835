"""The port `Roles`."""

from collections.abc import Sequence

from lockgate.ports import Roles
from lockgate.rights.authorization import Role
from lockgate.rights.signer import TrustedCertificate
from lockgate_ca_backend.registry.store import Store


class SqlRoles(Roles):
    """Roles in one transaction."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def of(self, certificate: TrustedCertificate) -> tuple[Role, ...]:
        """By fingerprint."""
        return self._store.roles.of(certificate.fingerprint)

    def carry_over(self, member: str, joining: str) -> Sequence[str]:
        """By fingerprint."""
        return self._store.roles.carry_over(member, joining)
