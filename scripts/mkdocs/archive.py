"""docs/ as a site in one archive, FOLDER/lockgate-VERSION-docs.tar.gz. Its times are SOURCE_DATE_EPOCH, so that it can
be made again with the same octets.

Usage: python scripts/mkdocs/archive.py FOLDER
"""

import gzip
import os
import sys
import tarfile
import tempfile
from pathlib import Path

from build import build
from hooks import VERSION

NAME = f"lockgate-{VERSION}-docs"


def main() -> None:
    """Build the site anew, and pack it."""
    folder, moment = Path(sys.argv[1]), int(os.environ["SOURCE_DATE_EPOCH"])
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        build(Path(place))
        with (
            (folder / f"{NAME}.tar.gz").open("wb") as file,
            gzip.GzipFile("", "wb", fileobj=file, mtime=moment) as packed,
            tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
        ):
            for path in sorted(Path(place).rglob("*")):
                archive.add(
                    path, f"{NAME}/{path.relative_to(place)}", recursive=False, filter=lambda one: _plain(one, moment)
                )


def _plain(member: tarfile.TarInfo, moment: int) -> tarfile.TarInfo:
    """Without what only this host knows: who built it, when, and with which mask."""
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mtime, member.mode = moment, 0o755 if member.isdir() else 0o644
    return member


if __name__ == "__main__":
    main()
