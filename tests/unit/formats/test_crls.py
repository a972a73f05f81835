"""CRLs: which entries are handed on."""

from datetime import UTC, datetime, timedelta

from lockgate_formats.crls import FullCrlReader
from tests.support.pki.crls import crl
from tests.support.pki.identities import ec_key, make_authority

NOW = datetime(2026, 1, 5, 12, 30, tzinfo=UTC)
LARGEST = (1 << 160) - 1


def test_entries_with_numbers_that_no_certificate_here_can_have_are_left_out() -> None:
    ca = make_authority("Partner CA", ec_key(71))
    listed = dict.fromkeys([0, 1 << 160, 7, -1860029628, LARGEST])
    octets = crl(ca.key, ca.certificate.subject, NOW, NOW + timedelta(hours=1), revoked=listed)
    found = FullCrlReader().read(octets, [ca.der])
    assert found.facts.entries == len(listed)
    parts = [found.part(first, 2) for first in (0, 2, 4)]
    assert [[entry.serial_number for entry in part] for part in parts] == [[], [7], [LARGEST]]
    assert found.find(0) is not None  # whoever asks for that very number is told
