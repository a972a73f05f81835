"""An alias: everything that the operator decides about one address of the CMP service."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType

from lockgate.enrolment.usernames import NameGeneration
from lockgate.rights.authorization import (
    ADMINISTRATOR,
    Action,
    Role,
    action_right,
    ca_right,
    profile_right,
)
from lockgate_formats.cmp.limits import DEFAULT_LIMITS, DEFAULT_PROTECTION, MessageLimits, ProtectionLimits
from lockgate_formats.cmp.vocabulary import BodyType
from lockgate_formats.vendors import VendorTrust

ENROLLING = frozenset({BodyType.IR, BodyType.CR, BodyType.P10CR, BodyType.KUR})
OPENING = ENROLLING | {BodyType.RR, BodyType.GENM}
"""The bodies that open a transaction."""
FOLLOWING = frozenset({BodyType.CERTCONF, BodyType.POLLREQ, BodyType.ERROR})
"""The bodies that go on with one."""


class Mode(StrEnum):
    """Where end entities come from."""

    CLIENT = "client"
    """They exist; each enrols for itself."""
    RA = "ra"
    """They are added, or edited, as the request describes them."""


class ResponseProtection(StrEnum):
    """What answers are protected by."""

    SAME = "same"
    """The kind of protection that the request has."""
    SIGNATURE = "signature"


@dataclass(frozen=True, slots=True)
class ProfilePair:
    """The profiles of a certificate that is asked for."""

    end_entity_profile: str
    certificate_profile: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CmpAlias:
    """The rules of one alias.

    Attributes:
        ca_name: that shall issue.
        profiles: of certificates, where a request names none.
        named_profiles: by the name that a request's certProfile (RFC 9810, 5.1.1.4) says.
        bodies: the kinds of message that are answered, besides those that follow them.
        names: RA mode: how usernames are made of the requested subject. Client mode: how they are made of the sender's
            name where senderKID is not the username.
        username_in_kid: client mode: whether senderKID is the username.
        secrets: shared secrets by the reference that senderKID holds; the empty one is for every reference.
        one_time_secrets: whether an end entity's one-time password protects its messages.
        token_password: client mode: whether an end entity's password may stand in the control regToken of its request.
        subject_password: client mode: the attribute of the subject in which it may stand; None for none. Both stand in
            clear.
        certificates: whether a certificate that the CA has issued protects its holder's messages.
        registration_authorities: SHA-256 fingerprints, lower-case hexadecimal, of certificates that act as an RA.
        by_purpose: whether a certificate of this CA with id-kp-cmcRA (RFC 6402, 2.10) acts as an RA, too.
        ra_verified: whether an RA may vouch for possession of a key.
        same_key: whether a kur may keep the key, where the certificate profile allows that, too.
        central_keys: whether the CA makes a key for a request without one, and sends it encrypted (RFC 9483, 4.1.6).
        encrypted_certificates: whether a certificate for a key that only encrypts is issued before possession of it is
            shown; it is sent encrypted to that key (RFC 9810, 5.2.8.3.2).
        vendors: the certificates of devices that their vendors' CAs have issued; None for none. In client mode a device
            enrols the end entity that is registered for it.
        vendor_names: the serial numbers or common names in these that are accepted; None for all.
        responses: what protects answers.
        implicit_confirm: whether implicit confirmation is granted to those who ask for it.
        confirm_within: for the confirmation of a certificate; an unconfirmed one is revoked.
        remember: how long a transaction is remembered after it has ended.
        make_transaction_id: whether a message without transactionID gets one.
        time_required: whether a message must have a messageTime.
        tolerance: how far messageTime may be from the CA's clock.
        original_nonce: whether the final answer after polling has the first request's nonce as its recipNonce (RFC
            9483, 4.4), and not the last poll's.
        unprotected_questions: whether a genm needs no protection.
        with_roots: whether self-signed certificates stand in extraCerts (3GPP TS 33.310).
        check_after: what a client is told to wait before it polls again.
        open_per_sender, open_in_all: transactions that may be open.
    """

    name: str
    mode: Mode
    ca_name: str
    profiles: ProfilePair
    named_profiles: Mapping[str, ProfilePair] = field(default_factory=lambda: MappingProxyType({}))
    bodies: frozenset[BodyType] = OPENING
    names: NameGeneration = field(default_factory=NameGeneration)
    username_in_kid: bool = True
    secrets: Mapping[str, bytes] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    one_time_secrets: bool = True
    token_password: bool = False
    subject_password: str | None = None
    certificates: bool = True
    registration_authorities: frozenset[str] = frozenset()
    by_purpose: bool = False
    ra_verified: bool = False
    same_key: bool = False
    central_keys: bool = False
    encrypted_certificates: bool = False
    vendors: VendorTrust | None = None
    vendor_names: frozenset[str] | None = None
    responses: ResponseProtection = ResponseProtection.SAME
    implicit_confirm: bool = True
    confirm_within: timedelta = timedelta(minutes=15)
    remember: timedelta = timedelta(days=30)
    make_transaction_id: bool = False
    time_required: bool = False
    tolerance: timedelta = timedelta(minutes=5)
    original_nonce: bool = False
    unprotected_questions: bool = False
    with_roots: bool = False
    check_after: timedelta = timedelta(seconds=10)
    open_per_sender: int = 20
    open_in_all: int = 10_000
    limits: MessageLimits = DEFAULT_LIMITS
    protection: ProtectionLimits = DEFAULT_PROTECTION

    @property
    def takes_claims(self) -> bool:
        """Whether a request may show a password in clear."""
        return self.token_password or self.subject_password is not None

    @property
    def role(self) -> Role:
        """The rights of its senders: those that its settings name, on its CA and its profiles."""
        actions = {Action.VIEW}
        if self.mode is Mode.RA:
            actions |= {Action.CREATE, Action.EDIT}
        if self.ra_verified or self.encrypted_certificates:
            actions.add(Action.CERTIFY_UNPROVEN)
        if BodyType.RR in self.bodies:
            actions.add(Action.REVOCATION)
        pairs = (self.profiles, *self.named_profiles.values())
        profiles = {profile_right(pair.end_entity_profile) for pair in pairs}
        rules = frozenset({ADMINISTRATOR, ca_right(self.ca_name), *profiles, *map(action_right, actions)})
        return Role(f"CMP alias {self.name}", rules)
