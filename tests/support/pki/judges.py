"""Certificates and CRLs, judged by openssl, pkilint and asn1crypto."""

import json
import subprocess
import sys
from pathlib import Path

from asn1crypto import crl as asn1_crl
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tests.support.parts import needed_program


def openssl(*arguments: str | Path) -> str:
    done = subprocess.run(
        [needed_program("openssl", "openssl"), *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def pem(path: Path, *certificates: bytes) -> Path:
    loaded = (x509.load_der_x509_certificate(der) for der in certificates)
    path.write_bytes(b"".join(certificate.public_bytes(Encoding.PEM) for certificate in loaded))
    return path


def linted(program: str, der: bytes, path: Path, *arguments: str) -> list[str]:
    """pkilint's findings that are errors or worse."""
    path.write_bytes(der)
    command = [str(Path(sys.executable).with_name(program)), "lint", "-f", "json", *arguments, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    results = json.loads(done.stdout)["results"]
    findings = [finding for result in results for finding in result["finding_descriptions"]]
    return [described["code"] for described in findings if described["severity"] in ("ERROR", "FATAL")]


def revoked(crl: bytes) -> dict[int, str | None]:
    """Serial numbers and reasons, read by asn1crypto."""
    entries = asn1_crl.CertificateList.load(crl)["tbs_cert_list"]["revoked_certificates"]
    return {
        entry["user_certificate"].native: entry.crl_reason_value.native if entry.crl_reason_value else None
        for entry in entries
    }
