"""`lockgate load --protocol cmp` against the CA's CMP service."""

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from tests.integration.app.commands import Outcome, lockgate
from tests.protocol.cmp_site import REFERENCE, SECRET, CmpSite, Endpoint
from tests.support.wire.cmp_mock import written

pytestmark = pytest.mark.postgresql


@pytest.fixture
def shared(cmp_site: CmpSite) -> tuple[object, ...]:
    secret = written(cmp_site.files / "load.secret", f"{SECRET}\n".encode())
    return ("--reference", REFERENCE, "--secret-file", secret)


def load(endpoint: Endpoint, alias: str, *options: object) -> Outcome:
    where = ("--protocol", "cmp", "--url", endpoint.url(alias))
    return lockgate("load", *where, "--per-minute", 1200, "--count", 6, "--ras", 3, "--wait", 30, *options)


def summary(outcome: Outcome) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(outcome.out)
    return found


def test_it_enrols_by_a_secret(endpoint: Endpoint, cmp_site: CmpSite, shared: tuple[object, ...]) -> None:
    done = load(endpoint, "devices", *shared, "--json")
    assert done.code == 0, done.out + done.err
    found = summary(done)
    assert (found["sent"], found["succeeded"], found["failures"]) == (6, 6, {})
    told = load(endpoint, "devices", *shared, "--implicit-confirm", "--username-prefix", "quick")
    assert told.code == 0, told.out + told.err
    assert told.out.startswith("quick-")
    assert "6 succeeded, 0 failed" in told.out


def test_it_signs_with_a_keystore(endpoint: Endpoint, cmp_site: CmpSite, tmp_path: Path) -> None:
    signer = tmp_path / "service.pem"
    signer.write_bytes(cmp_site.service.public_bytes(Encoding.PEM))
    keys = ("--keystore", cmp_site.files / "desk.p12", "--password-file", cmp_site.files / "desk.password")
    done = load(endpoint, "desk", *keys, "--signers", signer, "--json")
    assert (done.code, summary(done)["succeeded"]) == (0, 6), done.out + done.err
    unknown = load(endpoint, "desk", *keys, "--json")
    assert summary(unknown)["failures"] == {"unverified_answer": 6}


def test_refusals_are_counted_by_their_bits(endpoint: Endpoint, cmp_site: CmpSite, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("a guess of a stranger")
    signer = tmp_path / "service.pem"
    signer.write_bytes(cmp_site.service.public_bytes(Encoding.PEM))
    guess = ("--reference", REFERENCE, "--secret-file", secret, "--signers", signer)
    done = load(endpoint, "devices", *guess, "--json")
    assert (done.code, summary(done)["failures"]) == (1, {"bad_message_check": 6})


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--protocol", "cmp"), "--protocol cmp needs --url"),
        (("--protocol", "cmp", "--url", "http://127.0.0.1:1/x"), "needs --reference and --secret-file, or --keystore"),
        (("--protocol", "cmp", "--url", "nowhere", "--reference", "x", "--secret-file", __file__), "no URL of a CMP"),
        (("--protocol", "cmp", "--url", "http://h/", "--keystore", __file__), "need each other"),
        (("--url", "http://127.0.0.1:1/x"), "--url needs --protocol cmp"),
        (("--implicit-confirm",), "--implicit-confirm needs --protocol cmp"),
    ],
)
def test_options_that_do_not_fit(options: tuple[object, ...], said: str) -> None:
    done = lockgate("load", *options)
    assert (done.code, done.out) == (2, "")
    assert said in done.err


def test_nobody_listens(shared: tuple[object, ...]) -> None:
    done = lockgate("load", "--protocol", "cmp", "--url", "http://127.0.0.1:1/x", *shared, "--count", 1, "--json")
    assert (done.code, summary(done)["failures"]) == (1, {"unavailable": 1})
