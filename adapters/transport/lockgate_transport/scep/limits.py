"""What an operator decides about a SCEP server, with what holds where nothing is said."""

from dataclasses import dataclass
from datetime import timedelta

from lockgate.ports.scep import Bounds

WITHOUT_CHAIN = "noca"
"""The alias that stands for the server's own address, answers without the CA's chain."""
DEFAULT_LIFETIME = timedelta(days=7)
DEFAULT_BOUNDS = Bounds(per_client=100, in_all=10_000, hourly_per_client=100, hourly_per_holder=20, hourly_in_all=300)
"""300 for each of the three sides stay below what `lockgate init` lets the RA ask in an hour: so there is room for what
waits over an hour's end."""


@dataclass(frozen=True, slots=True)
class DeskRules:
    """How long transactions live, and how many there may be.

    Attributes:
        query_lifetime: for how long an answer about what the CA publishes is given again.
        turn: how long a request waits for others to be opened, before it is refused as unavailable.
    """

    lifetime: timedelta = DEFAULT_LIFETIME
    query_lifetime: timedelta = timedelta(minutes=10)
    bounds: Bounds = DEFAULT_BOUNDS
    turn: timedelta = timedelta(seconds=10)
