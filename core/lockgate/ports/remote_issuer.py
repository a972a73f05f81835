"""The signer of certificates that stands outside the registry's transaction: a CA product, or a program.

What it has done cannot be undone by a rollback. So an operation is committed before it is called, and each of its
answers is committed before the next step (`lockgate.operations`).
"""

from abc import abstractmethod
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from lockgate.certification.revocation import RevocationReason
from lockgate.ports.issuer import Order
from lockgate.reasons import Rejected


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What a remote issuer promises.

    Attributes:
        idempotent: the same draft again has no second effect and brings the same answer.
        looks_up: `lookup` finds what became of any draft.
        polls: `lookup` goes on with a draft whose answer comes later; an issuer that looks up can do so, too.
        confirms: a certificate does not count at the CA before `confirm`.
        voids_unconfirmed: a certificate that is not confirmed never counts, and the CA makes it void by itself. So an
            order whose answer nobody has got can be given anew. Only where it `confirms`.
        calls: how many calls may be in flight at a time.
        timeout: a call has no effect any more when this time is over, counted from its begin, whatever became of the
            caller.
        handover: how long after it was stored a call may begin; one that would begin later is not made.
        longest_wait: how long the CA may put off an answer, or a confirmation; then an operator decides.
    """

    idempotent: bool = False
    looks_up: bool = False
    polls: bool = False
    confirms: bool = False
    voids_unconfirmed: bool = False
    calls: int = 4
    timeout: timedelta = timedelta(seconds=30)
    handover: timedelta = timedelta(seconds=5)
    longest_wait: timedelta = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Issued:
    """The CA has issued a certificate.

    Attributes:
        certificate: DER.
        draft: what is stored in place of the draft from now on, in the same commit as the certificate; None leaves it.
            It holds what `confirm` needs of the CA's answer.
    """

    certificate: bytes
    draft: bytes | None = None


@dataclass(frozen=True, slots=True)
class Revoked:
    """The CA has changed the certificate's standing as it was asked to."""


@dataclass(frozen=True, slots=True)
class Later:
    """The CA answers later; it is looked up then. Only from an issuer that polls or looks up.

    Attributes:
        after: when to ask again; a day at most.
        draft: what is stored in place of the draft from now on; None leaves it. It holds what the next `lookup` needs
            of the CA's answer.
    """

    after: timedelta
    draft: bytes | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """The certificate counts at the CA, although it was not accepted: the CA has not waited for the confirmation."""


IssuerAnswer = Issued | Revoked | Rejected | Later
"""What the CA said. `Rejected` is its refusal (`Reason.ISSUER_REFUSED`, with the CA's own words as detail)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationOrder:
    """An order to change the standing of a certificate.

    Attributes:
        operation: unique per order.
        ca_certificate: DER certificate of the CA whose key signed it.
        certificate: DER.
        reason: REMOVE_FROM_CRL takes it from hold.
    """

    operation: str
    ca_name: str
    ca_certificate: bytes
    certificate: bytes
    reason: RevocationReason


class RemoteIssuer(Protocol):
    """A CA whose effects stand, whatever becomes of the caller.

    `call`, `lookup` and `confirm` run in several threads at a time. They raise `NotSent` where nothing has reached the
    CA, and `NotTaken` where the CA says that it has not carried out this call and takes its draft no more. After any
    other error it is not known whether the CA has done it.
    """

    traits: Traits

    @abstractmethod
    def draft(self, order: Order | RevocationOrder) -> bytes | Rejected:
        """The octets that carry out `order`; they are stored before the call. Nothing leaves this process.

        The next draft of the same order may be another one, and is made only if no call has reached the CA, or if the
        order may be given anew.

        A rejection (`issuer_refused`) says why this CA cannot do that.
        """

    @abstractmethod
    def call(self, draft: bytes) -> IssuerAnswer:
        """Have the CA carry it out.

        The same revocation again does no harm: a certificate that stands so already is `Revoked`.
        """

    @abstractmethod
    def lookup(self, draft: bytes) -> IssuerAnswer | None:
        """What became of `draft`; None where the CA knows nothing of it.

        Asked after `Later` where `traits.polls` or `traits.looks_up`, and after a call without an answer where
        `traits.looks_up`.
        """

    @abstractmethod
    def confirm(self, draft: bytes, certificate: bytes, *, accepted: bool) -> Rejected | Counts | None:
        """Accept or reject the certificate; the same again does no harm. Asked only where `traits.confirms`.

        A certificate that was not accepted is void at the CA, or is `Counts`: then its revocation is ordered, if it is
        nobody else's. Nothing is revoked here. A rejection says that the CA does not take the confirmation: an operator
        decides then.
        """

    def reference(self, draft: bytes) -> str:  # noqa: ARG002  (for those who need it)
        """By what people find the draft at the CA, for logs; empty where there is nothing. It raises nothing."""
        return ""
