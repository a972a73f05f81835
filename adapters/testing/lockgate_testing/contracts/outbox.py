"""The contract suite of the port Outbox."""

import pytest

from lockgate.errors import DuplicateMessage
from lockgate.ports import Outbox

KEYS = ["plain", "with/slash", "..", "", "nul\x00", "å" * 255, "CON", "a" * 255]


class OutboxContract:
    """Every rule of the port Outbox. A subclass supplies the fixture `outbox`."""

    @pytest.fixture
    def outbox(self) -> Outbox:
        """An outbox that keeps nothing yet."""
        raise NotImplementedError("supply the fixture `outbox`: an outbox that keeps nothing yet")

    @pytest.mark.parametrize("key", KEYS, ids=ascii)
    def test_recalls_what_it_keeps_under_any_key(self, outbox: Outbox, key: str) -> None:
        assert outbox.recall(key) is None
        outbox.keep(key, b"record")
        assert outbox.recall(key) == b"record"

    def test_keeps_keys_apart(self, outbox: Outbox) -> None:
        outbox.keep("a", b"one")
        outbox.keep("A", b"two")
        assert (outbox.recall("a"), outbox.recall("A")) == (b"one", b"two")

    def test_never_overwrites(self, outbox: Outbox) -> None:
        outbox.keep("key", b"one")
        with pytest.raises(DuplicateMessage):
            outbox.keep("key", b"two")
        assert outbox.recall("key") == b"one"

    def test_one_record_takes_the_place_of_another(self, outbox: Outbox) -> None:
        outbox.keep("key", b"one")
        outbox.replace("key", b"one", b"two")
        assert outbox.recall("key") == b"two"
        assert [kept.record for kept in outbox.records()] == [b"two"]

    def test_what_is_not_kept_any_more_is_not_replaced(self, outbox: Outbox) -> None:
        with pytest.raises(DuplicateMessage):
            outbox.replace("key", b"one", b"two")
        assert outbox.recall("key") is None
        outbox.keep("key", b"three")
        with pytest.raises(DuplicateMessage):
            outbox.replace("key", b"one", b"two")
        assert outbox.recall("key") == b"three"

    def test_keeping_the_same_again_changes_nothing(self, outbox: Outbox) -> None:
        outbox.keep("key", b"one")
        outbox.keep("key", b"one")
        assert outbox.recall("key") == b"one"

    def test_lists_what_it_keeps_in_the_order_of_keeping(self, outbox: Outbox) -> None:
        assert outbox.records() == []
        for name in ("b", "c", "a"):
            outbox.keep(name, name.encode())
        outbox.forget("c")
        assert [kept.record for kept in outbox.records()] == [b"b", b"a"]

    def test_forgets(self, outbox: Outbox) -> None:
        outbox.keep("key", b"one")
        outbox.forget("key")
        outbox.forget("key")
        assert outbox.recall("key") is None
        outbox.keep("key", b"two")
        assert outbox.recall("key") == b"two"

    def test_forgetting_what_was_never_there_changes_nothing(self, outbox: Outbox) -> None:
        outbox.forget("never")
        assert outbox.recall("never") is None
