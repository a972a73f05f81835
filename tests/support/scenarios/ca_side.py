"""The CA's side of a scenario: an in-process CA on SQLite whose key the tests hold, so that they can forge."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import text

from lockgate.certification.endentity import EndEntity, EndEntityStatus, TokenType
from lockgate.certification.revocation import RevocationReason
from lockgate.certification.usages import KeyUsage
from lockgate.names.dn import parse_dn
from lockgate.ports import Coordinator, Issuer, Registry
from lockgate.profiles.end_entity_profile import EndEntityProfile
from lockgate.rights.authorization import Role
from lockgate_app.container.ca import CaContainer
from lockgate_app.settings import load_ca
from lockgate_ca_backend.administration import Administration
from lockgate_ca_backend.administration.approvals import ApprovalAdministration
from lockgate_ca_backend.builtin_profiles import CERTIFICATE_PROFILES, END_ENTITY_PROFILES
from lockgate_ca_backend.inspection import Inspection
from tests.support.issuing import must_issue, service
from tests.support.pki.certificate_requests import spki
from tests.support.pki.identities import Authority, Identity, authority, make_authority, rsa_key
from tests.support.scenarios.configuration import Configuration
from tests.support.scenarios.database_clock import Hours

SECRET = b"a secret for the tests alone"
ESCROW_SECRET = b"another secret for the tests"
BLOCKED_KEY = 41
SITE = "site"
"""The name, in the configuration, of the remote issuer that the features run over."""


@cache
def other_authority() -> Authority:
    """A CA of the same name that is not the CA."""
    return make_authority("Management CA", rsa_key(51))


class CaSide:
    """The CA, its administration and what they stored; everything as the CA host's configuration says."""

    def __init__(self, directory: Path) -> None:
        self.configuration = Configuration(directory / "ca" / "lockgate.toml", load_ca)
        self.hours = Hours()
        self.authority = authority()
        self.engine = self.hours.engine(self.configuration.zone.ca.database)
        self._container: CaContainer | None = None

    @property
    def container(self) -> CaContainer:
        """What the CA host's programs are made of; made anew after the configuration was changed."""
        zone = self.configuration.zone
        if self._container is None or self._container.zone() is not zone:
            self._container = CaContainer(zone=zone)
            self._container.engine.override(self.engine)
        return self._container

    @property
    def administration(self) -> Administration:
        return self.container.administration()

    @property
    def inspection(self) -> Inspection:
        return self.container.inspection()

    @property
    def ca(self) -> Registry:
        return self.container.registry()

    @property
    def issuer(self) -> Issuer:
        issuer: Issuer = self.container.issuer()
        return issuer

    @property
    def coordinator(self) -> Coordinator:
        return self.container.coordinator()

    @property
    def approvals(self) -> ApprovalAdministration:
        """Where administrators decide."""
        return self.container.approvals()

    def open(self) -> None:
        """Set the CA up; once, in the database that every scenario copies."""
        self.administration.initialise()
        if SITE in self.configuration.zone.ca.issuers:
            self.administration.register_ca("ManagementCA", SITE, self.authority.der)
        else:
            self.administration.import_ca("ManagementCA", self.authority.key, self.authority.der)
        self.administration.create_ca("OtherCA", "CN=Other CA", key="P-256")
        self._put_profiles()

    def _put_profiles(self) -> None:
        """Profiles for certificates that lack a usage, and an end entity profile that only some may use."""
        ra = CERTIFICATE_PROFILES["RA"]
        usages: Mapping[str, KeyUsage] = {"SIGNLESS": "keyEncipherment", "CIPHERLESS": "digitalSignature"}
        for name, usage in usages.items():
            self.administration.put_profile(name, replace(ra, key_usage=frozenset({usage})))
        known = END_ENTITY_PROFILES["SERVICE"].certificate_profiles
        service = replace(END_ENTITY_PROFILES["SERVICE"], certificate_profiles=known | {"SIGNLESS", "CIPHERLESS"})
        self.administration.put_profile("SERVICE", service)
        narrow = EndEntityProfile(
            certificate_profiles=frozenset({"ENDUSER"}),
            certification_authorities=frozenset({"ManagementCA"}),
            username_pattern="[a-z]+",
            subject_attributes={"CN": 1, "O": 1, "C": 1},
            subject_required=frozenset({"CN"}),
            alternative_names={"DNSNAME": 1},
            email="refused",
        )
        self.administration.put_profile("NARROW", narrow)
        self.administration.put_profile("GUARDED", END_ENTITY_PROFILES["EMPTY"])
        keeping = replace(CERTIFICATE_PROFILES["ENDUSER"], key_recovery=True)
        self.administration.put_profile("KEEPING", keeping)
        self.administration.put_profile(
            "EMPTY", EndEntityProfile(certificate_profiles=frozenset({"ENDUSER", "KEEPING"}))
        )

    def certificate(self, name: str) -> bytes:
        """The DER certificate of a CA."""
        (found,) = (ca.certificate for ca in self.administration.certification_authorities() if ca.name == name)
        return found

    def signing_here(self) -> Sequence[str]:
        """The names of the CAs whose keys are here."""
        return [found.name for found in self.inspection.authorities() if not found.issuer]

    def certify(
        self, subject: str, key: rsa.RSAPrivateKey, profile: str = "RA", ca_name: str = "ManagementCA"
    ) -> Identity:
        """A certificate that the CA issued and stored."""
        username = f"{subject} {profile} {hashlib.sha256(spki(key)).hexdigest()[:8]}"
        return self.certify_again(username, subject, key, profile, ca_name)

    def certify_again(
        self, username: str, subject: str, key: rsa.RSAPrivateKey, profile: str = "RA", ca_name: str = "ManagementCA"
    ) -> Identity:
        """The same for an end entity that there may be."""
        wanted = service(username, subject, spki(key), ca_name=ca_name, certificate_profile=profile)
        with self.administration._work() as work:
            issued = must_issue(work, wanted)
        return Identity(x509.load_der_x509_certificate(issued.certificate), key)

    def revoke(self, identity: Identity, reason: RevocationReason) -> None:
        """Revoke a certificate, or take it on or off hold."""
        self.administration.revoke(reason, fingerprint=hashlib.sha256(identity.der).hexdigest())

    def replace_certificate(self, identity: Identity, certificate: x509.Certificate) -> Identity:
        """Let the CA know `certificate` as what it issued, in place of the identity's own."""
        old, new = (
            hashlib.sha256(one.public_bytes(Encoding.DER)).hexdigest() for one in (identity.certificate, certificate)
        )
        ends = (
            moment.timestamp() * 1000 for moment in (certificate.not_valid_before_utc, certificate.not_valid_after_utc)
        )
        begin, end = map(int, ends)
        with self.engine.begin() as connection:
            values_set = "fingerprint = :new, notbefore = :begin, notafter = :end"
            query = text(f"update certificate set {values_set} where fingerprint = :old")
            values = {"new": new, "old": old, "begin": begin, "end": end}
            assert connection.execute(query, values).rowcount == 1
        return Identity(certificate, identity.key)

    def add_role(self, role: Role) -> None:
        """Add a role."""
        self.administration.put_role(role)

    def drop_roles(self) -> None:
        """Take every role away."""
        for role in self.administration.roles():
            self.administration.put_role(replace(role, members=frozenset()))

    def store_end_entity(
        self,
        username: str,
        *,
        password: str | None = None,
        ca_name: str = "ManagementCA",
        profile: str = "EMPTY",
        certificate_profile: str = "ENDUSER",
        status: EndEntityStatus = EndEntityStatus.NEW,
        token: TokenType = TokenType.USER_GENERATED,
    ) -> None:
        """An end entity as an administrator adds it."""
        end_entity = EndEntity(
            username=username,
            subject_dn=parse_dn(f"CN={username},O=Example,C=SE"),
            subject_alt_name=(),
            email=None,
            end_entity_profile=profile,
            certificate_profile=certificate_profile,
            ca_name=ca_name,
            status=status,
            token=token,
        )
        self.administration.put_end_entity(end_entity, password)

    def issued_to(self, profile: str = "ENDUSER") -> Sequence[str]:
        """The usernames behind every certificate of a profile."""
        return self._column("select username from certificate where certificateprofile = :value", profile)

    def journal(self) -> Sequence[str]:
        """The verdicts in the journal."""
        return self._column("select verdict from journal where :value = '' order by sequence", "")

    def kept_until(self) -> Sequence[datetime]:
        """How long the journal keeps each verdict."""
        kept = self._column("select keepuntil from journal where :value = '' order by sequence", "")
        return [datetime.fromtimestamp(int(time) / 1000, UTC) for time in kept]

    def requesters(self) -> Sequence[str]:
        """On whose behalf certificates were issued, by the audit log."""
        return self._column("select who from audit where event = :value", "certificate.issued")

    def done_by(self, writer: str) -> Sequence[str]:
        """The events that a worker has written into the audit log."""
        return self._column("select event from audit where writer = :value", writer)

    def repetitions(self) -> Sequence[str]:
        """The messages that were answered from the journal, by the audit log."""
        return self._column("select target from audit where event = :value order by sequence", "request.repeated")

    def refusals(self) -> Sequence[str]:
        """What the audit log holds of requests that were refused; JSON."""
        return self._column("select details from audit where event = :value order by sequence", "request.refused")

    def column(self, query: str) -> Sequence[str]:
        """What `query` finds in the CA's database."""
        with self.engine.connect() as connection:
            return list(connection.execute(text(query)).scalars())

    def _column(self, query: str, value: str) -> Sequence[str]:
        with self.engine.connect() as connection:
            return list(connection.execute(text(query), {"value": value}).scalars())
