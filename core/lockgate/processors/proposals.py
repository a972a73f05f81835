"""What administrators are told of a request that they may have to approve."""

import hashlib
from collections.abc import Iterable, Sequence

from lockgate.approval import ApprovalKind, Proposal
from lockgate.endentity import CertificateFacts, EndEntity
from lockgate.keyspec import KeySpecification


def registration_proposal(asked: EndEntity, stored: EndEntity | None) -> Proposal:
    """An end entity added or edited."""
    return _proposal((asked, stored), {ApprovalKind.END_ENTITY}, {"end_entity": outlined(stored)})


def issuance_proposal(asked: EndEntity, stored: EndEntity | None, public_key: bytes) -> Proposal:
    """A certificate for `public_key` (DER SubjectPublicKeyInfo), and an end entity added or edited."""
    return _issuance(asked, stored, f"sha256:{hashlib.sha256(public_key).hexdigest()}")


def generation_proposal(asked: EndEntity, stored: EndEntity | None, key: KeySpecification | None) -> Proposal:
    """A certificate for a key that the CA makes, None for the profile's default; an end entity added or edited."""
    return _issuance(asked, stored, f"made by the CA: {key or 'as the profile says'}")


def _issuance(asked: EndEntity, stored: EndEntity | None, key: str) -> Proposal:
    """The end entity is edited where `asked` is not what is stored."""
    edits = {ApprovalKind.END_ENTITY} if asked != stored else set()
    facts = {
        "end_entity": outlined(stored),
        "subject_dn": str(asked.subject_dn),
        "subject_alt_name": ",".join(map(str, asked.subject_alt_name)),
        "public_key": key,
    }
    return _proposal((asked, stored), {ApprovalKind.ISSUE, *edits}, facts)


def renewal_proposal(stored: EndEntity, asked: Sequence[tuple[EndEntity, bytes]]) -> Proposal:
    """Certificates for several keys (DER SubjectPublicKeyInfo) of one stored end entity."""
    keys = ",".join(f"sha256:{hashlib.sha256(public_key).hexdigest()}" for _, public_key in asked)
    facts = {"end_entity": outlined(stored), "public_keys": keys}
    return _proposal((stored, *(its for its, _ in asked)), {ApprovalKind.ISSUE}, facts)


def certificates_proposal(
    kind: ApprovalKind, certificates: Iterable[CertificateFacts], end_entity: EndEntity | None
) -> Proposal:
    """Something done with certificates that exist."""
    concerned = tuple(certificates)
    return Proposal(
        kinds=frozenset({kind}),
        ca_names=frozenset(its.ca_name for its in (*concerned, end_entity) if its),
        end_entity_profiles=frozenset(its.end_entity_profile for its in (*concerned, end_entity) if its),
        certificate_profiles=frozenset({end_entity.certificate_profile} if end_entity else ()),
        facts={
            "end_entity": outlined(end_entity),
            "certificates": ",".join(sorted(f"{its.fingerprint} ({its.standing})" for its in concerned)),
        },
    )


def recovery_proposal(certificate: CertificateFacts, asked: EndEntity | None, stored: EndEntity | None) -> Proposal:
    """The key of `certificate` handed out; certified anew for `asked`, None for its own certificate again."""
    recovery = certificates_proposal(ApprovalKind.KEY_RECOVERY, [certificate], stored)
    if asked is None:
        return recovery
    issuance = _issuance(asked, stored, f"kept with the certificate {certificate.fingerprint}")
    return Proposal(
        kinds=recovery.kinds | issuance.kinds,
        ca_names=recovery.ca_names | issuance.ca_names,
        certificate_profiles=recovery.certificate_profiles | issuance.certificate_profiles,
        end_entity_profiles=recovery.end_entity_profiles | issuance.end_entity_profiles,
        facts={**recovery.facts, **issuance.facts},
    )


def outlined(end_entity: EndEntity | None) -> str:
    """How an end entity is stored, in one line; empty where it is not."""
    if end_entity is None:
        return ""
    its = end_entity
    names, profiles = ",".join(map(str, its.subject_alt_name)), f"{its.end_entity_profile}/{its.certificate_profile}"
    described = (
        its.username,
        its.subject_dn,
        names,
        its.email or "",
        profiles,
        its.ca_name,
        its.status.name,
        its.token,
    )
    return "; ".join(map(str, described))


def _proposal(concerned: Iterable[EndEntity | None], kinds: set[ApprovalKind], facts: dict[str, str]) -> Proposal:
    known = [its for its in concerned if its is not None]
    return Proposal(
        kinds=frozenset(kinds),
        ca_names=frozenset(its.ca_name for its in known),
        certificate_profiles=frozenset(its.certificate_profile for its in known),
        end_entity_profiles=frozenset(its.end_entity_profile for its in known),
        facts=facts,
    )
