"""The contract suite of the port TransactionSealer."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from lockgate.enrolment.transactions import Enrolment, Transaction
from lockgate.errors import PeerError
from lockgate.ports import TransactionSealer

SECRET = b"a secret that the servers share"
NAME = "device#renewal"
TRANSACTION = Transaction(
    enrolment=Enrolment(
        alias="vpn",
        signer_key="ab" * 32,
        request="cd" * 32,
        subject=b"0\x00",
        key="ef" * 32,
        certificate="01" * 32,
        password=b"a salt and a key",
    ),
    sent=b"a record",
    expires=datetime(2026, 5, 8, 12, tzinfo=UTC),
    settled=True,
    again=datetime(2026, 5, 1, 12, 30, tzinfo=UTC),
)
NewSealer = Callable[[str, bytes], TransactionSealer]
"""Makes the sealer of a protocol, by its name, with a secret of 16 octets or more."""


class TransactionSealerContract:
    """Every rule of the port TransactionSealer. A subclass supplies the fixture `new_sealer`."""

    @pytest.fixture
    def new_sealer(self) -> NewSealer:
        """What makes the adapter under test."""
        raise NotImplementedError("supply the fixture `new_sealer`: what makes the adapter under test")

    @pytest.fixture
    def sealer(self, new_sealer: NewSealer) -> TransactionSealer:
        """The adapter under test."""
        return new_sealer("scep", SECRET)

    def test_what_is_sealed_is_opened_as_it_was(self, sealer: TransactionSealer) -> None:
        opened = sealer.open(NAME, sealer.seal(NAME, TRANSACTION))
        assert opened == TRANSACTION
        assert opened.enrolment.password == TRANSACTION.enrolment.password

    def test_nothing_of_a_transaction_is_readable(self, sealer: TransactionSealer) -> None:
        first, second = (sealer.seal(NAME, TRANSACTION) for _ in range(2))
        assert first != second
        assert TRANSACTION.sent not in first

    @pytest.mark.parametrize(
        ("protocol", "secret", "name"),
        [("scep", SECRET, "device"), ("other", SECRET, NAME), ("scep", bytes(32), NAME)],
        ids=["id", "protocol", "secret"],
    )
    def test_what_was_sealed_for_another_place_does_not_open(
        self, new_sealer: NewSealer, sealer: TransactionSealer, protocol: str, secret: bytes, name: str
    ) -> None:
        with pytest.raises(PeerError):
            new_sealer(protocol, secret).open(name, sealer.seal(NAME, TRANSACTION))

    @pytest.mark.parametrize("index", [0, 11, 12, -1])
    def test_what_was_changed_does_not_open(self, sealer: TransactionSealer, index: int) -> None:
        octets = bytearray(sealer.seal(NAME, TRANSACTION))
        octets[index] ^= 1
        with pytest.raises(PeerError):
            sealer.open(NAME, bytes(octets))

    @pytest.mark.parametrize("octets", [b"", bytes(12), bytes(28)])
    def test_what_was_never_sealed_does_not_open(self, sealer: TransactionSealer, octets: bytes) -> None:
        with pytest.raises(PeerError):
            sealer.open(NAME, octets)
