"""The original's end entities and certificates, as files that `end-entity import`, `ca import` and `certificate
revoke-all` take."""

import hashlib
import ssl
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO
from urllib.parse import quote

from cryptography import x509

from lockgate.administration.imported import OriginalCertificate, OriginalRecords
from lockgate.certification.endentity import EndEntityStatus, TokenType
from lockgate.errors import ConfigurationError
from lockgate_app.end_entity_files import REQUIRED, STATUSES, write_end_entities
from lockgate_app.words import word
from lockgate_formats.strictness import CERTIFICATE_ERRORS

END_ENTITIES = "end-entities.csv"
TOKENS: Mapping[int, TokenType] = {
    1: TokenType.USER_GENERATED,
    2: TokenType.P12,
    3: TokenType.JKS,
    4: TokenType.PEM,
}
"""By EJBCA's numbers. The numbers of statuses are the same here."""


@dataclass(frozen=True, slots=True)
class ExportedRecords:
    """What was written.

    Attributes:
        certificates: how many of each CA, by its name.
        revoked: how many of them the original calls revoked.
        unreadable: certificates that were left out, because they cannot be read.
        foreign: certificates that were left out, because none of the original's own CAs has issued them.
        incomplete: usernames of end entities whose row lacks a value that has to be filled in.
    """

    end_entities: int
    certificates: Mapping[str, int]
    revoked: Mapping[str, int]
    unreadable: int
    foreign: int
    incomplete: Sequence[str]


def export_records(database: OriginalRecords, directory: Path) -> ExportedRecords:
    """Write `end-entities.csv` and a PEM file of each CA's certificates into a new directory.

    Raises:
        ConfigurationError: the directory cannot be made, or is there already.
        Unavailable: the database cannot be reached.
    """
    try:
        directory.mkdir(mode=0o700)
        with ExitStack() as stack:
            certificates = _CertificateFiles(directory, stack)
            certificates.write(database)
        incomplete: list[str] = []
        rows = _Counted(_rows(database, certificates.fingerprints), incomplete)
        write_end_entities(directory / END_ENTITIES, rows)
    except OSError as error:
        raise ConfigurationError(f"{error.filename or directory}: {error.strerror}") from None
    counts = certificates
    return ExportedRecords(rows.count, counts.of_cas, counts.revoked, counts.unreadable, counts.foreign, incomplete)


def _rows(records: OriginalRecords, fingerprints: Mapping[str, Sequence[str]]) -> Iterator[Mapping[str, str]]:
    """For `end-entity import`."""
    statuses = {int(status): word(status) for status in EndEntityStatus}
    for one in records.end_entities():
        yield {
            "username": one.username,
            "subject_dn": one.subject_dn,
            "subject_alt_name": one.subject_alt_name,
            "email": one.email,
            "ca": one.ca,
            "end_entity_profile": one.end_entity_profile,
            "certificate_profile": one.certificate_profile,
            "status": statuses.get(one.status, f"unknown {one.status}"),
            "token": str(TOKENS.get(one.token, f"unknown {one.token}")),
            "certificates": " ".join(fingerprints.get(one.username, ())),
        }


class _Counted:
    """Counts the rows, and names those that lack something."""

    def __init__(self, rows: Iterator[Mapping[str, str]], incomplete: list[str]) -> None:
        self._rows, self._incomplete = rows, incomplete
        self.count = 0

    def __iter__(self) -> Iterator[Mapping[str, str]]:
        for row in self._rows:
            self.count += 1
            known = row["status"] in STATUSES and row["token"] in TOKENS.values()
            if not known or not all(row[column] for column in REQUIRED):
                self._incomplete.append(row["username"])
            yield row


class _CertificateFiles:
    """For each CA a PEM file of its certificates, and a file with the fingerprints of those that are revoked.

    Attributes:
        fingerprints: SHA-256 of the certificates of each username.
    """

    def __init__(self, directory: Path, stack: ExitStack) -> None:
        self._directory, self._stack = directory, stack
        self._files: dict[str, TextIO] = {}
        self.fingerprints: dict[str, list[str]] = defaultdict(list)
        self.of_cas: dict[str, int] = {}
        self.revoked: dict[str, int] = {}
        self.unreadable = self.foreign = 0

    def write(self, database: OriginalRecords) -> None:
        """All certificates."""
        for certificate in database.certificates():
            if not certificate.issuer:
                self.foreign += 1
            elif not _is_certificate(certificate.der):
                self.unreadable += 1
            else:
                self._add(certificate)

    def _add(self, certificate: OriginalCertificate) -> None:
        ca_name, fingerprint = certificate.issuer, hashlib.sha256(certificate.der).hexdigest()
        self._file(ca_name, "pem").write(ssl.DER_cert_to_PEM_cert(certificate.der))
        self.of_cas[ca_name] = self.of_cas.get(ca_name, 0) + 1
        if certificate.revoked:
            self._file(ca_name, "revoked").write(f"{fingerprint}\n")
            self.revoked[ca_name] = self.revoked.get(ca_name, 0) + 1
        if certificate.username:
            self.fingerprints[certificate.username].append(fingerprint)

    def _file(self, ca_name: str, ending: str) -> TextIO:
        name = f"{quote(ca_name, safe=' ')}.{ending}"
        if name not in self._files:
            self._files[name] = self._stack.enter_context((self._directory / name).open("x"))
        return self._files[name]


def _is_certificate(octets: bytes) -> bool:
    try:
        x509.load_der_x509_certificate(octets)
    except CERTIFICATE_ERRORS:
        return False
    return True
