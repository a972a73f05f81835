"""docs/ as a site: FOLDER/VERSION, and FOLDER/index.html, which lists all versions that are there, the newest first.

Usage: python scripts/mkdocs/build.py FOLDER
"""

import os
import subprocess
import sys
from pathlib import Path

from hooks import VERSION
from packaging.version import Version

HERE = Path(__file__).resolve().parent
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Lockgate: the documents of each version</title>
</head>
<body>
<main>
<h1>Lockgate</h1>
<ul>
{items}
</ul>
</main>
</body>
</html>
"""
ITEM = '<li><a href="{version}/index.html">Lockgate {version}</a></li>'


def build(folder: Path) -> None:
    """Build this version, beside those that were built before."""
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "-f", str(HERE / "mkdocs.yml")]
    command += ["-d", str(folder / VERSION)]
    quiet = {"NO_MKDOCS_2_WARNING": "1"}  # pyproject.toml keeps MkDocs 2 away
    if code := subprocess.run(command, env=os.environ | quiet, check=False).returncode:
        sys.exit(code)
    versions = sorted((Version(path.parent.name) for path in folder.glob("*/index.html")), reverse=True)
    items = "\n".join(ITEM.format(version=version) for version in versions)
    (folder / "index.html").write_text(PAGE.format(items=items))


if __name__ == "__main__":
    build(Path(sys.argv[1]).absolute())
