"""EJBCA's database: its end entities and certificates, which are read and never changed.

The tables are UserData, CertificateData, Base64CertData, CAData, EndEntityProfileData and CertificateProfileData; their
names are in capital or small letters as the database keeps them.
"""

import base64
import binascii
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Column, Connection, Engine, MetaData, Select, Table, inspect, literal, select

from lockgate.administration.imported import OriginalCertificate, OriginalEndEntity, OriginalRecords
from lockgate.errors import ConfigurationError
from lockgate_persistence.dialects import translated
from lockgate_persistence.engines import reading

BUILT_IN_PROFILES: Mapping[int, str] = {1: "ENDUSER", 2: "SUBCA", 3: "ROOTCA", 4: "OCSPSIGNER", 9: "SERVER"}
"""Certificate profiles that stand in no row."""
BUILT_IN_END_ENTITY_PROFILES: Mapping[int, str] = {1: "EMPTY"}
_ROWS = 1000
REVOKED = 40
"""The status of certificates that are revoked or on hold."""
_CERTIFICATE = ("issuerdn", "username", "status", "base64cert")
_USER = (
    "username", "subjectdn", "subjectaltname", "subjectemail", "caid", "endentityprofileid", "certificateprofileid",
    "status", "tokentype",
)  # fmt: skip
_OPTIONAL = frozenset({"base64certdata"})
_TABLES = (
    "userdata", "certificatedata", "base64certdata", "cadata", "endentityprofiledata", "certificateprofiledata",
)  # fmt: skip


class OriginalDatabase(OriginalRecords):
    """EJBCA's database.

    Raises:
        ConfigurationError: it has not the tables of one.
        Unavailable: it cannot be reached.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = reading(engine)
        with self._connection() as connection:
            names = {name.lower(): name for name in inspect(connection).get_table_names()}
            metadata = MetaData()
            self._tables: dict[str, Table] = {
                wanted: Table(names[wanted], metadata, autoload_with=connection)
                for wanted in _TABLES
                if wanted in names
            }
        if missing := [name for name in _TABLES if name not in self._tables and name not in _OPTIONAL]:
            raise ConfigurationError(f"this is no database of EJBCA: it has no table {missing[0]}")

    def _cas(self) -> Mapping[int, tuple[str, str]]:
        """Name and subject of each CA, by its id."""
        with self._connection() as connection:
            rows = self._rows(connection, "cadata", ("caid", "name", "subjectdn"))
            return {row[0]: (row[1] or "", row[2] or "") for row in rows}

    def certificates(self) -> Iterator[OriginalCertificate]:
        """All of them."""
        issuers = {subject: name for name, subject in self._cas().values()}
        with self._connection() as connection:
            for issuer, username, status, content, besides in self._streamed(connection, self._certificates()):
                der = _decoded(content or besides or "")
                yield OriginalCertificate(issuers.get(issuer, ""), username or "", der, status == REVOKED)

    def end_entities(self) -> Iterator[OriginalEndEntity]:
        """All of them."""
        names = {number: name for number, (name, _) in self._cas().items()}
        with self._connection() as connection:
            profiles = self._names(connection, "endentityprofiledata", "profilename", BUILT_IN_END_ENTITY_PROFILES)
            kinds = self._names(connection, "certificateprofiledata", "certificateprofilename", BUILT_IN_PROFILES)
            for row in self._rows(connection, "userdata", _USER):
                values = dict(zip(_USER, row, strict=True))
                yield OriginalEndEntity(
                    username=values["username"],
                    subject_dn=values["subjectdn"] or "",
                    subject_alt_name=values["subjectaltname"] or "",
                    email=values["subjectemail"] or "",
                    ca=names.get(values["caid"], ""),
                    end_entity_profile=profiles.get(values["endentityprofileid"], ""),
                    certificate_profile=kinds.get(values["certificateprofileid"], ""),
                    status=values["status"],
                    token=values["tokentype"],
                )

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        with translated(self._engine), self._engine.connect() as connection:
            yield connection

    def _names(self, connection: Connection, table: str, column: str, built_in: Mapping[int, str]) -> Mapping[int, str]:
        return {**built_in, **{row[0]: row[1] for row in self._rows(connection, table, ("id", column))}}

    def _rows(self, connection: Connection, table: str, columns: Sequence[str]) -> Iterator[Sequence[Any]]:
        yield from self._streamed(connection, select(*self._columns(table, columns)))

    @staticmethod
    def _streamed(connection: Connection, query: Select[Any]) -> Iterator[Sequence[Any]]:
        yield from connection.execution_options(yield_per=_ROWS).execute(query)

    def _columns(self, table: str, columns: Sequence[str]) -> Sequence[Column[Any]]:
        there = {column.name.lower(): column for column in self._tables[table].columns}
        if missing := [name for name in columns if name not in there]:
            raise ConfigurationError(f"this is no database of EJBCA: {table} has no column {missing[0]}")
        return [there[name] for name in columns]

    def _certificates(self) -> Select[Any]:
        """Issuer, username, and the content in Base64: its own, and that of a table of its own, where there is one."""
        key, *own = self._columns("certificatedata", ("fingerprint", *_CERTIFICATE))
        if "base64certdata" not in self._tables:
            return select(*own, literal(""))
        other, besides = self._columns("base64certdata", ("fingerprint", "base64cert"))
        return select(*own, besides).select_from(key.table.outerjoin(other.table, key == other))


def _decoded(content: str) -> bytes:
    try:
        return base64.b64decode("".join(content.split()), validate=True)
    except binascii.Error:
        return b""
