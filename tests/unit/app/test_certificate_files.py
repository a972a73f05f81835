"""What is found in files and folders of certificates."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from lockgate.errors import ConfigurationError
from lockgate.requests.submessages.base import MAX_DER_LENGTH
from lockgate_app.certificate_files import certificates_in
from tests.support.pki import identities

DER = identities.ra().der
PEM = identities.ra().certificate.public_bytes(Encoding.PEM)
OTHER = PEM.replace(b"CERTIFICATE", b"PKCS7")
LARGE = b"-----BEGIN CERTIFICATE-----\n" + b"A" * 63 + b"\n" + (b"A" * 64 + b"\n") * (MAX_DER_LENGTH // 16)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (DER, [("", DER)]),
        (b"garbage", [("", b"garbage")]),
        (b"", [("", b"")]),
        (b"\0" * (MAX_DER_LENGTH + 1), [("", b"")]),
        (b"text\n" + PEM + b"more\n" + PEM, [(", line 2", DER), (f", line {3 + PEM.count(10)}", DER)]),
        (PEM.replace(b"\n", b"\r\n"), [(", line 1", DER)]),
        (OTHER, [(", line 1", b"")]),
        (PEM.replace(b"M", b"*", 1).replace(b"\n", b"=\n", 2), [(", line 1", b"")]),
        (PEM[:-40] + b"\n" + PEM, [(", line 1", b""), (f", line {PEM[:-40].count(10) + 2}", DER)]),
        (PEM[:-40], [(", line 1", b"")]),
        (LARGE + b"-----END CERTIFICATE-----\n", [(", line 1", b"")]),
    ],
    ids=["DER", "garbage", "nothing", "large", "bundle", "CRLF", "label", "base64", "no end", "cut off", "large PEM"],
)
def test_a_file(tmp_path: Path, content: bytes, found: list[tuple[str, bytes]]) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    assert list(certificates_in([path])) == [(f"{path}{where}", der) for where, der in found]


def test_a_folder_is_read_by_name_and_folders_in_it_are_not(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "b").write_bytes(DER)
    (tmp_path / "a").write_bytes(PEM)
    assert [where for where, _ in certificates_in([tmp_path])] == [f"{tmp_path}/a, line 1", f"{tmp_path}/b"]


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="missing: cannot be read"):
        list(certificates_in([tmp_path / "missing"]))
