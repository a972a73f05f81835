"""One-time passwords."""

import base64

from lockgate_app.one_time_passwords import new_one_time_password


def test_each_has_128_random_bits() -> None:
    made = [base64.b32decode(new_one_time_password() + "======") for _ in range(200)]
    assert {len(octets) for octets in made} == {16}
    assert len(set(made)) == len(made)
    for bit in range(128):
        set_in = sum(int.from_bytes(octets) >> bit & 1 for octets in made)
        assert 40 < set_in < 160, bit
