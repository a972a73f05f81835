"""Chains from a device's certificate to its vendor's CA."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from lockgate.ports import Clock
from lockgate.reasons import Reason, Rejected
from lockgate_formats.vendors import MAX_BROUGHT, VendorPath, VendorTrust
from tests.support.pki.identities import NOT_AFTER, NOT_BEFORE, ec_key
from tests.support.pki.vendors import DEVICE, PRODUCTS, Vendor, authority

NOW = datetime(2026, 6, 1, tzinfo=UTC)


@dataclass
class At(Clock):
    """A clock that stands still."""

    time: datetime = NOW

    def now(self) -> datetime:
        return self.time

    def monotonic(self) -> float:
        raise NotImplementedError

    def sleep(self, seconds: float, readable: int | None = None) -> None:
        raise NotImplementedError


@pytest.fixture(scope="module")
def vendor() -> Vendor:
    return Vendor()


def trust(vendor: Vendor, time: datetime = NOW) -> VendorTrust:
    return VendorTrust([vendor.root.der], At(time))


def test_the_path_names_the_device_and_the_cas_in_between(vendor: Vendor) -> None:
    device = vendor.sensors.issue("sensor", DEVICE)
    found = trust(vendor).path(device.der, (vendor.root.der, vendor.products.der, vendor.sensors.der))
    assert isinstance(found, VendorPath)
    assert found.device.der == device.der
    assert found.between == (vendor.sensors.der, vendor.products.der)


def test_it_is_valid_as_long_as_every_certificate_in_it(vendor: Vendor) -> None:
    ends = NOW + timedelta(days=3)
    products = authority("products", PRODUCTS, vendor.root, ends=ends)
    device = products.issue("sensor", DEVICE)
    found = trust(vendor).path(device.der, (products.der,))
    assert isinstance(found, VendorPath)
    assert (found.device.not_before, found.device.not_after) == (NOT_BEFORE, ends)
    assert not found.device.valid_at(ends + timedelta(seconds=1))
    assert isinstance(trust(vendor, ends + timedelta(seconds=1)).path(device.der, (products.der,)), Rejected)
    assert isinstance(trust(vendor, NOT_AFTER + timedelta(days=1)).path(device.der, (products.der,)), Rejected)


def test_a_ca_is_no_device(vendor: Vendor) -> None:
    refused = trust(vendor).path(vendor.sensors.der, (vendor.products.der,))
    assert isinstance(refused, Rejected)
    assert refused.reason is Reason.SIGNER_UNTRUSTED


def test_few_certificates_that_are_brought_are_looked_at(vendor: Vendor) -> None:
    device = vendor.products.issue("sensor", DEVICE)
    others = [authority(f"other {number}", ec_key(710)).der for number in range(MAX_BROUGHT)]
    assert isinstance(trust(vendor).path(device.der, (*others[1:], vendor.products.der)), VendorPath)
    assert isinstance(trust(vendor).path(device.der, (*others, vendor.products.der)), Rejected)


@pytest.mark.parametrize("octets", [b"", b"\x30\x00", bytes(100)])
def test_what_is_no_certificate(vendor: Vendor, octets: bytes) -> None:
    device = vendor.products.issue("sensor", DEVICE)
    assert isinstance(trust(vendor).path(octets, (vendor.products.der,)), Rejected)
    assert isinstance(trust(vendor).path(device.der, (octets, vendor.products.der)), VendorPath)
