"""Proofs of possession (RFC 4211, 4): whether a CertReqMsg shows that its sender holds the private key."""

import hmac
from dataclasses import dataclass

from lockgate.certification.endentity import CertificationRequest, Possession
from lockgate.reasons import Reason, Rejected
from lockgate_formats import der
from lockgate_formats.cmp.contents import CertificateRequestMessage
from lockgate_formats.cmp.crmf import SIGNATURE
from lockgate_formats.cmp.limits import DEFAULT_PROTECTION, ProtectionLimits
from lockgate_formats.cmp.macs import PasswordBasedMac, Pbmac1
from lockgate_formats.cmp.messages import MalformedMessage
from lockgate_formats.cmp.names import name_in, take_general_name
from lockgate_formats.cmp.protection import read_protection
from lockgate_formats.cmp.vocabulary import PossessionKind
from lockgate_formats.cms.names import comparable
from lockgate_formats.fields import Fields, bit_string, read_whole
from lockgate_formats.public_keys import SubjectKey, read_key
from lockgate_formats.requests import possession as signatures
from lockgate_formats.requests.requested_names import names_in_extensions

_INPUT, _SENDER = der.CONTEXT_0, der.CONTEXT_0
_NEEDED = "a signature by the key is needed (POPOSigningKey)."


@dataclass(frozen=True, slots=True)
class Authentication:
    """What the protection of a message has shown about its sender.

    Attributes:
        sender: DER GeneralName.
        secret: shared with the sender, where the protection is a MAC; otherwise None.
    """

    sender: bytes
    secret: bytes | None = None

    def __repr__(self) -> str:
        return "Authentication(…)"


def judge_possession(
    message: CertificateRequestMessage,
    authentication: Authentication | None,
    *,
    ra_verified: bool = False,
    indirect: bool = False,
    limits: ProtectionLimits = DEFAULT_PROTECTION,
) -> CertificationRequest | Rejected:
    """The key of `message`, if possession is shown in a way that is allowed.

    Args:
        authentication: what a signing key's input (RFC 4211, 4.1) must fit; None for a request in which no protection
            of CMP names its sender: whichever name stands in the input is accepted then, since nothing is done by it.
        ra_verified: raVerified counts, because the sender is an RA; possession is PROVEN by its word.
        indirect: subsequentMessage encrCert is accepted for keys that can be encrypted to: that the encrypted
            certificate can be read shows possession later, and until then it is AWAITED.

    Rejections: `bad_certificate_request`, `bad_proof_of_possession`, `unaccepted_algorithm`, `weak_key`.
    """
    if message.template.asks_for_key or message.template.public_key is None:
        return Rejected(Reason.BAD_CERTIFICATE_REQUEST, "The template holds no public key.")
    key = read_key(message.template.public_key)
    if isinstance(key, Rejected):
        return key
    judged = _judge(message, key, authentication, limits, ra_verified=ra_verified, indirect=indirect)
    if isinstance(judged, Rejected):
        return judged
    extensions = message.template.extensions
    names = () if extensions is None else names_in_extensions(extensions)
    return CertificationRequest(public_key=key.spki, possession=judged, alternative_names=names)


def _judge(
    message: CertificateRequestMessage,
    key: SubjectKey,
    authentication: Authentication | None,
    limits: ProtectionLimits,
    *,
    ra_verified: bool,
    indirect: bool,
) -> Possession | Rejected:
    match message.possession.kind:
        case PossessionKind.SIGNATURE:
            try:
                return _judge_signature(message, key, authentication, limits) or Possession.PROVEN
            except ValueError as error:
                return _bad("The signature cannot be read.", str(error))
        case PossessionKind.RA_VERIFIED if ra_verified:
            return Possession.PROVEN
        case PossessionKind.ENCRYPTED_CERTIFICATE if indirect and key.kind != "Ed25519":
            return Possession.AWAITED
        case kind:
            return _bad(f"Its kind ({kind}) is not accepted here; {_NEEDED}")


def _judge_signature(
    message: CertificateRequestMessage,
    key: SubjectKey,
    authentication: Authentication | None,
    limits: ProtectionLimits,
) -> Rejected | None:
    fields = read_whole(message.possession.value, SIGNATURE)
    given = fields.optional(_INPUT)
    algorithm, signature = fields.element(der.SEQUENCE), bit_string(fields.contents(der.BIT_STRING))
    fields.finish()
    if given is None:
        if message.template.subject is None:
            return _bad("Without a subject, the signing key's input is needed.")
        return signatures.judge_possession(key, signatures.Proof(algorithm, signature, message.request))
    if message.template.subject is not None:
        return _bad("With a subject and a key in the template, its request is what must be signed.")
    signed = der.sequence(given)
    proof = signatures.Proof(algorithm, signature, signed)
    return _judge_input(signed, key, authentication, limits) or signatures.judge_possession(key, proof)


def _judge_input(
    given: bytes, key: SubjectKey, authentication: Authentication | None, limits: ProtectionLimits
) -> Rejected | None:
    """Why the DER POPOSigningKeyInput (RFC 4211, 4.1) does not fit; None where it does."""
    fields = read_whole(given)
    sender = fields.optional_explicit(_SENDER)
    mac = None if sender else fields.element(der.SEQUENCE)
    spki = fields.element(der.SEQUENCE)
    fields.finish()
    if read_key(spki) != key:
        return _bad("The signed key is another one than the template's.")
    if mac is not None:
        return _judge_mac(mac, spki, authentication, limits)
    take_general_name(Fields(sender or b""))
    if authentication is not None and not same_name(sender or b"", authentication.sender):
        return _bad("The signing key's input names another sender than the message.")
    return None


def same_name(one: bytes, other: bytes) -> bool:
    """Whether two DER GeneralNames mean the same; two directory names also where their strings are encoded differently.

    Raises:
        ValueError: one is none.
    """
    names = name_in(one), name_in(other)
    if names[0] is None or names[1] is None:
        return one == other
    return comparable(names[0]) == comparable(names[1])


def _judge_mac(
    mac: bytes, spki: bytes, authentication: Authentication | None, limits: ProtectionLimits
) -> Rejected | None:
    """Why the DER PKMACValue (RFC 4211, 4.4) over the DER SubjectPublicKeyInfo does not hold; None where it does."""
    if authentication is None or authentication.secret is None:
        return _bad("A MAC in place of the sender's name is not accepted, since no secret is shared.")
    fields = read_whole(mac)
    try:
        protection = read_protection(fields.element(der.SEQUENCE), limits)
    except MalformedMessage as error:
        return Rejected(Reason.UNACCEPTED_ALGORITHM, error.text)
    value = bit_string(fields.contents(der.BIT_STRING))
    fields.finish()
    if not isinstance(protection, PasswordBasedMac | Pbmac1):
        return Rejected(Reason.UNACCEPTED_ALGORITHM, "The MAC of the public key is none.")
    if not hmac.compare_digest(protection.compute(authentication.secret, spki), value):
        return _bad("The MAC of the public key is wrong.")
    return None


def _bad(detail: str, internal: str = "") -> Rejected:
    return Rejected(Reason.BAD_PROOF_OF_POSSESSION, detail, internal)
