"""URIs of tokens (RFC 7512)."""

from pathlib import Path

import pytest

from lockgate.errors import ConfigurationError
from lockgate_keys.hardware.uri import TokenUri

WHOLE = "pkcs11:token=The%20CA%3B%20first;object=worker;id=%00%FFa;type=private?module-path=/usr/lib/hsm.so"


def test_a_uri_is_read_and_written() -> None:
    uri = TokenUri.parse(WHOLE)
    assert (uri.token, uri.object, uri.id, uri.module) == (
        "The CA; first",
        "worker",
        b"\0\xffa",
        Path("/usr/lib/hsm.so"),
    )
    assert TokenUri.parse(str(uri)) == uri
    assert str(uri.of_token) == "pkcs11:token=The%20CA%3B%20first?module-path=/usr/lib/hsm.so"


@pytest.mark.parametrize("name", ["pin-value", "pin-source"])
def test_a_pin_has_no_place_in_it_and_is_not_repeated(name: str) -> None:
    with pytest.raises(ConfigurationError, match=f"holds no PIN: leave {name} out") as caught:
        TokenUri.parse(f"pkcs11:token=ca?module-path=/usr/lib/hsm.so&{name}=quux-7Rw2pL0x")
    assert "quux" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("file:token=ca", "begins with pkcs11:"),
        ("pkcs11:object=worker", "token=LABEL or serial=NUMBER is missing"),
        ("pkcs11:token=ca;token=other", "there twice"),
        ("pkcs11:token=ca;slot-id=3", "'slot-id' is unknown here"),
        ("pkcs11:token=ca;object=", "'object' is unknown here, empty"),
        ("pkcs11:token=ca;type=public", "type is private"),
    ],
)
def test_what_cannot_be_followed_is_refused(text: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        TokenUri.parse(text)
