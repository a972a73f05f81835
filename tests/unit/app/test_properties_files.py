"""Java's properties files: every form that a key and a value may have, and errors with their line."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockgate.errors import ConfigurationError
from lockgate_app.keys import MAX_FILE_OCTETS
from lockgate_app.migration.properties import read_properties


def read(folder: Path, content: bytes) -> list[tuple[int, str, str]]:
    path = folder / "x.properties"
    path.write_bytes(content)
    return [(each.line, each.key, each.value) for each in read_properties(path)]


@pytest.mark.parametrize(
    ("line", "key", "value"),
    [
        (b"a=b", "a", "b"),
        (b"a:b", "a", "b"),
        (b"a b", "a", "b"),
        (b" \t\fa \t= \t b c ", "a", "b c "),
        (b"a  :  =b", "a", "=b"),
        (b"a", "a", ""),
        (b"=b", "", "b"),
        (b"a\\=b\\:c\\ d=e=f", "a=b:c d", "e=f"),
        (b"a=\\t\\n\\r\\f\\q\\\\", "a", "\t\n\r\fq\\"),
        (b"a=\xe9\\u00e9\\u20AC", "a", "\u00e9\u00e9\u20ac"),
        (b"a=\\ud83d\\ude00", "a", "\U0001f600"),
        (b"a=b\\", "a", "b"),
        (b"a=b\\\\", "a", "b\\"),
        (b"a=b\\\n   c\\\r\n\td", "a", "bcd"),
        (b"a\\\nb=c", "ab", "c"),
        (b"a=b\\\n#c", "a", "b#c"),
    ],
)
def test_each_form_of_a_line(tmp_path: Path, line: bytes, key: str, value: str) -> None:
    assert read(tmp_path, line) == [(1, key, value)]


def test_comments_and_empty_lines_count_as_lines_only(tmp_path: Path) -> None:
    content = b"# one\\\n  ! two\r\n\r \t\na=1\\\n2\nb=3\na=4\n"
    assert read(tmp_path, content) == [(5, "a", "12"), (7, "b", "3"), (8, "a", "4")]


@pytest.mark.parametrize("value", ["\\u12", "\\u12x4", "\\ud83d", "\\ude00\\ud83d", "\\u"])
def test_an_escape_that_is_none_is_told_with_its_line_and_without_the_value(tmp_path: Path, value: str) -> None:
    with pytest.raises(ConfigurationError, match=r"x\.properties, line 2: \\u") as told:
        read(tmp_path, f"a=b\nc=zW4-kept-{value}".encode())
    assert "zW4" not in str(told.value)


def test_a_file_has_a_largest_size(tmp_path: Path) -> None:
    assert len(read(tmp_path, b"a\\\n" * (MAX_FILE_OCTETS // 3))) == 1
    with pytest.raises(ConfigurationError, match="larger than"):
        read(tmp_path, b"a" * (MAX_FILE_OCTETS + 1))


@given(st.binary(max_size=200))
def test_any_octets_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    try:
        found = read(tmp_path_factory.mktemp("any"), content)
    except ConfigurationError:
        return
    assert [line for line, _, _ in found] == sorted({line for line, _, _ in found})
