"""What the administration of the CA's host accepts and refuses."""

from collections.abc import Callable

from pytest_bdd import parsers, then

from lockgate.errors import CallerError


def attempted(act: Callable[[], object], refusals: list[str]) -> None:
    """Do what an administrator asks for, and keep what the administration says against it."""
    try:
        act()
    except CallerError as error:
        refusals.append(str(error))


@then("the administration accepts it")
def accepted(refusals: list[str]) -> None:
    assert refusals == []


@then(parsers.parse("the administration refuses it: {words}"))
def refused(refusals: list[str], words: str) -> None:
    (refusal,) = refusals
    assert words in refusal
