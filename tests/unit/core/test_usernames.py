"""Usernames of end entities that enrol by themselves."""

import pytest

from lockgate.enrolment.usernames import NameGeneration, Scheme
from lockgate.errors import ConfigurationError
from lockgate.names.dn import parse_dn
from lockgate_testing.doubles.host import RepeatableRandom

SUBJECT = parse_dn("CN=router,SERIALNUMBER=4711,O=Example,C=SE")


def made(names: NameGeneration, subject: str = str(SUBJECT)) -> str | None:
    return names.username(parse_dn(subject), RepeatableRandom())


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [("CN", "router"), ("UID;SN;CN", "4711"), ("uid; cn ", "router"), ("UID;GIVENNAME", None), ("", "router")],
)
def test_the_first_attribute_that_there_is(parameters: str, expected: str | None) -> None:
    assert made(NameGeneration(Scheme.DN, parameters)) == expected


def test_the_common_name_or_a_fixed_one() -> None:
    assert made(NameGeneration(Scheme.USERNAME, "O")) == "router"
    assert made(NameGeneration(Scheme.FIXED, "all devices"), "O=Example") == "all devices"


def test_random_ones_differ() -> None:
    source = RepeatableRandom()
    names = {NameGeneration(Scheme.RANDOM).username(SUBJECT, source) for _ in range(20)}
    assert len(names) == 20
    assert {len(name) for name in names if name} == {16}


def test_what_stands_around_it_may_be_random_too() -> None:
    name = made(NameGeneration(prefix="dev-", postfix="-${RANDOM}"))
    assert name is not None
    assert name.startswith("dev-router-")
    assert len(name) == len("dev-router-") + 16


def test_a_name_that_is_too_long_is_none() -> None:
    assert made(NameGeneration(prefix="x" * 250)) is None


def test_what_is_wanted_is_told() -> None:
    assert NameGeneration(Scheme.DN, "UID;SN").wanted == "UID or SERIALNUMBER"


@pytest.mark.parametrize(("scheme", "parameters"), [(Scheme.FIXED, " "), (Scheme.DN, "CN;NOTHING")])
def test_parameters_that_do_not_fit(scheme: Scheme, parameters: str) -> None:
    with pytest.raises(ConfigurationError, match="nameGenerationParameters"):
        NameGeneration(scheme, parameters)
