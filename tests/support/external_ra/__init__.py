"""Properties files of the External RA that hold every key which the importer knows, and one that it does not."""

from pathlib import Path

FILES = tuple(sorted(Path(__file__).parent.glob("*.properties")))
CA_FILES = tuple(path for path in FILES if path.stem in {"externalra", "site", "office"})
