"""The fuzz targets hold for their seeds, and for what a few changes make of them."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fuzz import (
    certificate,
    certificate_request,
    cmp_certificate_requests,
    cmp_confirmations,
    cmp_general,
    cmp_message,
    cmp_responses,
    command_answer,
    ocsp_request,
    pkcs10_order,
    requested_names,
    scep_content,
    scep_message,
    scep_query,
    scep_renewal,
    scep_transaction,
    submessage,
)
from tests.support.pki.mutated_structures import structured_mutants
from tests.unit.formats.test_hostile import mutants

SEEDS = Path(__file__).parents[2] / "fuzz" / "seeds"
TARGETS: dict[str, Callable[[bytes], object]] = {
    "scep_message": scep_message.parse,
    "scep_content": scep_content.parse,
    "scep_renewal": scep_renewal.parse,
    "scep_transaction": scep_transaction.parse,
    "scep_query": scep_query.parse,
    "pkcs10_order": pkcs10_order.parse,
    "requested_names": requested_names.parse,
    "certificate": certificate.parse,
    "certificate_request": certificate_request.parse,
    "submessage": submessage.parse,
    "cmp_message": cmp_message.parse,
    "cmp_certificate_requests": cmp_certificate_requests.parse,
    "cmp_confirmations": cmp_confirmations.parse,
    "cmp_general": cmp_general.parse,
    "cmp_responses": cmp_responses.parse,
    "command_answer": command_answer.parse,
    "ocsp_request": ocsp_request.parse,
}
CASES = [(name, path) for name in TARGETS for path in sorted((SEEDS / name).iterdir())]
STRUCTURES = [(name, path) for name, path in CASES if path.suffix == ".der"]


def test_there_are_seeds_for_every_target() -> None:
    assert {path.name for path in SEEDS.iterdir() if path.is_dir() and path.name != "__pycache__"} == set(TARGETS)
    assert {name for name, _ in CASES} == set(TARGETS)


@pytest.mark.parametrize(("name", "path"), CASES, ids=lambda case: getattr(case, "stem", case))
def test_seeds_and_their_mutants_raise_nothing(name: str, path: Path) -> None:
    seed = path.read_bytes()
    TARGETS[name](seed)
    for mutant in mutants(seed, 300):
        TARGETS[name](mutant)


@pytest.mark.parametrize(("name", "path"), STRUCTURES, ids=lambda part: getattr(part, "stem", part))
def test_other_structures_raise_nothing(name: str, path: Path) -> None:
    for mutant in structured_mutants(path.read_bytes(), 2000):
        TARGETS[name](mutant)


@pytest.mark.parametrize("name", TARGETS)
@settings(max_examples=200, deadline=None)
@given(octets=st.binary(max_size=300))
def test_any_octets_raise_nothing(name: str, octets: bytes) -> None:
    TARGETS[name](octets)
