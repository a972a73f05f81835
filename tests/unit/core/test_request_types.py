"""The table of request types, and what may be added to it."""

from dataclasses import dataclass

import pytest

from lockgate.errors import ConfigurationError
from lockgate.requests.processors import PKCS10Processor
from lockgate.requests.request_types import REQUEST_TYPES, RequestType, extended
from lockgate.requests.submessages import PKCS10Request, PKCS10Response, Request, Response


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnRequest(Request):
    """One more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnResponse(Response):
    """Its answer."""


class Bare(Request):
    """No dataclass of its own."""


OWN = RequestType(OwnRequest, OwnResponse, PKCS10Processor())


def test_one_more_is_added_and_the_built_in_ones_stay() -> None:
    table = extended([OWN])
    assert table["OwnRequest"] is OWN
    assert len(table) == len(REQUEST_TYPES) + 1
    assert "OwnRequest" not in REQUEST_TYPES


def other_response() -> type[Response]:
    @dataclass(frozen=True, slots=True, kw_only=True)
    class PKCS10Response(Response):
        """Another one of that name."""

    return PKCS10Response


@pytest.mark.parametrize(
    ("request_type", "said"),
    [
        (RequestType(PKCS10Request, PKCS10Response, PKCS10Processor()), "one of that name already"),
        (RequestType(Bare, OwnResponse, PKCS10Processor()), "no dataclass of Request"),
        (RequestType(OwnRequest, int, PKCS10Processor()), "no dataclass of Response"),  # type: ignore[arg-type]
        (RequestType(OwnRequest, other_response(), PKCS10Processor()), "another response PKCS10Response"),
        (
            RequestType(type("Own_Request", (OwnRequest,), {}), OwnResponse, PKCS10Processor()),
            "no dataclass of Request",
        ),
    ],
)
def test_what_does_not_fit_is_refused(request_type: RequestType, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        extended([request_type])


def test_two_of_one_name_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="one of that name already"):
        extended([OWN, OWN])


def test_a_name_has_letters_and_digits() -> None:
    @dataclass(frozen=True, slots=True, kw_only=True)
    class Own_Request(Request):  # noqa: N801  (the name that is refused)
        """With a line in its name."""

    with pytest.raises(ConfigurationError, match="letters and digits only"):
        extended([RequestType(Own_Request, OwnResponse, PKCS10Processor())])
