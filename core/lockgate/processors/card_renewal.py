"""CardRenewalRequest: two new certificates for a card, for keys that those of its old certificates vouch for."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from lockgate.authorization import Action, action_right, ca_right, profile_right
from lockgate.endentity import CertificateFacts, CertificationRequest, EndEntity, EndEntityStatus
from lockgate.ports import CaTransaction, IssuanceOrder
from lockgate.processors.case import Case, Plan, Processor
from lockgate.processors.proposals import renewal_proposal
from lockgate.reasons import Reason, Rejected
from lockgate.submessages import CardRenewalRequest, CardRenewalResponse
from lockgate.vouching import judge_vouching


@dataclass(frozen=True, slots=True)
class _Half:
    """What is asked for one of the two certificates.

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
    """Finds whose card it is, then issues both certificates or none."""

    def rights(self, request: CardRenewalRequest, work: CaTransaction) -> frozenset[str]:
        """View on whoever has the card, as it is stored and as its certificates say; edit where the request names CAs
        or profiles, and those CAs too. The new keys show no possession: to certify such keys is a right of its own.
        """
        halves = _halves(request)
        changes = any(half.profile or half.ca_name for half in halves)
        authorities = {half.ca_name for half in halves if half.ca_name}
        profiles: set[str] = set()
        for username in {name for half in halves if (name := work.holder(half.fingerprint))}:
            concerned = (work.end_entity(username), *work.certificates_of(username))
            authorities |= {its.ca_name for its in concerned if its}
            profiles |= {its.end_entity_profile for its in concerned if its}
        action = action_right(Action.EDIT if changes else Action.VIEW)
        unproven = action_right(Action.CERTIFY_UNPROVEN)
        return frozenset({action, unproven, *map(ca_right, authorities), *map(profile_right, profiles)})

    def plan(self, request: CardRenewalRequest, case: Case) -> Plan | Rejected:
        """Find the certificates and their end entity, read both PKCS#10."""
        halves = _halves(request)
        holder = _holder(halves, case.work)
        if isinstance(holder, Rejected):
            return holder
        orders: list[IssuanceOrder] = []
        for half in halves:
            read = case.instruments.requests.read_renewal(half.pkcs10, half.certificate)
            if isinstance(read, Rejected):
                return replace(read, detail=f"{half.name}_pkcs10: {read.detail}".rstrip(": "))
            orders.append(_order(half, holder, read, case))
        execute = partial(self._issue, request, orders, case)
        return Plan(execute, renewal_proposal(holder, [(its.described, its.request.public_key) for its in orders]))

    def _issue(
        self, request: CardRenewalRequest, orders: Sequence[IssuanceOrder], case: Case
    ) -> CardRenewalResponse | Rejected:
        issued = case.work.issue_all(orders)
        if isinstance(issued, Rejected):
            return issued
        auth, sign = (its.certificate for its in issued)
        return CardRenewalResponse(request_id=request.request_id, success=True, auth_cert=auth, sign_cert=sign)


def _halves(request: CardRenewalRequest) -> tuple[_Half, _Half]:
    return (
        _Half("auth", request.auth_cert, request.auth_pkcs10, request.auth_profile, request.auth_ca),
        _Half("sign", request.sign_cert, request.sign_pkcs10, request.sign_profile, request.sign_ca),
    )


def _holder(halves: tuple[_Half, _Half], work: CaTransaction) -> EndEntity | Rejected:
    """The one end entity of both certificates, if it may renew them now."""
    usernames = set()
    for half, facts in zip(halves, _facts(halves, work), strict=True):
        if facts is None:
            return Rejected(Reason.UNKNOWN_CERTIFICATE, f"{half.name}_cert")
        if refused := judge_vouching(facts, work):
            return replace(refused, detail=f"{half.name}_cert: {refused.detail}")
        usernames.add(facts.username)
    if halves[0].fingerprint == halves[1].fingerprint:
        return Rejected(Reason.MALFORMED_REQUEST, "auth_cert and sign_cert are the same certificate.")
    holder = work.end_entity(usernames.pop())
    if usernames or holder is None:
        return Rejected(Reason.MALFORMED_REQUEST, "auth_cert and sign_cert are not of one end entity.")
    if holder.status is not EndEntityStatus.NEW:
        return Rejected(Reason.WRONG_STATUS, f"It is {holder.status.name}.")
    return holder


def _facts(halves: tuple[_Half, _Half], work: CaTransaction) -> Iterator[CertificateFacts | None]:
    for half in halves:
        username = work.holder(half.fingerprint)
        known = work.certificates_of(username) if username is not None else ()
        yield next((its for its in known if its.fingerprint == half.fingerprint), None)


def _order(half: _Half, holder: EndEntity, read: CertificationRequest, case: Case) -> IssuanceOrder:
    certified_as = replace(
        holder,
        certificate_profile=half.profile or holder.certificate_profile,
        ca_name=half.ca_name or holder.ca_name,
    )
    return case.order(holder, read, certified_as=certified_as, part=half.name)
