"""Read access for operators: CAs, profiles, end entities, certificates, roles. It needs no key and changes nothing.

A role is wide if it grants more than a reader of its rules may expect; `concerns` says so in words.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection, Engine, select

from lockgate.administration.audit import AuditEntry, AuditQuery
from lockgate.administration.authorities import CaListing, GenerationListing, GenerationState
from lockgate.administration.listings import (
    CertificateListing,
    CertificateQuery,
    EndEntityListing,
    EndEntityQuery,
    Unsettled,
    VerdictListing,
)
from lockgate.administration.pages import Found, Page
from lockgate.certification.usages import EXTENDED_KEY_USAGES
from lockgate.errors import CallerError
from lockgate.ports import FetchState, KeptAnswer, KeptCrl
from lockgate.profiles.certificate_profile import CertificateProfile
from lockgate.profiles.end_entity_profile import EndEntityProfile
from lockgate.profiles.profile_set import ProfileKind, ProfileSet
from lockgate.rights.authorization import ADMINISTRATOR, Action, Member, Role, action_right, profile_right
from lockgate.rights.signer import CertificateStanding
from lockgate_ca_backend.administration import member_text
from lockgate_ca_backend.store.approvals import ApprovalTable
from lockgate_ca_backend.store.certificates import is_workers
from lockgate_ca_backend.store.clock import from_milliseconds
from lockgate_ca_backend.store.crls import CrlTable
from lockgate_ca_backend.store.escrow import EscrowTable
from lockgate_ca_backend.store.outside_answers import OutsideAnswerTable
from lockgate_ca_backend.store.outside_crls import OutsideCrlTable
from lockgate_ca_backend.store.pending import awaiting_approvals
from lockgate_ca_backend.store.profiles import ProfileCache, ProfileTable
from lockgate_ca_backend.store.roles import RoleTable
from lockgate_ca_backend.store.searches import Searches
from lockgate_ca_backend.store.unsettled import unsettled
from lockgate_persistence.dialects import dialect_of, translated
from lockgate_persistence.engines import reading

WIDE = {
    "/": "grants everything",
    "/ca/*": "reaches every CA, later ones too",
    "/endentityprofile/*": "reaches every end entity profile, later ones too",
    "/action/*": "grants every action, later ones too",
}
"""Rules that also grant access to objects that do not exist yet."""
_OFFICES = frozenset(usage for name in ("cmcRA", "cmcCA", "cmKGA") for usage in (name, EXTENDED_KEY_USAGES[name]))
Sought = TypeVar("Sought")


class Inspection:
    """Reads the CA's database, with the current schema."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def authorities(self) -> Sequence[CaListing]:
        """Every CA, by name. The CRL of one for which a remote issuer signs is the last one that was fetched."""
        with self._searches() as searches:
            found = searches.authorities()
        return [self._with_fetched_crl(authority) if authority.issuer else authority for authority in found]

    def authority(self, name: str) -> CaListing:
        """The CA of that name.

        Raises:
            CallerError: there is none.
        """
        return _required(
            next((authority for authority in self.authorities() if authority.name == name), None), f"CA {name}"
        )

    def latest_crl(self, ca_name: str) -> bytes | None:
        """The last full CRL of the CA's current generation, DER: issued here, or fetched.

        Raises:
            CallerError: there is no such CA.
        """
        authority = self.authority(ca_name)
        with self._reading() as connection:
            if authority.issuer:
                outside = OutsideCrlTable(connection, 0)
                return next((outside.content(ca_name, one.facts.key) for one in outside.all(ca_name)), None)
            found = CrlTable(connection).latest(ca_name, authority.generation)
        return None if found is None else found.crl

    def fetch_state(self, ca_name: str) -> FetchState | None:
        """How fetching the CRLs of a CA outside goes; None where none has begun yet."""
        with self._reading() as connection:
            return OutsideCrlTable(connection, 0).state(ca_name)

    def outside_crls(self, ca_name: str) -> Sequence[KeptCrl]:
        """The last CRL by each key of a CA outside that was fetched."""
        with self._reading() as connection:
            return OutsideCrlTable(connection, 0).all(ca_name)

    def outside_answers(self, ca_name: str) -> Sequence[KeptAnswer]:
        """The certificates of a CA outside about which it is asked by OCSP."""
        with self._reading() as connection:
            return OutsideAnswerTable(connection, 0).all(ca_name)

    def generations(self, ca_name: str) -> Sequence[GenerationListing]:
        """The keys and certificates of a CA: the next one, the current one, those before it.

        Raises:
            CallerError: there is no such CA.
        """
        with self._searches() as searches:
            found = searches.generations(ca_name)
        return _required(found or None, f"CA {ca_name}")

    def next_generation(self, ca_name: str) -> GenerationListing | None:
        """The generation that will replace the CA's current one; None if there is none.

        Raises:
            CallerError: there is no such CA.
        """
        return next(
            (generation for generation in self.generations(ca_name) if generation.state is GenerationState.NEXT), None
        )

    def issuer_certificates(self, ca_name: str | None = None) -> Sequence[bytes]:
        """The DER certificates under which the CA, or every CA, has issued: the current ones and those before."""
        with self._searches() as searches:
            found = searches.generations(ca_name)
        return [generation.certificate for generation in found if generation.state is not GenerationState.NEXT]

    def profiles(self) -> ProfileSet:
        """Every profile."""
        with self._reading() as connection:
            return ProfileTable(connection, ProfileCache()).all()

    def profile(self, kind: ProfileKind, name: str) -> CertificateProfile | EndEntityProfile:
        """The profile of that kind and name.

        Raises:
            CallerError: there is none.
        """
        found = self.profiles().get(kind, name)
        if found is None:
            raise CallerError(f"there is no {kind} profile {name}")
        return found

    def asking_for_approvals(self) -> Sequence[str]:
        """The CAs and profiles that ask for approvals of any kind."""
        with self._reading() as connection:
            cas = {ca_name for ca_name, _ in ApprovalTable(connection, 0).rules()}
            profiles = ProfileTable(connection, ProfileCache()).all()
        return [
            *(f"CA {name}" for name in sorted(cas)),
            *(
                f"certificate profile {name}"
                for name, profile in profiles.certificate.items()
                if any(profile.approvals.values())
            ),
            *(
                f"end entity profile {name}"
                for name, profile in profiles.end_entity.items()
                if any(profile.approvals.values())
            ),
        ]

    def messages_awaiting_approvals(self, data_sources: Iterable[str]) -> int:
        """How many messages of these data sources wait for approvals that administrators can still decide."""
        with self._reading() as connection:
            now = self._milliseconds(connection)
            return sum(awaiting_approvals(connection, name, now) for name in data_sources)

    def end_entities(self, query: EndEntityQuery, page: Page) -> Found[EndEntityListing]:
        """A page of the end entities that `query` asks for, by username."""
        with self._searches() as searches:
            return searches.end_entities(query, page)

    def end_entity(self, username: str) -> EndEntityListing:
        """The end entity of that name.

        Raises:
            CallerError: there is none.
        """
        with self._searches() as searches:
            return _required(searches.end_entity(username), f"end entity {username}")

    def certificates(self, query: CertificateQuery, page: Page) -> Found[CertificateListing]:
        """A page of the certificates that `query` asks for, the latest first."""
        with self._searches() as searches:
            return searches.certificates(query, page)

    def certificate(self, query: CertificateQuery) -> CertificateListing:
        """The one certificate that `query` asks for.

        Raises:
            CallerError: there is none, or more than one.
        """
        found = self.certificates(query, Page(limit=1))
        if found.next is not None:
            raise CallerError("more than one certificate is meant")
        return _required(next(iter(found.items), None), "such certificate")

    def audit_entries(self, query: AuditQuery, page: Page) -> Found[AuditEntry]:
        """A page of the audit log's entries that `query` asks for, the latest first."""
        with self._searches() as searches:
            return searches.audit_entries(query, page)

    def is_key_kept(self, fingerprint: str) -> bool:
        """Whether the CA keeps the key of that certificate."""
        with self._reading() as connection:
            return EscrowTable(connection, 0).get(fingerprint) is not None

    def verdicts(self, message_id: str) -> Sequence[VerdictListing]:
        """The decisions about the parts of messages of that id, from any data source."""
        with self._searches() as searches:
            return searches.verdicts(message_id)

    def roles(self) -> Sequence[Role]:
        """Every role, by name."""
        with self._reading() as connection:
            return RoleTable(connection).all()

    def role(self, name: str) -> Role:
        """The role of that name.

        Raises:
            CallerError: there is none.
        """
        return _required(next((role for role in self.roles() if role.name == name), None), f"role {name}")

    def concerns(self, role: Role) -> Sequence[str]:
        """Warnings about `role`, in plain words: it is wide, has no members, or has a member whose certificate is not
        good."""
        useless = [] if role.grants(ADMINISTRATOR) else [f"{ADMINISTRATOR} is missing: it grants nothing"]
        return [
            *useless,
            *(f"{rule} {WIDE[rule]}" for rule in sorted(role.rules & WIDE.keys())),
            *_issuing(role, self.profiles()),
            *self._members(role.members),
        ]

    def also_members(self, fingerprint: str) -> Sequence[str]:
        """Other certificates of its end entity that are good and belong to roles, in plain words: an operator who
        removes one certificate's rights may not know of the next certificate, which has them, too."""
        (one,) = self.certificates(CertificateQuery(fingerprint=fingerprint), Page(limit=1)).items or (None,)
        if one is None:
            return ()
        good = CertificateQuery(exact_username=one.username, standing=CertificateStanding.GOOD)
        others = {certificate.fingerprint for certificate in self.certificates(good, Page()).items} - {fingerprint}
        return [
            f"certificate {other} of the same end entity {one.username} is good, and a member of role {role.name}"
            for role in self.roles()
            for other in sorted(others & {member.fingerprint for member in role.members})
        ]

    def is_workers(self, fingerprint: str) -> bool:
        """Whether a worker has recorded the certificate with this SHA-256 fingerprint as its own."""
        with self._reading() as connection:
            return is_workers(connection, fingerprint)

    def unsettled(self) -> Sequence[Unsettled]:
        """Problems that a migration found and could not solve."""
        with self._reading() as connection:
            return unsettled(connection)

    def _members(self, members: frozenset[Member]) -> Iterator[str]:
        if not members:
            yield "it has no members: it grants nothing to anybody"
        for member in sorted(members, key=member_text):
            stored = self.certificates(CertificateQuery(fingerprint=member.fingerprint), Page(limit=1)).items
            found = next(iter(stored), None)
            if found is None:
                yield f"{member_text(member)}: no such certificate was issued here"
            elif found.standing is not CertificateStanding.GOOD:
                yield f"{member_text(member)}: the certificate is {found.standing}"
            elif found.not_after < self.now():
                yield f"{member_text(member)}: the certificate has expired"
            if self.is_workers(member.fingerprint):
                yield f"{member_text(member)}: a worker signs answers with it, so it authenticates nobody"

    def _with_fetched_crl(self, authority: CaListing) -> CaListing:
        for kept in self.outside_crls(authority.name):
            facts = kept.facts
            number = facts.number or 0
            return replace(authority, crl_number=number, crl_issued=facts.this_update, crl_ends=facts.next_update)
        return authority

    def now(self) -> datetime:
        """The CA database's clock, UTC."""
        with self._reading() as connection:
            return from_milliseconds(self._milliseconds(connection))

    def _milliseconds(self, connection: Connection) -> int:
        return int(connection.execute(select(dialect_of(self._engine).now)).scalar_one())

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with translated(self._engine), reading(self._engine).begin() as connection:
            yield connection

    @contextmanager
    def _searches(self) -> Iterator[Searches]:
        with self._reading() as connection:
            yield Searches(connection, dialect_of(self._engine))


def _powerful(profile: CertificateProfile) -> bool:
    """Whether its certificates could make somebody an RA, a worker or a CA."""
    return profile.certification_authority or not _OFFICES.isdisjoint(profile.extended_key_usage)


def _issuing(role: Role, profiles: ProfileSet) -> Iterator[str]:
    if not any(role.grants(action_right(action)) for action in (Action.CREATE, Action.EDIT)):
        return
    powerful = {name for name, profile in profiles.certificate.items() if _powerful(profile)}
    for name, profile in profiles.end_entity.items():
        if profile_right(name) in role.rules and (chosen := sorted(profile.certificate_profiles & powerful)):
            yield f"{profile_right(name)} lets it have certificates of RAs, workers or CAs issued: {', '.join(chosen)}"


def _required(found: Sought | None, what: str) -> Sought:
    if found is None:
        raise CallerError(f"there is no {what}")
    return found
