"""End entities in a CSV file (RFC 4180) with a header, in UTF-8."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from lockgate.administration.imported import ImportedEndEntity
from lockgate.certification.endentity import EndEntity, EndEntityStatus, TokenType
from lockgate.errors import CallerError, ConfigurationError, LockgateError
from lockgate.names.altname import parse_alt_name
from lockgate.names.dn import parse_dn
from lockgate_app.words import fingerprint, word

REQUIRED = ("username", "subject_dn", "ca", "end_entity_profile", "certificate_profile")
OPTIONAL = ("subject_alt_name", "email", "status", "token", "certificates")
COLUMNS = (*REQUIRED, *OPTIONAL)
STATUSES: Mapping[str, EndEntityStatus] = {word(status): status for status in EndEntityStatus}
TOKENS: Mapping[str, TokenType] = {str(token): token for token in TokenType}
Named = TypeVar("Named")


def read_end_entities(path: Path) -> Sequence[ImportedEndEntity]:
    """The end entities of the file, in its order.

    Raises:
        ConfigurationError: it cannot be read, or its header is not one.
        CallerError: a line says something else; the text names the first one.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            _check_header(path, reader.fieldnames or ())
            return list(_read(path, reader))
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise ConfigurationError(f"{path}: is no CSV file in UTF-8: {error}") from None


def write_end_entities(path: Path, rows: Iterable[Mapping[str, str]]) -> None:
    """Write a new file of these columns.

    Raises:
        OSError: it cannot be written, or is there already.
    """
    with path.open("x", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _check_header(path: Path, header: Sequence[str]) -> None:
    missing = [f"{name} is missing" for name in REQUIRED if name not in header]
    unknown = [f"{name!a} is no column" for name in header if name not in COLUMNS]
    twice = ["a column is named twice"] if len(set(header)) < len(header) else []
    if wrong := [*missing, *unknown, *twice]:
        raise ConfigurationError(f"{path}, line 1: {', '.join(wrong)}")


def _read(path: Path, reader: "csv.DictReader[str]") -> Iterator[ImportedEndEntity]:
    for row in reader:
        where = f"{path}, line {reader.line_num}"
        if None in row or None in row.values():
            raise CallerError(f"{where}: it has not as many values as the header has columns")
        try:
            yield ImportedEndEntity(where, _end_entity(row), _fingerprints(row.get("certificates", "")))
        except LockgateError as error:
            raise CallerError(f"{where}: {error}") from None


def _end_entity(row: Mapping[str, str]) -> EndEntity:
    return EndEntity(
        username=row["username"],
        subject_dn=parse_dn(row["subject_dn"]),
        subject_alt_name=parse_alt_name(row.get("subject_alt_name") or None),
        email=row.get("email") or None,
        end_entity_profile=row["end_entity_profile"],
        certificate_profile=row["certificate_profile"],
        ca_name=row["ca"],
        status=_one_of(STATUSES, "status", row.get("status", word(EndEntityStatus.NEW))),
        token=_one_of(TOKENS, "token", row.get("token", str(TokenType.USER_GENERATED))),
    )


def _one_of(known: Mapping[str, Named], column: str, text: str) -> Named:
    if text not in known:
        raise CallerError(f"{column}: {text!a} is none of {', '.join(known)}")
    return known[text]


def _fingerprints(text: str) -> Sequence[str]:
    try:
        return [fingerprint(one) for one in text.split()]
    except CallerError as error:
        raise CallerError(f"certificates: {error}") from None
