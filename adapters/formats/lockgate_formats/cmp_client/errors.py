"""Errors of the client besides `UnverifiedAnswer`, which tells that an answer proves nothing."""

from lockgate.errors import PeerError, Unavailable
from lockgate_formats.cmp_client.transactions import Refusal


class UnprotectedError(PeerError):
    """An error message without protection, which anybody on the way can make. The transaction stays as it was.

    Attributes:
        refusal: what it says.
    """

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(f"an error without protection, which proves nothing: {refusal}")
        self.refusal = refusal


class UntrustedHost(PeerError):
    """What answers is not the host that TLS must show. Nothing was sent."""


class SendAgain(Unavailable):
    """The service says that it has no answer now (systemUnavail): the same octets can be sent again later.

    Attributes:
        refusal: what it says.
    """

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(f"the service has no answer now; the same message can be sent again: {refusal}")
        self.refusal = refusal
