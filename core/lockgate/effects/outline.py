"""The octets that approvers sign: a canonical form that names every resolved object and contains none of the request's
own text.

The same action has the same bytes, however the request writes it. Octets are replaced by their SHA-256. Secrets are
replaced by marks that only this installation can make. Marks are equal for equal secrets of one signer; they reveal
nothing else.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from lockgate.certification.endentity import CertificateFacts, EndEntity
from lockgate.effects.statement import (
    Attempt,
    CarryOver,
    Certify,
    Deliver,
    Effect,
    Foreign,
    HandOut,
    KeptKeyOf,
    Key,
    KeystoreWish,
    KeyWish,
    MadeKey,
    Read,
    Restand,
    Save,
    SetPassword,
    Statement,
)
from lockgate.line.stages import Authorized
from lockgate.ports import RegistryTransaction
from lockgate.requests.submessages import Request, secret_fields
from lockgate.rights.approval import Requirement

Outline = Mapping[str, Any]


IN_CLEAR = "in clear"
"""Stands for an answer that is not encrypted."""


def describe_action(authorized: Authorized, requirement: Requirement, work: RegistryTransaction) -> bytes:
    """The canonical bytes of an action: JSON with sorted keys."""
    request, statement = authorized.admitted.request, authorized.stated.statement
    proposal, origin = authorized.stated.closure.concern.proposal, authorized.admitted.origin
    secrets = {
        f"{field} of {username}": work.secret_mark(authorized.requester, username, field, secret)
        for username, field, secret in _secrets(request, statement)
    }
    action = {
        "requester": authorized.requester,
        "answer_to": origin.answer_to or IN_CLEAR,
        "secrets": secrets,
        "request_type": type(request).__name__,
        "version": type(request).VERSION,
        "end_entities": sorted(set(_usernames(statement))),
        "effects": [outlined(effect) for effect in statement.effects if not isinstance(effect, Attempt)],
        "own_password_of": statement.proof.username if statement.proof else "",
        "rests_on": [_certificate(certificate) for certificate in statement.rests_on],
        "delivery": dict(statement.delivery),
        "kinds": sorted(proposal.kinds),
        "ca_names": sorted(proposal.ca_names),
        "certificate_profiles": sorted(proposal.certificate_profiles),
        "end_entity_profiles": sorted(proposal.end_entity_profiles),
        "keys_in_doubt": sorted(authorized.stated.closure.doubts),
        "revisions": dict(requirement.revisions),
        "quorum": requirement.quorum,
    }
    return json.dumps(action, sort_keys=True, ensure_ascii=True, separators=(",", ":")).encode()


def _usernames(statement: Statement) -> Iterator[str]:
    yield from (certificate.username for certificate in statement.rests_on)
    for effect in statement.effects:
        match effect:
            case Save():
                yield effect.after.username
            case HandOut() | Restand():
                yield effect.certificate.username
            case Foreign():
                yield from (end_entity.username for end_entity in effect.end_entities)
                yield from (certificate.username for certificate in effect.certificates)


def _secrets(request: Request, statement: Statement) -> Iterator[tuple[str, str, bytes]]:
    """Every secret of a request: the end entity it belongs to, its name, and the secret."""
    if statement.proof is not None and statement.proof.password is not None:
        yield statement.proof.username, "own password", statement.proof.password.encode()
    for effect in statement.effects:
        match effect:
            case SetPassword(password=str(password)):
                yield effect.username, "new password", password.encode()
            case Certify(keystore=KeystoreWish() as wish) | HandOut(keystore=wish):
                yield wish.name, "keystore password", wish.password.encode()
            case Foreign():
                yield from _secret_values(request)


def _secret_values(request: Request) -> Iterator[tuple[str, str, bytes]]:
    for name in secret_fields(type(request)):
        value = getattr(request, name)
        if value is not None:
            yield request.concerns(), name, value.encode() if isinstance(value, str) else value


def outlined(effect: Effect) -> Outline:
    """What `effect` does, without its secrets."""
    match effect:
        case Save():
            before = outlined_end_entity(effect.before) if effect.before else None
            return {"effect": "save", "before": before, "after": outlined_end_entity(effect.after), "way": effect.way}
        case SetPassword():
            done = "clear" if effect.password is None else "set"
            return {"effect": "password", "username": effect.username, "done": done}
        case Certify():
            return _certify(effect)
        case CarryOver():
            return {"effect": "carry the memberships in roles over", "certificate": _certificate(effect.certificate)}
        case HandOut():
            handed = {"certificate": _certificate(effect.certificate), "token": effect.keystore.token}
            return {"effect": "hand out the kept key", "profile": effect.profile, **handed}
        case Restand():
            return {"effect": "revoke", "certificate": _certificate(effect.certificate), "reason": effect.reason.name}
        case Read():
            about = effect.about if isinstance(effect.about, str) else _certificate(effect.about)
            return {"effect": "read", "publication": effect.publication, "about": about}
        case Foreign():
            return {"effect": "foreign", "outline": dict(effect.outline)}
        case Attempt() | Deliver():
            return _without_objects(effect)


def _without_objects(effect: Attempt | Deliver) -> Outline:
    if isinstance(effect, Deliver):
        return {"effect": "deliver", "alias": effect.alias}
    return {"effect": "attempt", "action": effect.action}


def _certify(certify: Certify) -> Outline:
    return {
        "effect": "certify",
        "owner": certify.owner.username,
        "described": outlined_end_entity(certify.described),
        "key": _key(certify.key),
        "keep": "as the profile says" if certify.keep is None else certify.keep,
        "serial_number": None if certify.serial_number is None else f"{certify.serial_number:x}",
        "token": _token(certify.keystore),
        "name": certify.name,
    }


def _token(wish: KeystoreWish | KeyWish | None) -> str | None:
    if isinstance(wish, KeyWish):
        return "the key, encrypted to its requester"
    return None if wish is None else wish.token


def _key(key: Key) -> Outline:
    match key:
        case MadeKey():
            return {"made by the CA": key.specification or key.kind or "as the profile says"}
        case KeptKeyOf():
            return {"kept with": _certificate(key.certificate)}
    return {"public_key": f"sha256:{hashlib.sha256(key.public_key).hexdigest()}", "possession": key.possession}


def outlined_end_entity(end_entity: EndEntity) -> Outline:
    """An end entity, without its password."""
    return {
        "username": end_entity.username,
        "subject_dn": str(end_entity.subject_dn),
        "subject_alt_name": list(map(str, end_entity.subject_alt_name)),
        "email": end_entity.email,
        "end_entity_profile": end_entity.end_entity_profile,
        "certificate_profile": end_entity.certificate_profile,
        "ca_name": end_entity.ca_name,
        "status": end_entity.status.name,
        "token": end_entity.token,
        "recovery": end_entity.recovery.fingerprint if end_entity.recovery else None,
    }


def _certificate(certificate: CertificateFacts) -> Outline:
    return {
        "fingerprint": certificate.fingerprint,
        "ca_name": certificate.ca_name,
        "serial_number": f"{certificate.serial_number:x}",
        "username": certificate.username,
        "certificate_profile": certificate.certificate_profile,
        "end_entity_profile": certificate.end_entity_profile,
        "standing": certificate.standing,
    }
