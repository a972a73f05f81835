"""Whitelists of request types."""

import pytest

from lockgate.rights.whitelist import accepts, parse_whitelist


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", set()),
        (" , ", set()),
        ("PKCS10Request", {"PKCS10Request"}),
        ("org.ejbca.extra.db.CMPRequest", {"CMPRequest"}),
        ("org.ejbca.extra.db.PKCS10Request, RevocationRequest", {"PKCS10Request", "RevocationRequest"}),
    ],
)
def test_a_whitelist_is_read(text: str, expected: set[str]) -> None:
    assert parse_whitelist(text) == expected


def test_whole_names_count() -> None:
    only = frozenset({"PKCS10Request"})
    assert accepts(only, "PKCS10Request")
    assert not accepts(only, "PKCS10")
    assert not accepts(only, "PKCS10Requests")
    assert accepts(frozenset(), "Anything")
