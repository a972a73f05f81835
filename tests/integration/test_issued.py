"""What every type of request leads to, judged by other tools: pkilint, openssl, keytool."""

import contextlib
import dataclasses
import io
import json
import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding
from pkilint.bin import lint_crl, lint_pkix_cert
from sqlalchemy import text

from lockgate.certification.revocation import RevocationReason
from lockgate.names.keyspec import KeyKind, KeySpecification
from lockgate.requests.submessages import (
    CertificateRequestRequest,
    KeyStoreRetrievalResponse,
    PKCS12Request,
    PKCS12Response,
    Request,
    Response,
    RevocationRequest,
)
from lockgate_ca_backend.builtin_profiles import CERTIFICATE_PROFILES
from tests.support.parts import needed_program
from tests.support.pki.identities import ec_key, rsa_key
from tests.support.pki.key_forms import crmf, public_key, spkac
from tests.support.scenarios.hosts import install
from tests.support.scenarios.stored_objects import PASSWORD, REQUESTS, described, furnish, let_wait
from tests.support.scenarios.world import World

pytestmark = pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")  # pkilint leaves them to the collector
KEYS = {"RSA": rsa_key(21), "P-256": ec_key(21), "Ed25519": ed25519.Ed25519PrivateKey.generate()}
FORMS: Mapping[str, Callable[..., bytes]] = {"CRMF": crmf, "SPKAC": spkac, "PUBLICKEY": public_key}
MADE_KEYS = [("RSA", "2048"), ("ECDSA", "P-384"), ("Ed25519", "")]
REASONS = [reason for reason in RevocationReason if reason is not RevocationReason.REMOVE_FROM_CRL]


@dataclass
class Issued:
    """Everything that was issued and handed out."""

    certificates: list[bytes] = field(default_factory=list)
    crls: list[bytes] = field(default_factory=list)
    authorities: list[bytes] = field(default_factory=list)
    keystores: dict[str, bytes] = field(default_factory=dict)

    def write(self, directory: Path) -> tuple[Path, list[Path]]:
        """PEM files: all CAs together, and each certificate."""
        trusted = directory / "authorities.pem"
        trusted.write_bytes(b"".join(map(pem, self.authorities)))
        paths = [directory / f"certificate-{number}.pem" for number in range(len(self.certificates))]
        for path, der in zip(paths, self.certificates, strict=True):
            path.write_bytes(pem(der))
        return trusted, paths


EVERY_NAME = (
    "DNSNAME=host.example,RFC822NAME=a@example.org,IPADDRESS=192.0.2.1,IPADDRESS=2001:db8::1,UPN=a@example.org,"
    "URI=https://example.org/a,GUID=00112233445566778899aabbccddeeff,REGISTEREDID=1.3.6.1.4.1.99999.1,"
    "DIRECTORYNAME=CN=a\\,O=Example\\,C=SE"
)


def pem(certificate: bytes) -> bytes:
    return x509.load_der_x509_certificate(certificate).public_bytes(Encoding.PEM)


def requests() -> Iterator[tuple[str, Request]]:
    """Every form of key with every kind of key."""
    for form, make in FORMS.items():
        for kind, key in KEYS.items():
            fields = described(f"{form} {kind}", request_type=form, request_data=make(key), create_or_edit_user=True)
            yield f"{form} {kind}", CertificateRequestRequest(**fields)
    names: dict[str, Any] = {
        "request_type": "PUBLICKEY",
        "request_data": public_key(ec_key(77)),
        "create_or_edit_user": True,
    }
    yield "every name", CertificateRequestRequest(**described("every name", subject_alt_name=EVERY_NAME, **names))
    for algorithm, specification in MADE_KEYS:
        name = f"{algorithm} {specification}".strip()
        made = described(name, key_alg=algorithm, key_spec=specification, password=PASSWORD, store_keys=True)
        yield name, PKCS12Request(**made)


@pytest.fixture(scope="module")
def issued(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Issued]:
    """What the worker made of one request of each type and kind, and then revoked for each reason."""
    directory = tmp_path_factory.mktemp("issued")
    install(directory)
    world = World(directory)
    yield work_off(world)
    world.close()


def work_off(world: World) -> Issued:
    holdings, found = furnish(world), Issued()
    every_key = frozenset[KeyKind]({"RSA", "P-256", "P-384", "P-521", "Ed25519"})
    profile = dataclasses.replace(
        CERTIFICATE_PROFILES["ENDUSER"], key_recovery=True, key_types=every_key, unproven_keys=True
    )
    world.ca_side.administration.put_profile(
        "KEEPING", dataclasses.replace(profile, generated_key=KeySpecification.P_256)
    )
    # No CA has announced a next certificate here.
    left_out = {"GetNextCACertRequest", *(name for name in REQUESTS if " to " in name)}
    described_by_type = ((name, make(holdings, "olga")) for name, make in REQUESTS.items() if name not in left_out)
    for name, request in (*requests(), *described_by_type):
        let_wait(world)
        keep(found, name, answered(world, request))
    # keyCompromise revokes every certificate of its key: it comes after the two other certificates of the same key.
    for number, reason in enumerate(sorted(REASONS, key=lambda which: which is RevocationReason.KEY_COMPROMISE)):
        name = f"{list(FORMS)[number % 3]} {list(KEYS)[number // 3]}"
        answered(world, RevocationRequest(request_id=1, reason=reason, username=name, revoke_all=True))
    with world.ca_side.engine.connect() as connection:
        found.certificates += connection.execute(text("select certificate from certificate")).scalars()
    for name in ("ManagementCA", "OtherCA"):
        found.authorities.append(world.ca_side.certificate(name))
        found.crls.append(world.ca_side.administration.issue_crl(name))
    return found


def answered(world: World, request: Request) -> Response:
    world.send(request)
    world.run_worker()
    (seen,) = world.seen()
    assert seen.content.response.success, (request, seen.content.response)
    return seen.content.response


def keep(found: Issued, name: str, response: Response) -> None:
    if isinstance(response, PKCS12Response):
        found.keystores[name] = response.pkcs12 or b""
    if isinstance(response, KeyStoreRetrievalResponse):
        found.keystores[name] = response.keystore_data or b""


def errors(linter: Any, path: Path, *arguments: str) -> list[str]:
    """pkilint's findings that are errors or worse."""
    with contextlib.redirect_stdout(io.StringIO()) as said:
        linter.main(["lint", "-f", "json", *arguments, str(path)])
    findings = (
        finding for result in json.loads(said.getvalue())["results"] for finding in result["finding_descriptions"]
    )
    return [finding["code"] for finding in findings if finding["severity"] in ("ERROR", "FATAL")]


def run(*command: str | Path) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | {"LC_ALL": "C.UTF-8"})
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def keytool() -> str:
    """Java's own reader of keystores."""
    return needed_program("keytool", "default-jre-headless")


def test_certificates(issued: Issued, tmp_path: Path) -> None:
    trusted, paths = issued.write(tmp_path)
    assert len(paths) > 30
    assert {str(path): found for path in paths if (found := errors(lint_pkix_cert, path))} == {}
    said = run("openssl", "verify", "-x509_strict", "-CAfile", trusted, *paths)
    assert said.count(": OK") == len(paths)


def test_crls(issued: Issued, tmp_path: Path) -> None:
    trusted, _ = issued.write(tmp_path)
    listed = [len(x509.load_der_x509_crl(der)) for der in issued.crls]
    assert listed[0] >= len(REASONS)
    for number, crl in enumerate(issued.crls):
        path = tmp_path / f"{number}.crl"
        path.write_bytes(crl)
        assert errors(lint_crl, path, "-t", "CRL", "-p", "PKIX") == []
        assert "verify OK" in run("openssl", "crl", "-inform", "DER", "-in", path, "-noout", "-CAfile", trusted)


def test_keystores(issued: Issued, tmp_path: Path, keytool: str) -> None:
    kinds = {name: keystore for name, keystore in issued.keystores.items() if not name.startswith("PKCS12Request")}
    assert len(kinds) == len(MADE_KEYS) + len(("recovered", "with a new certificate", "retrieved"))
    for name, content in kinds.items():
        path = tmp_path / name
        path.write_bytes(content)
        run("openssl", "pkcs12", "-info", "-noout", "-in", path, "-passin", f"pass:{PASSWORD}")
        said = run(keytool, "-list", "-keystore", path, "-storepass", PASSWORD)
        assert "PrivateKeyEntry" in said, name
