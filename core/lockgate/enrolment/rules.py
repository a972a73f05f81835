"""How long enrolment transactions live and how many there may be: one set of bounds for every protocol's server."""

from dataclasses import dataclass
from datetime import timedelta

from lockgate.ports.enrolments import Bounds

DEFAULT_LIFETIME = timedelta(days=7)
DEFAULT_BOUNDS = Bounds(per_client=100, in_all=10_000, hourly_per_client=100, hourly_per_holder=20, hourly_in_all=300)
"""300 for each of the three sides stay below what `lockgate init` lets the RA ask in an hour: so there is room for what
waits over an hour's end."""


@dataclass(frozen=True, slots=True)
class EnrolmentRules:
    """How long transactions live, and how many there may be.

    Attributes:
        query_lifetime: for how long an answer about what the CA publishes is given again.
        turn: how long a request waits for others to be opened, before it is refused as unavailable.
    """

    lifetime: timedelta = DEFAULT_LIFETIME
    query_lifetime: timedelta = timedelta(minutes=10)
    bounds: Bounds = DEFAULT_BOUNDS
    turn: timedelta = timedelta(seconds=10)
