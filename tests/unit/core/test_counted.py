"""Numbers of things in words: one thing is told in the singular."""

import pytest

from lockgate.names.counted import counted


@pytest.mark.parametrize(
    ("number", "words"), [(0, "0 messages"), (1, "1 message"), (2, "2 messages"), (1_000, "1000 messages")]
)
def test_only_one_thing_has_the_singular(number: int, words: str) -> None:
    assert counted(number, "message") == words


@pytest.mark.parametrize(("number", "words"), [(1, "1 entry"), (2, "2 entries")])
def test_a_plural_that_is_no_s_behind_the_noun(number: int, words: str) -> None:
    assert counted(number, "entry", "entries") == words
