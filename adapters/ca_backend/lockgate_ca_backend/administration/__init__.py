"""The work of the CA's operators: set up, create CAs, certify keystores, give roles, revoke, publish CRLs.

Every change goes through the same unit of work as the workers' and leaves an audit entry; there is no fence, because
administrators are no workers. Each kind of thing has a module of its own; `Administration` is all of them.
"""

from lockgate.profiles.certificate_profile import CertificateProfile
from lockgate.profiles.end_entity_profile import EndEntityProfile
from lockgate_ca_backend.administration.authorities import CaAdministration, CaDescription
from lockgate_ca_backend.administration.certificates import CertificateAdministration
from lockgate_ca_backend.administration.crls import CrlAdministration
from lockgate_ca_backend.administration.end_entities import SERVICE_PROFILE, EndEntityAdministration
from lockgate_ca_backend.administration.end_entity_import import EndEntityImport
from lockgate_ca_backend.administration.escrow import EscrowAdministration, Rotation
from lockgate_ca_backend.administration.keys import KeyAdministration
from lockgate_ca_backend.administration.operations import OperationAdministration
from lockgate_ca_backend.administration.profiles import ProfileAdministration, ProfileChange, PutProfile
from lockgate_ca_backend.administration.purging import PurgeAdministration, PurgedRecords
from lockgate_ca_backend.administration.roles import RoleAdministration, member_text
from lockgate_ca_backend.administration.rollover import RolloverAdministration
from lockgate_ca_backend.administration.work import ADMINISTRATION
from lockgate_ca_backend.builtin_profiles import CERTIFICATE_PROFILES, END_ENTITY_PROFILES
from lockgate_ca_backend.migrations import CERTIFICATION_AUTHORITY
from lockgate_persistence.migrating import upgrade

__all__ = [
    "ADMINISTRATION",
    "SERVICE_PROFILE",
    "Administration",
    "CaDescription",
    "ProfileChange",
    "PurgedRecords",
    "PutProfile",
    "Rotation",
    "member_text",
]


class Administration(
    CaAdministration,
    CertificateAdministration,
    CrlAdministration,
    EndEntityAdministration,
    EndEntityImport,
    EscrowAdministration,
    KeyAdministration,
    OperationAdministration,
    ProfileAdministration,
    PurgeAdministration,
    RoleAdministration,
    RolloverAdministration,
):
    """The CA's operators' side."""

    def initialise(self) -> None:
        """Bring the schema up to date and add the built-in profiles that are missing; existing ones stay."""
        upgrade(self._engine, CERTIFICATION_AUTHORITY)
        with self._work() as work:
            for name, certificate_profile in CERTIFICATE_PROFILES.items():
                if work.store.profiles.digest(CertificateProfile, name) is None:
                    self._put_profile(work, name, certificate_profile)
            for name, end_entity_profile in END_ENTITY_PROFILES.items():
                if work.store.profiles.digest(EndEntityProfile, name) is None:
                    self._put_profile(work, name, end_entity_profile)
