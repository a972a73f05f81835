"""Write the documents: `python -m tests.conformance --write`; without it, they are printed."""

import sys

from tests.conformance.table import HERE, ROOT, document


def main() -> None:
    for path in sorted(HERE.glob("*.toml")):
        text = document(path.stem)
        if "--write" in sys.argv[1:]:
            (ROOT / "docs" / f"{path.stem}-conformance.md").write_text(text)
        else:
            print(text)


if __name__ == "__main__":
    main()
