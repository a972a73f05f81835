"""CardRenewalRequest: two new certificates for a card. The keys of its old certificates vouch for the new keys."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from lockgate.certification.endentity import CertificateFacts, CertificationRequest, EndEntity
from lockgate.certification.statuses import Way
from lockgate.certification.vouching import judge_vouching
from lockgate.effects.execution import Outcomes, certified
from lockgate.effects.statement import Attempt, Certify, Objects, Save, Statement
from lockgate.effects.view import View
from lockgate.ports import Instruments
from lockgate.reasons import Reason, Rejected
from lockgate.requests.processors.base import Brought, Processor
from lockgate.requests.processors.naming import UNKNOWN_CERTIFICATE, naming_nothing
from lockgate.requests.processors.registration import GENERATED
from lockgate.requests.submessages import CardRenewalRequest, CardRenewalResponse
from lockgate.rights.authorization import Action


@dataclass(frozen=True, slots=True)
class _Half:
    """The request for one of the two certificates.

    Attributes:
        certificate: the old one, DER.
        profile, ca_name: None for the end entity's.
    """

    name: str
    certificate: bytes
    pkcs10: bytes
    profile: str | None
    ca_name: str | None

    @property
    def fingerprint(self) -> str:
        """SHA-256 over the old certificate, lower-case hexadecimal."""
        return hashlib.sha256(self.certificate).hexdigest()


class CardRenewalProcessor(Processor):
    """Finds the card's end entity, then issues both certificates or none."""

    def read(self, request: CardRenewalRequest, instruments: Instruments) -> Brought:
        """Both PKCS#10, each signed by the key of its old certificate."""
        keys: list[CertificationRequest] = []
        for half in _halves(request):
            read = instruments.requests.read_renewal(half.pkcs10, half.certificate)
            if isinstance(read, Rejected):
                return replace(read, detail=f"{half.name}_pkcs10: {read.detail}".rstrip(": "))
            keys.append(read)
        return keys

    def state(self, request: CardRenewalRequest, view: View) -> Statement:
        """Find the certificates and their end entity."""
        halves = _halves(request)
        action = Action.EDIT if any(half.profile or half.ca_name for half in halves) else Action.VIEW
        old = [facts for half in halves if (facts := view.certificate_with(half.fingerprint))]
        holder = view.end_entity(old[0].username) if old else None
        asked = Objects(frozenset(filter(None, (request.auth_ca, request.sign_ca))))
        if len(old) < len(halves) or holder is None:
            return naming_nothing(action, asked=asked)
        after = holder.in_status(GENERATED)
        orders = (_certify(half, after, key) for half, key in zip(halves, view.brought, strict=True))
        save = Save(holder, after, Way.CARD_RENEWAL)
        return Statement(
            (Attempt(action), save, *orders),
            rests_on=tuple(old),
            asked=asked,
            refusal=_judge_card(old) or _judge_halves(halves, old, view),
            unknown=UNKNOWN_CERTIFICATE,
        )

    def respond(self, request: CardRenewalRequest, outcomes: Outcomes) -> CardRenewalResponse:
        """Both certificates."""
        auth, sign = (outcome.issued.certificate for outcome in certified(outcomes))
        return CardRenewalResponse(request_id=request.request_id, success=True, auth_cert=auth, sign_cert=sign)


def _halves(request: CardRenewalRequest) -> tuple[_Half, _Half]:
    return (
        _Half("auth", request.auth_cert, request.auth_pkcs10, request.auth_profile, request.auth_ca),
        _Half("sign", request.sign_cert, request.sign_pkcs10, request.sign_profile, request.sign_ca),
    )


def _certify(half: _Half, after: EndEntity, key: CertificationRequest) -> Certify:
    described = replace(
        after, certificate_profile=half.profile or after.certificate_profile, ca_name=half.ca_name or after.ca_name
    )
    return Certify(after, described, key, name=half.name)


def _judge_card(old: Sequence[CertificateFacts]) -> Rejected | None:
    auth, sign = old
    if auth.fingerprint == sign.fingerprint:
        return Rejected(Reason.MALFORMED_REQUEST, "auth_cert and sign_cert are the same certificate.")
    if auth.username != sign.username:
        return Rejected(Reason.MALFORMED_REQUEST, "auth_cert and sign_cert are not of one end entity.")
    return None


def _judge_halves(halves: Sequence[_Half], old: Sequence[CertificateFacts], view: View) -> Rejected | None:
    for half, certificate in zip(halves, old, strict=True):
        if refused := judge_vouching(certificate, view):
            return replace(refused, detail=f"{half.name}_cert: {refused.detail}")
    return None
