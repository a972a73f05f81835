"""Whole messages of every kind, and requests with every proof of possession, as an independent decoder reads them."""

from typing import Any

import pytest
from pyasn1_alt_modules import rfc4211, rfc9810

from fuzz.seeds.cmp import cmp_messages
from tests.support.pki.asn1_oracle import decoded_again

SPECS = {"cmp_message": rfc9810.PKIMessage(), "cmp_certificate_requests": rfc4211.CertReqMessages()}
WRITTEN = {
    path: (SPECS[path.partition("/")[0]], octets) for path, octets in cmp_messages() if path.partition("/")[0] in SPECS
}


@pytest.mark.parametrize(("spec", "octets"), WRITTEN.values(), ids=WRITTEN)
def test_what_is_written_is_what_another_decoder_reads(spec: Any, octets: bytes) -> None:
    assert decoded_again(spec, octets) == octets
