"""One pkiMessage being answered, and what an alias answers it with."""

from dataclasses import dataclass

from lockgate.enrolment.clients import Client, Side, holder
from lockgate.enrolment.enrolments import Enrolments
from lockgate.enrolment.outcome import Outcome, Refused
from lockgate.enrolment.refusals import Refusal
from lockgate.reasons import Rejected
from lockgate_transport.scep.messages import VerifiedMessage
from lockgate_transport.scep.opening import Opener
from lockgate_transport.scep.replies import Reader
from lockgate_transport.scep.rules import AliasRules, Composer
from lockgate_transport.scep.vocabulary import ScepMessageType

_UNENCRYPTABLE = {
    ScepMessageType.PKCS_REQ: "Keys that cannot be encrypted to need a one-time password made by the CA.",
    ScepMessageType.RENEWAL_REQ: "Keys that cannot be encrypted to need a challenge password of 26 random A-Z and 2-7.",
    ScepMessageType.GET_CERT: "Keys that cannot be encrypted to are sent no certificates in answer to GetCert.",
    ScepMessageType.GET_CRL: "Keys that cannot be encrypted to are sent no CRLs in answer to GetCRL.",
}
NO_HOLDER = Refused(Refusal.NO_HOLDER)


@dataclass(frozen=True, slots=True)
class Case:
    """One message being answered.

    Attributes:
        octets: all of it.
        address: that it came from.
        with_chain: whether the CA's chain goes along with an issued certificate.
    """

    message: VerifiedMessage
    octets: bytes
    address: str
    with_chain: bool


@dataclass(frozen=True, slots=True)
class Answered:
    """How a message is answered.

    Attributes:
        awaited_by: the name of the client that asks for what cannot be polled for.
    """

    outcome: Outcome
    reader: Reader | None = None
    awaited_by: str | None = None


@dataclass(frozen=True, slots=True)
class Alias:
    """What an alias answers with.

    Attributes:
        opener: opens what is encrypted to its transport key.
        transport_name: the DER subject of that key's certificate.
    """

    rules: AliasRules
    enrolments: Enrolments
    opener: Opener
    composer: Composer
    transport_name: bytes

    def holder(self, case: Case, side: Side) -> Client | None:
        """Whose certificate, by this CA and valid now, the signer's is; a self-signed one authenticates nobody."""
        found = self.rules.holders.path(case.message.signer.certificate)
        if isinstance(found, Rejected) or not found.not_before <= self.enrolments.now() <= found.not_after:
            return None
        return holder(found.issuer_dn, found.subject_dn, side)


def unencryptable(kind: ScepMessageType) -> Answered:
    """The answer to a message of that kind whose signer could not open a better one."""
    return Answered(Refused(Refusal.UNENCRYPTABLE_KEY, _UNENCRYPTABLE[kind]))
