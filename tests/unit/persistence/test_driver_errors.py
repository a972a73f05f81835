"""What the errors of DB2's and Oracle's drivers mean: constructed as the drivers construct them."""

import ibm_db_dbi
import oracledb
import pytest
from sqlalchemy.exc import DBAPIError

from lockgate.errors import Conflict, Defect, LockgateError, Unavailable, Unusable
from lockgate_persistence.dialects import AlreadyThere, named
from tests.support.databases.h2 import oracles_error

DB2 = [
    ('SQL0911N  deadlock or timeout.  Reason code "2".  SQLSTATE=40001 SQLCODE=-911', Conflict),
    ('SQL0911N  deadlock or timeout.  Reason code "68".  SQLSTATE=40001 SQLCODE=-911', Unavailable),
    ('SQL0913N  Reason code "2".  SQLSTATE=57033 SQLCODE=-913', Conflict),
    ("SQL0803N  duplicate.  SQLSTATE=23505 SQLCODE=-803", AlreadyThere),
    ("SQL0407N  NULL.  SQLSTATE=23502 SQLCODE=-407", Defect),
    ('SQL0204N  "X" is an undefined name.  SQLSTATE=42704 SQLCODE=-204', Unusable),
    ('SQL0206N  "X" is not valid.  SQLSTATE=42703 SQLCODE=-206', Unusable),
    ("SQL0551N  no privilege.  SQLSTATE=42501 SQLCODE=-551", Unusable),
    ("SQL0104N  An unexpected token.  SQLSTATE=42601 SQLCODE=-104", Defect),
    ("SQL30081N  A communication error.  SQLSTATE=08001 SQLCODE=-30081", Unavailable),
    ('SQL30082N  Security processing failed, reason "24".  SQLSTATE=08001 SQLCODE=-30082', Unusable),
    ("SQL1224N  The database manager stopped.  SQLSTATE=55032 SQLCODE=-1224", Unavailable),
    ("SQL0964C  The transaction log is full.  SQLSTATE=57011 SQLCODE=-964", Unusable),
    ("CLI0108E  Communication link failure. SQLSTATE=40003 SQLCODE=-99999", Unavailable),
    ("Connection is not active", Unavailable),
]
ORACLE = [
    ("ORA-00001", Conflict),
    ("ORA-00060", Conflict),
    ("ORA-08177", Conflict),
    ("ORA-00904", Unusable),
    ("ORA-00942", Unusable),
    ("ORA-01031", Unusable),
    ("ORA-00900", Defect),
    ("ORA-00933", Defect),
    ("ORA-01795", Defect),
    ("ORA-02014", Defect),
    ("ORA-12899", Defect),
    ("ORA-00054", Unavailable),
    ("ORA-30006", Unavailable),
    ("ORA-01017", Unusable),
    ("ORA-01033", Unavailable),
    ("ORA-01653", Unusable),
    ("ORA-03113", Unavailable),
    ("ORA-12541", Unavailable),
    ("ORA-16000", Unavailable),
    ("DPY-4024", Unavailable),
    ("DPY-6005", Unavailable),
]


def wrapped(error: BaseException, base: type[Exception]) -> DBAPIError:
    found = DBAPIError.instance("select :secret", {"secret": "sesame"}, error, base)
    assert isinstance(found, DBAPIError)
    return found


@pytest.mark.parametrize(("words", "family"), DB2)
def test_db2(words: str, family: type[LockgateError]) -> None:
    error = ibm_db_dbi._get_exception(Exception(words))
    failure = named("db2").translate(wrapped(error, ibm_db_dbi.Error))
    assert isinstance(failure, family)
    assert "sesame" not in str(failure)


@pytest.mark.parametrize(("code", "family"), ORACLE)
def test_oracle(code: str, family: type[LockgateError]) -> None:
    failure = named("oracle").translate(wrapped(oracles_error(code, "in the server's words"), oracledb.Error))
    assert isinstance(failure, family)
    assert "sesame" not in str(failure)


def test_a_taken_key_is_told_from_other_conflicts() -> None:
    error = oracles_error("ORA-00001", "unique constraint violated", oracledb.IntegrityError)
    assert isinstance(named("oracle").translate(wrapped(error, oracledb.Error)), AlreadyThere)
    null = oracles_error("ORA-01400", "cannot insert NULL", oracledb.IntegrityError)
    assert isinstance(named("oracle").translate(wrapped(null, oracledb.Error)), Defect)
