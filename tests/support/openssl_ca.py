"""A CA of `openssl ca` in a folder, with the example's program in front of it."""

import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from lockgate.certification.revocation import RevocationReason
from lockgate_issuers.command import Program
from lockgate_issuers.command.requests import REASONS
from tests.support.parts import program as needed

EXAMPLE = Path(__file__).parents[2] / "examples" / "issuers" / "openssl_ca"
PATH = {"PATH": "/usr/local/bin:/usr/bin:/bin"}
_NEW_CA = (
    "req -x509 -config openssl.cnf -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 3650 -subj"
    " /O=Example/CN=OpenSSL-CA -addext basicConstraints=critical,CA:true -addext keyUsage=critical,keyCertSign,cRLSign"
)


class OpensslCa:
    """The CA in a folder, and what it has done.

    Args:
        folder: is made, with a new CA.

    Raises:
        MissingPart: there is no `openssl`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "newcerts").mkdir(parents=True)
        shutil.copy(EXAMPLE / "openssl.cnf", folder)
        shutil.copy(EXAMPLE / "openssl_ca.py", folder / "program")
        (folder / "index.txt").touch()
        (folder / "crlnumber").write_text("01\n")
        command = [needed("openssl", "openssl"), *_NEW_CA.split()]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)

    @property
    def program(self) -> Program:
        return Program(path=self.folder / "program", directory=self.folder, environment=PATH)

    @property
    def certificate(self) -> bytes:
        """The CA's own, DER."""
        return _der(self.folder / "ca.pem")

    @contextmanager
    def cut_off(self) -> Iterator[None]:
        """The program finds no CA."""
        config = self.folder / "openssl.cnf"
        away = config.rename(self.folder / "away")
        yield
        away.rename(config)

    def issued(self) -> Sequence[bytes]:
        """Every certificate in its database, DER, in order."""
        return [self.issued_as(fields[3]) for fields in self._index()]

    def issued_as(self, serial_number: str) -> bytes:
        """The certificate with that serial number, hexadecimal; DER."""
        return _der(self.folder / "newcerts" / f"{serial_number.upper()}.pem")

    def has_issued(self, serial_number: str) -> bool:
        """Whether its database has that serial number."""
        return any(fields[3] == serial_number.upper() for fields in self._index())

    def revoked(self) -> Mapping[int, RevocationReason]:
        """The reason of each serial number that stands revoked or on hold."""
        reasons = {name: reason for reason, name in REASONS.items()}
        found = ((int(fields[3], 16), fields[2]) for fields in self._index() if fields[0] == "R")
        return {serial: reasons[revocation.partition(",")[2]] for serial, revocation in found}

    def _index(self) -> Sequence[Sequence[str]]:
        return [line.split("\t") for line in (self.folder / "index.txt").read_text().splitlines()]


def _der(path: Path) -> bytes:
    return x509.load_pem_x509_certificate(path.read_bytes()).public_bytes(Encoding.DER)
