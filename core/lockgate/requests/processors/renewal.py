"""RenewalRequest: a certificate renewed for the holder of its key. The RA does not decide about it.

The RA passes on the message that the holder has signed, and the key that decrypts it if it is encrypted. So an RA alone
can neither renew somebody's certificate nor renew one twice.
"""

import hashlib
from dataclasses import replace
from typing import Any

from lockgate.certification.endentity import CertificateFacts, CertificationRequest, EndEntity, WantedKey
from lockgate.certification.statuses import Way
from lockgate.certification.vouching import judge_claim, judge_vouching
from lockgate.effects.execution import Outcomes, certified
from lockgate.effects.statement import CarryOver, Certify, Save, Statement
from lockgate.effects.view import View
from lockgate.ports import Instruments
from lockgate.reasons import Reason, Rejected
from lockgate.requests.processors.base import Brought, Processor
from lockgate.requests.processors.naming import UNKNOWN_CERTIFICATE, naming_nothing
from lockgate.requests.processors.registration import GENERATED
from lockgate.requests.submessages import PKCS10Response, RenewalRequest, RequestKind, Response
from lockgate.rights.authorization import Action


class RenewalProcessor(Processor):
    """Finds the certificate's end entity, and certifies the new key for it as it is stored now."""

    def read(self, request: RenewalRequest, instruments: Instruments) -> Brought:
        """The message that the certificate's key has signed, and the PKCS#10 in it."""
        proof = instruments.renewals.read(request.certificate, request.signed_message, request.content_key)
        if isinstance(proof, Rejected):
            return proof
        read = instruments.requests.read(RequestKind.PKCS10, proof.pkcs10)
        return read if isinstance(read, Rejected) else (replace(read, claim=proof.claim),)

    def state(self, request: RenewalRequest, view: View) -> Statement:
        """Judge the certificate, the end entity that the request is for, and the key."""
        return self._renewing(request, view, view.signer)

    def _renewing(self, request: RenewalRequest, view: View, ra: str | None) -> Statement:
        """The statement; `ra` is the fingerprint of the RA's certificate, which may be the one that is renewed."""
        old = view.certificate_with(hashlib.sha256(request.certificate).hexdigest())
        holder = None if old is None else view.end_entity(old.username)
        if old is None or holder is None:
            return naming_nothing(Action.VIEW)
        after, own = holder.in_status(GENERATED), old.fingerprint == ra
        (key,) = view.brought
        renewing = (Save(holder, after, Way.RENEWAL), self._certify(after, key))
        return Statement(
            (*renewing, CarryOver(old)) if own else renewing,
            rests_on=(old,),
            refusal=judge_claim(key.claim, holder)
            or judge_vouching(old, view)
            or _judge_key(key, old, view)
            or (_judge_own(old, holder, view) if own else None),
            unknown=UNKNOWN_CERTIFICATE,
        )

    def _certify(self, after: EndEntity, key: Any) -> Certify:
        """The effect for the end entity as it shall be stored."""
        return Certify(after, after, key)

    def respond(self, request: RenewalRequest, outcomes: Outcomes) -> Response:
        """The certificate, alone and with its chain."""
        (one,) = certified(outcomes)
        return PKCS10Response(
            request_id=request.request_id, success=True, certificate=one.issued.certificate, pkcs7=one.with_chain
        )


class KeyUpdateProcessor(RenewalProcessor):
    """The same for a message that the certificate's own key protects: roles stay with the old certificate, and an RA
    renews its own one by a `RenewalRequest`."""

    def state(self, request: RenewalRequest, view: View) -> Statement:
        """Judge the certificate, the end entity that the request is for, and the key."""
        return self._renewing(request, view, None)


def _judge_own(old: CertificateFacts, holder: EndEntity, view: View) -> Rejected | None:
    """A role's member gets one next certificate, of the same kind. A holder who is refused a second one learns from it
    that somebody else has the key."""
    if view.certificates_of(old.username)[-1].fingerprint != old.fingerprint:
        return Rejected(Reason.WRONG_STANDING, "Its end entity has a newer certificate.")
    issued = (old.ca_name, old.end_entity_profile, old.certificate_profile)
    if issued != (holder.ca_name, holder.end_entity_profile, holder.certificate_profile):
        return Rejected(Reason.PROFILE_VIOLATION, "CA or profiles of its end entity were changed since it was issued.")
    return None


def _judge_key(key: CertificationRequest | WantedKey, old: CertificateFacts, view: View) -> Rejected | None:
    """A key is certified once, so that a message that was signed once counts once. Its last certificate may be renewed
    for it. A key that the CA makes is a new one."""
    if isinstance(key, WantedKey):
        return None
    public_key = key.public_key
    if view.key_identity(public_key) == old.key and _may_stay(old, view):
        return None
    return Rejected(Reason.KEY_CERTIFIED_BEFORE) if view.is_certified(public_key, old.username) else None


def _may_stay(old: CertificateFacts, view: View) -> bool:
    """Whether the profile lets the certificate be renewed for its own key, and none was issued for that since."""
    terms = view.renewal_terms(old.certificate_profile)
    latest = [other for other in view.certificates_on(old.key) if other.username == old.username][-1]
    return not isinstance(terms, Rejected) and terms.same_key and latest.fingerprint == old.fingerprint
