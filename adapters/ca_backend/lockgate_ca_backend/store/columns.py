"""The types of the columns of the CA's database, and where its tables register.

Names compare by code points on every database; digests, serial numbers and words are ASCII.
"""

from sqlalchemy import BigInteger, Integer, LargeBinary, MetaData, String, Text

from lockgate_persistence.dialects.native import mysql

MAX_NAME_LENGTH = 255
ROW_KEY = BigInteger().with_variant(Integer, "sqlite")
NAME = (
    String(MAX_NAME_LENGTH)
    .with_variant(String(MAX_NAME_LENGTH, collation="C"), "postgresql")
    .with_variant(
        mysql("VARCHAR", MAX_NAME_LENGTH, charset="utf8mb4", collation="utf8mb4_nopad_bin"), "mysql", "mariadb"
    )
)
LONG_TEXT = Text().with_variant(
    mysql("MEDIUMTEXT", charset="utf8mb4", collation="utf8mb4_nopad_bin"), "mysql", "mariadb"
)
DIGEST = String(64).with_variant(mysql("VARCHAR", 64, charset="ascii", collation="ascii_bin"), "mysql", "mariadb")
WORD = String(255).with_variant(mysql("VARCHAR", 255, charset="ascii", collation="ascii_bin"), "mysql", "mariadb")
BLOB = LargeBinary().with_variant(mysql("LONGBLOB"), "mysql", "mariadb")
TIME = BigInteger()
metadata = MetaData()
