"""Who is counted for SCEP transactions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockgate.enrolment.clients import MAX_CLIENT_NAME, NO_ADDRESS, Client, Side, stranger


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:DB8:0:0:ffff:ffff:ffff:ffff", "2001:db8::/64"),
        ("2001:db8:0:1::", "2001:db8:0:1::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("::ffff:c000:201", "192.0.2.1"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", NO_ADDRESS),
        ("192.0.2.1:4711", NO_ADDRESS),
        ("192.0.2.001", NO_ADDRESS),
        ("/run/socket", NO_ADDRESS),
    ],
)
def test_a_stranger_is_its_network(address: str, name: str) -> None:
    assert stranger(address) == Client(name, Side.STRANGERS)


@given(st.text(max_size=100) | st.ip_addresses().map(str))
def test_whatever_a_server_says_there_is_a_name_that_can_be_stored(address: str) -> None:
    name = stranger(address).name
    assert name.isascii()
    assert 1 <= len(name) <= MAX_CLIENT_NAME
