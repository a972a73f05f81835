"""Worker certificates that an RA pins: monitoring tells of each, whatever the names of their files."""

from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding

from lockgate_app.container.health import ra_readings
from lockgate_app.settings import load_ra
from tests.support.pki import identities
from tests.unit.app.test_settings import RA

PEM = identities.worker().certificate.public_bytes(Encoding.PEM)


def opened(tmp_path: Path, *paths: str) -> dict[str, bool]:
    """Whether each certificate at these paths can be opened, by the name that monitoring has for it."""
    config = tmp_path / "lockgate.toml"
    config.write_text(RA.replace('["worker.pem"]', str(list(paths))))
    with ra_readings(load_ra(config)) as readings:
        stores = {store.name: store.seconds_left is not None for store in readings.keystores()}
    del stores["RA keystore"]
    return stores


def test_two_files_of_one_name_in_two_folders_are_told_apart(tmp_path: Path) -> None:
    for folder in ("old", "new"):
        (tmp_path / folder).mkdir()
    (tmp_path / "new" / "worker.pem").write_bytes(PEM)
    (tmp_path / "next.pem").write_bytes(PEM)
    assert opened(tmp_path, "old/worker.pem", "new/worker.pem", "next.pem") == {
        f"worker certificate {tmp_path}/old/worker.pem": False,
        f"worker certificate {tmp_path}/new/worker.pem": True,
        "worker certificate next.pem": True,
    }


def test_one_file_named_twice_is_one(tmp_path: Path) -> None:
    (tmp_path / "worker.pem").write_bytes(PEM)
    assert opened(tmp_path, "worker.pem", "worker.pem") == {"worker certificate worker.pem": True}
