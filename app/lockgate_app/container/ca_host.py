"""The CA and its database as the commands of the CA host reach them: opened for one command, and closed after it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from lockgate.administration.listings import CertificateListing, CertificateQuery
from lockgate.administration.pages import Page
from lockgate.outside.asking import Asked, ask_now
from lockgate.outside.fetching import Fetched, fetch_now
from lockgate.ports import RemoteIssuer
from lockgate.rights.authorization import Role
from lockgate_app.container.ca import CaContainer
from lockgate_app.container.cmp_aliases import unknown_aliases
from lockgate_app.container.outside import answering_ca, outside_ca
from lockgate_app.issuers import remote_issuer
from lockgate_app.settings import CaZone, load_ca
from lockgate_ca_backend.administration import ADMINISTRATION, Administration
from lockgate_ca_backend.administration.approvals import ApprovalAdministration
from lockgate_ca_backend.auditing import Auditor
from lockgate_ca_backend.inspection import Inspection


@dataclass(frozen=True, slots=True)
class CaHost:
    """The objects that a command uses.

    Attributes:
        container: makes it; changes need the key encryption secret, reads do not.
        operator: who runs the command, for the audit log.
    """

    container: CaContainer
    operator: str

    @property
    def administration(self) -> Administration:
        """Changes, each in the audit log under the operator's account."""
        return self.container.administration(administrator=self.operator)

    @property
    def approvals(self) -> ApprovalAdministration:
        """The approvals that wait for administrators."""
        return self.container.approvals()

    @property
    def auditor(self) -> Auditor:
        """The audit log."""
        return self.container.auditor()

    def fetch_crls(self, name: str) -> Sequence[Fetched]:
        """Fetch the CRLs of a CA outside now, from where the configuration says that they are, or by the adapter of its
        remote issuer.

        Raises:
            ConfigurationError: neither is there.
        """
        container = self.container
        issuers = {authority.name: authority.issuer for authority in self.inspection.authorities()}
        ca = outside_ca(container.outside(), name, partial(_adapter, container.zone(), issuers.get(name)))
        return fetch_now(ca, container.crl_reader(), partial(container.registry().direct, ADMINISTRATION))

    def ask_ocsp(self, name: str) -> Sequence[Asked]:
        """Ask a CA outside by OCSP now about all of its certificates that somebody has wished to know of.

        Raises:
            ConfigurationError: the configuration does not say that it answers by OCSP.
        """
        ca = answering_ca(self.container.outside(), name)
        return ask_now(ca, partial(self.container.registry().direct, ADMINISTRATION))

    @property
    def inspection(self) -> Inspection:
        """Reads."""
        return self.container.inspection()

    def behind(self, certificate: CertificateListing) -> CertificateListing | None:
        """The RA certificate behind a certificate, if one is and this CA issued that."""
        if certificate.requester_fingerprint is None:
            return None
        query = CertificateQuery(fingerprint=certificate.requester_fingerprint)
        return next(iter(self.inspection.certificates(query, Page(limit=1)).items), None)

    def concerns(self, role: Role) -> Sequence[str]:
        """Warnings about `role`, in plain words: those of `Inspection.concerns`, and the aliases that it names and the
        configuration lacks."""
        return [*self.inspection.concerns(role), *unknown_aliases(role, self.container.zone().cmp)]


def _adapter(zone: CaZone, issuer: str | None) -> RemoteIssuer | None:
    return remote_issuer(zone, issuer) if issuer and issuer in zone.ca.issuers else None


@contextmanager
def opened(config: Path, operator: str) -> Iterator[CaHost]:
    """The CA of the configuration file `config`.

    Raises:
        ConfigurationError: it is no CA host's.
    """
    with opened_zone(load_ca(config), operator) as host:
        yield host


@contextmanager
def opened_zone(zone: CaZone, operator: str) -> Iterator[CaHost]:
    """The CA of a configuration."""
    database = zone.ca.database.model_copy(update={"prefill": False})
    zone = zone.model_copy(update={"ca": zone.ca.model_copy(update={"database": database})})
    container = CaContainer(zone=zone)
    try:
        yield CaHost(container, operator)
    finally:
        container.engine().dispose()
