"""The original's end entities and certificates, as files that `end-entity import` and `ca import` take."""

import hashlib
import ssl
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO
from urllib.parse import quote

from lockgate.administration.imported import OriginalRecords
from lockgate.certification.endentity import EndEntityStatus, TokenType
from lockgate.errors import ConfigurationError
from lockgate_app.end_entity_files import REQUIRED, write_end_entities
from lockgate_app.words import word

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
        unreadable: certificates that were left out, because they cannot be read.
        foreign: certificates that were left out, because none of the original's own CAs has issued them.
        incomplete: usernames of end entities whose row lacks a value that has to be filled in.
    """

    end_entities: int
    certificates: Mapping[str, int]
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
    return ExportedRecords(rows.count, counts.of_cas, counts.unreadable, counts.foreign, incomplete)


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
            "status": statuses.get(one.status, ""),
            "token": str(TOKENS.get(one.token, "")),
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
            if not all(row[column] for column in (*REQUIRED, "status", "token")):
                self._incomplete.append(row["username"])
            yield row


class _CertificateFiles:
    """One PEM file for each CA.

    Attributes:
        fingerprints: SHA-256 of the certificates of each username.
    """

    def __init__(self, directory: Path, stack: ExitStack) -> None:
        self._directory, self._stack = directory, stack
        self._files: dict[str, TextIO] = {}
        self.fingerprints: dict[str, list[str]] = defaultdict(list)
        self.of_cas: dict[str, int] = {}
        self.unreadable = self.foreign = 0

    def write(self, database: OriginalRecords) -> None:
        """All certificates."""
        for certificate in database.certificates():
            if not certificate.issuer:
                self.foreign += 1
            elif not certificate.der:
                self.unreadable += 1
            else:
                self._add(certificate.issuer, certificate.username, certificate.der)

    def _add(self, ca_name: str, username: str, der: bytes) -> None:
        if ca_name not in self._files:
            path = self._directory / f"{quote(ca_name, safe=' ')}.pem"
            self._files[ca_name] = self._stack.enter_context(path.open("x"))
        self._files[ca_name].write(ssl.DER_cert_to_PEM_cert(der))
        self.of_cas[ca_name] = self.of_cas.get(ca_name, 0) + 1
        if username:
            self.fingerprints[username].append(hashlib.sha256(der).hexdigest())
