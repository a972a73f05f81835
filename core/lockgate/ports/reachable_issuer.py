"""A remote issuer that can be asked for something without an effect, to find out whether it can be reached."""

from abc import abstractmethod
from typing import Protocol, runtime_checkable


@runtime_checkable
class ReachableIssuer(Protocol):
    """What an adapter of `RemoteIssuer` may have besides. Operators call it (`lockgate issuer test`); nothing else
    does."""

    @abstractmethod
    def reach(self) -> str:
        """Ask the CA, by the same way and with the same credentials as for an order, for something without an effect.

        Returns what has answered, in a few words for an operator, without secrets. Bound it in time.

        Raises:
            NotSent: nothing has reached the CA.
            Unavailable: it has not answered, or something else has.
        """
