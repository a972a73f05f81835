"""A request's effects as data: a processor states them, the core judges them and carries them out.

The closure over the effects (`lockgate.effects.closure`) gives the rights, the approvals and the bytes that approvers
sign. `lockgate.effects.execution` carries the effects out. Nothing else changes what the CA knows.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from lockgate.certification.endentity import CertificateFacts, CertificationRequest, EndEntity, TokenType
from lockgate.certification.revocation import RevocationReason
from lockgate.certification.statuses import Way
from lockgate.names.keyspec import KeyKind, KeySpecification
from lockgate.reasons import Reason, Rejected
from lockgate.rights.approval import ApprovalKind
from lockgate.rights.authorization import Action, alias_right, ca_right, profile_right


@dataclass(frozen=True, slots=True)
class Objects:
    """CAs, profiles, and aliases of the CMP service, by name."""

    ca_names: frozenset[str] = frozenset()
    end_entity_profiles: frozenset[str] = frozenset()
    certificate_profiles: frozenset[str] = frozenset()
    aliases: frozenset[str] = frozenset()

    def __or__(self, other: "Objects") -> "Objects":
        return Objects(
            self.ca_names | other.ca_names,
            self.end_entity_profiles | other.end_entity_profiles,
            self.certificate_profiles | other.certificate_profiles,
            self.aliases | other.aliases,
        )

    @property
    def rights(self) -> frozenset[str]:
        """The right on each CA, end entity profile and alias."""
        named = (ca_right, self.ca_names), (profile_right, self.end_entity_profiles), (alias_right, self.aliases)
        return frozenset(right(name) for right, names in named for name in names)


NO_OBJECTS = Objects()
_NOT_AUTHORIZED = Rejected(Reason.NOT_AUTHORIZED)


@dataclass(frozen=True, slots=True)
class MadeKey:
    """A key that the CA makes.

    Attributes:
        specification: None where the certificate profile decides.
        kind: of a key without a specification; None for the certificate profile's default.
    """

    specification: KeySpecification | None = None
    kind: KeyKind | None = None


@dataclass(frozen=True, slots=True)
class KeptKeyOf:
    """The key that the CA keeps with a certificate."""

    certificate: CertificateFacts


Key = CertificationRequest | MadeKey | KeptKeyOf
"""Where the key of a certificate comes from."""


@dataclass(frozen=True, slots=True)
class KeystoreWish:
    """How a key is handed out.

    Attributes:
        token: the format.
        name: the end entity's; tools list the key under it where the certificate's subject has no common name.
        password: protects the keystore; a secret.
    """

    token: TokenType
    name: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class KeyWish:
    """The private key itself is given to the service of the CA that asks for it, which encrypts it to its client. No
    request of an RA states this."""


@dataclass(frozen=True, slots=True)
class Save:
    """An end entity is added, or what is stored of it changes.

    Attributes:
        before: as it is stored; None where it is not.
        after: as it shall be stored.
        way: how the change is made.
    """

    before: EndEntity | None
    after: EndEntity
    way: Way

    @property
    def described_anew(self) -> bool:
        """Whether anything but the status changes."""
        return self.before is None or self.before.description != self.after.description


@dataclass(frozen=True, slots=True)
class SetPassword:
    """An end entity gets a password, or loses the one that it has.

    Attributes:
        before: the end entity as it is stored; None where it is not.
        password: a secret; None to clear the stored one.
    """

    username: str
    before: EndEntity | None
    password: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Certify:
    """A key is certified for an end entity.

    Attributes:
        owner: the end entity as it shall be stored.
        described: as the certificate describes it; the owner itself unless the request says otherwise.
        keep: whether the CA keeps the private key; None: the certificate profile decides.
        serial_number: chosen by the requester; None for a random one.
        keystore: None where the certificate alone is handed out.
        name: tells the certificates of one request apart.
    """

    owner: EndEntity
    described: EndEntity
    key: Key
    keep: bool | None = False
    serial_number: int | None = None
    keystore: KeystoreWish | KeyWish | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class HandOut:
    """A kept key is handed out with the certificate that it is kept with.

    Attributes:
        profile: the certificate profile whose rules for keystores hold.
        granted: how many administrators have approved that this key is handed out, where that was decided before;
            None where it is decided now.
    """

    certificate: CertificateFacts
    keystore: KeystoreWish
    profile: str
    granted: int | None = None


@dataclass(frozen=True, slots=True)
class Restand:
    """The standing of a certificate changes: revoked, on hold, or taken from hold."""

    certificate: CertificateFacts
    reason: RevocationReason


@dataclass(frozen=True, slots=True)
class CarryOver:
    """The certificate that `Certify` brings becomes a member of every role of the one that signs the request.

    Its right stands for those to view the requester's own end entity and certificate, on every object.

    Attributes:
        certificate: the one that signs the request.
        name: of the effect that certifies.
    """

    certificate: CertificateFacts
    name: str = ""


class Publication(StrEnum):
    """The kinds of publication of a CA."""

    CERTIFICATE = "certificate"
    CRL = "CRL"
    NEXT_CA_CERTIFICATE = "next CA certificate"


@dataclass(frozen=True, slots=True)
class Read:
    """A publication is read.

    Attributes:
        about: the certificate, or the CA's name.
    """

    publication: Publication
    about: CertificateFacts | str


@dataclass(frozen=True, slots=True)
class Attempt:
    """No effect is possible, because an object that the request names does not exist.

    Attributes:
        action: the action that the request would need if the object existed.
    """

    action: Action


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign:
    """An effect of a deployer's own request type.

    Attributes:
        end_entities, certificates: the objects concerned.
        ca_names, end_entity_profiles: further ones, which the request names.
        actions: every one is needed on every object.
        kinds: what of it may need approval.
        outline: the description for approvers; no secrets.
        call: carries it out inside the transaction; its argument is the request's operation key. If it returns a
            rejection, it must have written nothing.
    """

    actions: frozenset[Action]
    call: Callable[[str], Any]
    end_entities: tuple[EndEntity, ...] = ()
    certificates: tuple[CertificateFacts, ...] = ()
    ca_names: frozenset[str] = frozenset()
    end_entity_profiles: frozenset[str] = frozenset()
    kinds: frozenset[ApprovalKind] = frozenset()
    outline: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Deliver:
    """A message of another protocol is handed to the CA's service for it.

    The requester delivers it and needs the right for that alone. What the message asks for is judged by the rights of
    its own sender, whom its own protection authenticates; the service's answer tells its sender that, and nobody else.

    Attributes:
        alias: the service's settings that answer it.
        call: the service's answer, made inside the transaction; octets for the message's sender, whatever they say.
    """

    alias: str
    call: Callable[[Any], bytes]


Effect = Save | SetPassword | Certify | CarryOver | HandOut | Restand | Read | Attempt | Foreign | Deliver


@dataclass(frozen=True, slots=True)
class OwnPassword:
    """The end entity's password proves that it asks itself.

    Attributes:
        password: a secret; None where the request holds none.
    """

    username: str
    password: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Statement:
    """A request's effects, and the answer to its requester if they are not carried out.

    Attributes:
        effects: in the order in which they are carried out.
        proof: judged after the rights; a wrong password uses up an attempt.
        rests_on: certificates that the request names or that vouch for it; the rights are needed on them, too.
        asked: objects that the request itself names.
        refusal: the answer to a requester who has the rights and gives the proof; None to carry the effects out.
        unknown: the answer if a right is missing on a stored object that the request does not describe. It is the same
            answer as for an object that does not exist, so that requesters learn nothing about objects on which they
            have no rights.
        delivery: how the result is delivered, if the effects do not say so. Requests that differ in it do not share one
            approval.
    """

    effects: tuple[Effect, ...]
    proof: OwnPassword | None = None
    rests_on: tuple[CertificateFacts, ...] = ()
    asked: Objects = NO_OBJECTS
    refusal: Rejected | None = None
    unknown: Rejected = _NOT_AUTHORIZED
    delivery: Mapping[str, str] = field(default_factory=dict)
