"""The contract suites of the ports Clock and Random."""

import os
import time
from datetime import timedelta

import pytest

from lockgate.ports import Clock, Random

PATIENCE = 20.0
"""Real seconds within which a sleep must end that something has cut short."""


class ClockContract:
    """Every rule of the port Clock. A subclass supplies the fixture `clock`. It takes a tenth of a second."""

    @pytest.fixture
    def clock(self) -> Clock:
        """The adapter under test."""
        raise NotImplementedError("supply the fixture `clock`: the adapter under test")

    def test_now_is_utc(self, clock: Clock) -> None:
        assert clock.now().utcoffset() == timedelta()

    def test_no_reading_goes_back(self, clock: Clock) -> None:
        readings = []
        for _ in range(100):
            readings.append(clock.monotonic())
            clock.sleep(0)
        assert readings == sorted(readings)

    def test_a_sleep_lasts_as_long_as_it_was_asked_to(self, clock: Clock) -> None:
        begun = clock.monotonic()
        clock.sleep(0.05)
        assert clock.monotonic() - begun >= 0.05

    def test_a_file_descriptor_that_can_be_read_ends_a_sleep(self, clock: Clock) -> None:
        read, write = os.pipe()
        try:
            os.write(write, b"something")
            begun = time.monotonic()
            clock.sleep(3600, read)
            assert time.monotonic() - begun < PATIENCE
        finally:
            os.close(read)
            os.close(write)

    def test_one_that_cannot_be_read_does_not(self, clock: Clock) -> None:
        read, write = os.pipe()
        try:
            begun = clock.monotonic()
            clock.sleep(0.05, read)
            assert clock.monotonic() - begun >= 0.05
        finally:
            os.close(read)
            os.close(write)


class RandomContract:
    """Every rule of the port Random that a test can see. A subclass supplies the fixture `random`.

    That the octets cannot be predicted no test can tell: take them from the operating system's generator.
    """

    @pytest.fixture
    def random(self) -> Random:
        """The adapter under test."""
        raise NotImplementedError("supply the fixture `random`: the adapter under test")

    @pytest.mark.parametrize("count", [0, 1, 16, 1000])
    def test_as_many_octets_as_were_asked_for(self, random: Random, count: int) -> None:
        octets = random.octets(count)
        assert isinstance(octets, bytes)
        assert len(octets) == count

    def test_no_two_are_alike(self, random: Random) -> None:
        assert len({random.octets(16) for _ in range(1000)}) == 1000

    def test_every_octet_comes(self, random: Random) -> None:
        assert set(random.octets(100_000)) == set(range(256))
