"""Write a lock file in pip's form, with digests, from what `pip install --report` says (its argument)."""

import json
import sys
from pathlib import Path
from typing import Any


def line(item: dict[str, Any]) -> str:
    """The requirement of one distribution: exactly that version, and exactly that file."""
    metadata, digests = item["metadata"], item["download_info"]["archive_info"]["hashes"]
    return f"{metadata['name'].lower()}=={metadata['version']} --hash=sha256:{digests['sha256']}"


def main() -> None:
    """All but the one that was asked for, which is Lockgate itself."""
    report = json.loads(Path(sys.argv[1]).read_text())
    lines = sorted(line(item) for item in report["install"] if not item["requested"])
    sys.stdout.write("".join(f"{each}\n" for each in lines))


main()
