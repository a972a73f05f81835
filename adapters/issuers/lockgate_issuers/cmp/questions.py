"""General messages to a CA that speaks CMP, each with one question (RFC 9483, 4.3)."""

from collections.abc import Callable
from typing import TypeVar

from lockgate.errors import NotSent, PeerError, Unavailable
from lockgate_formats.cmp.messages import InfoValue, MalformedMessage
from lockgate_formats.cmp.vocabulary import InfoType
from lockgate_formats.cmp_client import CmpClient, State, UntrustedHost
from lockgate_issuers.cmp.answers import words

Value = TypeVar("Value")


def ask(client: CmpClient, asked: InfoValue, expected: InfoType, what: str) -> InfoValue | None:
    """What the CA says of `expected`; None where it has nothing to say.

    Args:
        what: is asked for, for people.

    Raises:
        NotSent: nothing has reached the CA.
        Unavailable: it has not answered, or answers later.
        PeerError: it refuses, or the answer is not provably the CA's.
    """
    try:
        answered = client.send(client.genm([asked]))
    except UntrustedHost as error:
        raise NotSent(str(error)) from None
    if answered.state is State.WAITING:
        raise Unavailable("the CA answers later")
    if answered.state is State.REFUSED:
        raise PeerError(f"the CA does not tell {what} by CMP: {words(answered.refusals)}")
    for info in answered.infos:
        if info.oid == expected:
            return None if info.value is None else info
    raise PeerError(f"the CA does not answer the question for {what}")


def read(reader: Callable[[InfoValue], Value], told: InfoValue, what: str) -> Value:
    """The value, read.

    Raises:
        PeerError: it is not what was asked for.
    """
    try:
        return reader(told)
    except MalformedMessage as error:
        raise PeerError(f"what the CA has answered is not {what}: {error}") from None
