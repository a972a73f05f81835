"""`lockgate import-database`, `ca import` and `end-entity import`: the records of the original come over."""

import base64
import csv
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from sqlalchemy import text

from lockgate_app.deployment import Deployment
from lockgate_persistence.engines import DatabaseSettings, open_engine
from tests.integration.app.administering import answered, done, refused
from tests.integration.app.commands import lockgate, work
from tests.support.pki.crls import crl
from tests.support.pki.identities import NOT_BEFORE, Identity, make_authority, rsa_key

SCHEMA = """
CREATE TABLE UserData (username VARCHAR(250), subjectDN VARCHAR(400), subjectAltName VARCHAR(400),
  subjectEmail VARCHAR(250), cAId INTEGER, endEntityProfileId INTEGER, certificateProfileId INTEGER,
  status INTEGER, tokenType INTEGER, passwordHash VARCHAR(250));
CREATE TABLE CertificateData (fingerprint VARCHAR(250), issuerDN VARCHAR(400), username VARCHAR(250),
  base64Cert TEXT, status INTEGER);
CREATE TABLE Base64CertData (fingerprint VARCHAR(250), base64Cert TEXT);
CREATE TABLE CAData (cAId INTEGER, name VARCHAR(250), subjectDN VARCHAR(400));
CREATE TABLE EndEntityProfileData (id INTEGER, profileName VARCHAR(250));
CREATE TABLE CertificateProfileData (id INTEGER, certificateProfileName VARCHAR(250));
INSERT INTO CAData VALUES (-77, 'Imported', 'CN=Imported');
INSERT INTO UserData VALUES
  ('router', 'CN=router,O=Lockgate tests,C=SE', 'DNSNAME=router.example', 'net@example.org', -77, 1, 1, 40, 1, 'x'),
  ('switch', 'C=SE,O=Lockgate tests,CN=switch', NULL, NULL, -77, 1, 9, 50, 2, 'x'),
  ('lost', 'CN=lost', NULL, NULL, -77, 4711, 1, 10, 1, 'x'),
  ('odd', 'CN=odd', NULL, NULL, -77, 1, 1, 80, 1, 'x')
"""


class Original:
    """A database of the original's, and its CA.

    Attributes:
        url: of the database.
        certificates: of its end entities.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.authority = make_authority("Imported", rsa_key(5))
        names = ("router", "router", "switch")
        self.certificates = [self.authority.issue(name, rsa_key(6 + at)) for at, name in enumerate(names)]
        self._engine = open_engine(DatabaseSettings(url=url, pool_min=1, prefill=False))
        with self._engine.begin() as connection:
            for statement in SCHEMA.split(";"):
                connection.execute(text(statement))
        for name, one in zip(names, self.certificates, strict=True):
            self.add(name, one, beside=one is self.certificates[1])
        self._write("CertificateData", ("1" * 40, "CN=Imported", "router", "AAAA", 20))
        self.add("router", make_authority("Another", rsa_key(1)).issue("router", rsa_key(9)), "CN=Another")
        self._write("CertificateData", ("0" * 40, "CN=Imported", "router", "AAA", 20))
        self._engine.dispose()

    def add(self, username: str, one: Identity, issuer: str = "CN=Imported", *, beside: bool = False) -> None:
        content, sha1 = base64.encodebytes(one.der).decode(), one.certificate.fingerprint(hashes.SHA1()).hex()
        status = 40 if username == "switch" else 20
        self._write("CertificateData", (sha1, issuer, username, None if beside else content, status))
        if beside:
            self._write("Base64CertData", (sha1, content))

    def _write(self, table: str, values: tuple[object, ...]) -> None:
        named = {f"v{number}": value for number, value in enumerate(values)}
        with self._engine.begin() as connection:
            connection.execute(text(f"INSERT INTO {table} VALUES ({', '.join(f':{name}' for name in named)})"), named)


def exported(original: Original, output: Path) -> Any:
    """What the command says of what it wrote."""

    outcome = lockgate("import-database", original.url, "--output", output, "--json")
    assert outcome.code == 0, outcome.err
    return json.loads(outcome.out)


def rows(path: Path) -> dict[str, dict[str, str]]:
    with path.open(newline="") as file:
        return {row["username"]: row for row in csv.DictReader(file)}


def test_every_database_of_the_originals_is_read(database_url: str, tmp_path: Path) -> None:
    original, output = Original(database_url), tmp_path / "records"
    told = exported(original, output)
    assert told["end_entities"] == 4
    assert (told["certificates"], told["revoked"]) == ({"Imported": 3}, {"Imported": 1})
    assert (told["unreadable_certificates"], told["certificates_of_other_cas"]) == (2, 1)
    assert told["to_fill_in"] == ["lost", "odd"]
    found = rows(output / "end-entities.csv")
    fingerprints = [one.certificate.fingerprint(hashes.SHA256()).hex() for one in original.certificates]
    assert set(found["router"].pop("certificates").split()) == set(fingerprints[:2])
    assert (output / "Imported.revoked").read_text().split() == fingerprints[2:]
    assert found["odd"]["status"] == "unknown 80"
    assert found["router"] == {
        "username": "router",
        "subject_dn": "CN=router,O=Lockgate tests,C=SE",
        "subject_alt_name": "DNSNAME=router.example",
        "email": "net@example.org",
        "ca": "Imported",
        "end_entity_profile": "EMPTY",
        "certificate_profile": "ENDUSER",
        "status": "generated",
        "token": "USERGENERATED",
    }
    assert (found["switch"]["certificate_profile"], found["switch"]["status"]) == ("SERVER", "revoked")
    written = x509.load_pem_x509_certificates((output / "Imported.pem").read_bytes())
    assert {one.serial_number for one in written} == {one.certificate.serial_number for one in original.certificates}
    assert "records" in lockgate("import-database", original.url, "--output", output).err  # it is there already


def test_another_database_is_none_of_the_originals(deployment: Deployment, tmp_path: Path) -> None:
    url = f"sqlite:///{deployment.ca / 'ca.db'}"
    outcome = lockgate("import-database", url, "--output", tmp_path / "records")
    assert outcome.code == 2
    assert "is no database of EJBCA: it has no table userdata" in outcome.err


@pytest.fixture
def taken_over(deployment: Deployment, tmp_path: Path, fresh_database: Callable[[str], str]) -> tuple[Path, Original]:
    """The original's CA is imported, with its certificates, of which the switch's is revoked; its end entities are not
    yet."""
    original, output = Original(fresh_database("sqlite")), tmp_path / "records"
    exported(original, output)
    ca, certificate, key, last = original.authority, tmp_path / "ca.pem", tmp_path / "ca.key", tmp_path / "last.crl"
    certificate.write_bytes(ca.certificate.public_bytes(Encoding.PEM))
    key.write_bytes(ca.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    revoked = {original.certificates[2].certificate.serial_number: x509.ReasonFlags.superseded}
    last.write_bytes(crl(ca.key, ca.certificate.subject, NOT_BEFORE, NOT_BEFORE + timedelta(days=1), revoked=revoked))
    done(
        deployment, "ca", "import", "Imported", "--certificate", certificate, "--key", key, "--crl", last,
        "--certificates", output / "Imported.pem",
    )  # fmt: skip
    return output / "end-entities.csv", original


def test_end_entities_get_their_certificates_and_an_ra_may_revoke_them(
    deployment: Deployment, taken_over: tuple[Path, Original], tmp_path: Path
) -> None:
    file, original = taken_over
    complaint = refused(deployment, "end-entity", "import", file)
    assert f"{file}, line 5: status: 'unknown 80' is none of" in complaint
    file.write_text("".join(file.read_text().splitlines(keepends=True)[:4]))
    complaint = refused(deployment, "end-entity", "import", file)
    assert f"{file}, line 4: lost: " in complaint
    assert answered(deployment, "end-entity", "search", "--ca", "Imported")["end_entities"] == []
    file.write_text("".join(file.read_text().replace("SERVER", "ENDUSER").splitlines(keepends=True)[:3]))
    counts = {"end_entities": 2, "certificates": 3}
    assert answered(deployment, "end-entity", "import", file, "--dry-run") == counts | {"dry_run": True}
    assert answered(deployment, "end-entity", "search", "--ca", "Imported")["end_entities"] == []
    device = tmp_path / "router.pem"
    device.write_bytes(original.certificates[0].certificate.public_bytes(Encoding.PEM))
    done(deployment, "role", "edit", "RA", "--add-rule", "/ca/Imported")
    assert revoked(deployment, device, "before") == 1  # it belongs to nobody yet
    assert answered(deployment, "end-entity", "import", file) == counts | {"dry_run": False}
    assert answered(deployment, "end-entity", "import", file)["end_entities"] == 0  # again: nothing is left
    given = answered(deployment, "audit", "show", "--event", "certificate.given")["entries"]
    assert sorted(entry["target"] for entry in given) == ["router", "router", "switch"]
    listed = answered(deployment, "certificate", "search", "--ca", "Imported")["certificates"]
    assert sorted((one["username"], one["certificate_profile"], one["status"]) for one in listed) == [
        ("router", "ENDUSER", "good"), ("router", "ENDUSER", "good"), ("switch", "ENDUSER", "revoked"),
    ]  # fmt: skip
    assert revoked(deployment, device, "after") == 0
    assert done(deployment, "audit", "verify")


def revoked(deployment: Deployment, certificate: Path, message_id: str) -> int:
    """The RA asks, the worker runs, and the RA hears of it: 0 where it was done."""
    asked = ("request", "revoke", "--certificate", certificate, "--message-id", message_id, "--wait", 0)
    assert lockgate("--config", deployment.ra_config, *asked).code == 3
    work(deployment)
    return lockgate("--config", deployment.ra_config, "request", "resume", message_id, "--wait", 0).code


HEADER = "username,subject_dn,ca,end_entity_profile,certificate_profile"
ROW = "router,CN=router,ManagementCA,EMPTY,ENDUSER"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("username,subject_dn\n", "line 1: ca is missing, end_entity_profile is missing"),
        (f"{HEADER},password\n", "line 1: 'password' is no column"),
        (f"{HEADER}\n{ROW}\nrouter,CN=router\n", "line 3: it has not as many values as the header has columns"),
        (f"{HEADER}\nrouter,nothing,ManagementCA,EMPTY,ENDUSER\n", "line 2: "),
        (f"{HEADER},status\n{ROW},\n", "line 2: status: '' is none of new,"),
        (f"{HEADER},status\n{ROW},lost\n", "line 2: status: 'lost' is none of new,"),
        (f"{HEADER},status\n{ROW},key-recovery\n", "line 2: router: its status lets a kept key be handed out"),
        (
            f"{HEADER},certificates\n{ROW},abc\n",
            "line 2: certificates: a SHA-256 fingerprint has 64",
        ),
        (f"{HEADER},certificates\n{ROW},{'0' * 64}\n", f"line 2: router: certificate {'0' * 64} is not here"),
        (f"{HEADER}\n{ROW}\n{ROW.replace('ENDUSER', 'SERVER')}\n", "line 3: router: there is an end entity of that"),
        (f"{HEADER}\n{ROW.replace('ManagementCA', 'Nobody')}\n", "line 2: router: there is no CA Nobody"),
        (f"{HEADER}\n\xff\n", "is no CSV file in UTF-8"),
    ],
)
def test_a_file_with_a_fault_imports_nothing(deployment: Deployment, tmp_path: Path, content: str, says: str) -> None:
    file = tmp_path / "end-entities.csv"
    file.write_bytes(content.encode("latin-1"))
    assert says in refused(deployment, "end-entity", "import", file)
    assert answered(deployment, "end-entity", "search", "--username", "router")["end_entities"] == []


def test_a_certificate_for_another_name_is_given_on_demand_only(
    deployment: Deployment, taken_over: tuple[Path, Original]
) -> None:
    file, original = taken_over
    mallory = original.certificates[2].certificate.fingerprint(hashes.SHA256()).hex()
    file.write_text(
        f"{HEADER},certificates\nrouter,'CN=alice,O=Example',Imported,EMPTY,ENDUSER,{mallory}\n".replace("'", '"')
    )
    complaint = refused(deployment, "end-entity", "import", file)
    assert f"certificate {mallory} is for CN=switch" in complaint
    assert "not for CN=alice" in complaint
    done(deployment, "end-entity", "import", file, "--other-subjects")


def test_a_certificate_of_another_end_entity_is_not_given_away(deployment: Deployment, tmp_path: Path) -> None:
    (ra,) = answered(deployment, "certificate", "search", "--username", "ra")["certificates"]
    file = tmp_path / "end-entities.csv"
    file.write_text(f"{HEADER},certificates\n{ROW},{ra['fingerprint']}\n")
    assert "belongs to the end entity ra" in refused(deployment, "end-entity", "import", file)
