"""`[ocsp]`: on a CA host the OCSP answers that are published, on an RA host the responder that serves them."""

from datetime import timedelta
from typing import Literal, Self

from pydantic import Field, model_validator

from lockgate.publishing.answers import AnswerTerms
from lockgate_app.settings.http import HttpTable
from lockgate_app.settings.values import Name, Table

HashAlgorithm = Literal["sha1", "sha256"]


class OcspAnswersTable(Table):
    """OCSP answers about the certificates of every active CA (docs/ocsp.md).

    Attributes:
        data_sources: where they are published.
        hours: from an answer's This Update to its Next Update; it is renewed when half of that is over.
        every: seconds between two looks at what is due; a quarter of `hours` at most.
        hash_algorithms: that clients may name certificates with: an answer is signed for each.
    """

    data_sources: list[Name] = Field(min_length=1)
    hours: int = Field(default=48, ge=1, le=8760)
    every: int = Field(default=60, ge=10, le=86_400)
    hash_algorithms: list[HashAlgorithm] = Field(default=["sha1", "sha256"], min_length=1, max_length=2)

    @model_validator(mode="after")
    def _looks_in_time(self) -> Self:
        most = self.hours * 3600 // 4
        if self.every > most:
            raise ValueError(f"every: {most} seconds at most, a quarter of hours, so that answers are renewed in time")
        return self

    @property
    def terms(self) -> AnswerTerms:
        """As answers are signed."""
        return AnswerTerms(timedelta(hours=self.hours), tuple(dict.fromkeys(self.hash_algorithms)))

    @property
    def late(self) -> timedelta:
        """For how long an answer may be due before something is wrong: an hour, or a quarter of `hours`, if that is
        less, so that it has not ended; or two looks, if they take longer."""
        return max(min(timedelta(hours=1), timedelta(hours=self.hours) / 4), timedelta(seconds=2 * self.every))


class OcspResponderTable(HttpTable):
    """The OCSP responder (docs/ocsp.md).

    Attributes:
        cache_seconds: seconds for which caches may answer at most; never longer than an answer counts.
        hourly_requests_per_client: requests that are answered in an hour, of one IPv4 address or one IPv6 network of 64
            bits; others are told to try later.
        hourly_requests_in_all: the same, of all.
    """

    cache_seconds: int = Field(default=3600, ge=0, le=30 * 86_400)
    hourly_requests_per_client: int = Field(default=10_000, ge=1, le=10_000_000)
    hourly_requests_in_all: int = Field(default=1_000_000, ge=1, le=10_000_000)
