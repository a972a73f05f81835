"""The settings that every enrolment server of an RA host has which keeps transactions in the message database: its
secret, and its bounds."""

from datetime import timedelta

from pydantic import Field

from lockgate.enrolment.rules import DEFAULT_BOUNDS, DEFAULT_LIFETIME, EnrolmentRules
from lockgate.ports import Bounds
from lockgate_app.settings.http import HttpTable
from lockgate_app.settings.values import Secret


class FrontTable(HttpTable):
    """An enrolment server of an RA host.

    Attributes:
        secret: of 16 octets or more; protects the state that the servers keep in the message database; the same for all
            servers on one.
        transaction_lifetime: seconds for which a transaction can be polled, or a page be looked at.
        open_per_client: requests that may wait for the CA at a time, from one client, on each side
            (docs/scep.md#bounds).
        open_in_all: the same, from all.
        hourly_per_client: requests that may be put in an hour, from one address.
        hourly_per_holder: requests that may be put in an hour, by one certificate's key.
        hourly_in_all: requests that may be put in an hour, in all.
    """

    secret: Secret
    transaction_lifetime: int = Field(default=DEFAULT_LIFETIME // timedelta(seconds=1), ge=3600, le=90 * 86_400)
    open_per_client: int = Field(default=DEFAULT_BOUNDS.per_client, ge=1, le=1_000_000)
    open_in_all: int = Field(default=DEFAULT_BOUNDS.in_all, ge=1, le=1_000_000)
    hourly_per_client: int = Field(default=DEFAULT_BOUNDS.hourly_per_client, ge=1, le=1_000_000)
    hourly_per_holder: int = Field(default=DEFAULT_BOUNDS.hourly_per_holder, ge=1, le=1_000_000)
    hourly_in_all: int = Field(default=DEFAULT_BOUNDS.hourly_in_all, ge=1, le=1_000_000)

    @property
    def rules(self) -> EnrolmentRules:
        """How long transactions live, and how many there may be."""
        bounds = Bounds(
            per_client=self.open_per_client,
            in_all=self.open_in_all,
            hourly_per_client=self.hourly_per_client,
            hourly_per_holder=self.hourly_per_holder,
            hourly_in_all=self.hourly_in_all,
        )
        return EnrolmentRules(timedelta(seconds=self.transaction_lifetime), bounds=bounds)
