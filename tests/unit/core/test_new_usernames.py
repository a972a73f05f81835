"""New usernames: RFC 8265 as another implementation reads it, and look-alikes."""

import random
from importlib import util
from pathlib import Path

import pytest
from precis_i18n import get_profile

from lockgate.errors import InvalidName
from lockgate.names import confusables
from lockgate.names.precis import objection
from lockgate.names.usernames import check_new_username, username_keys

SCRIPT = Path(__file__).parents[3] / "scripts" / "confusables.py"
SURROGATES = range(0xD800, 0xE000)
ASSIGNED = [*range(SURROGATES.start), *range(SURROGATES.stop, 0x32000), *range(0xE0000, 0xE0200)]
"""Code points of which some are assigned."""
JOINERS = "\u200c\u200d"
USERPART = get_profile("UsernameCasePreserved")


def is_own_form(part: str) -> bool:
    """What the package says."""
    try:
        return bool(USERPART.enforce(part) == part)
    except UnicodeEncodeError:
        return False


def test_every_character_is_judged_as_the_package_does() -> None:
    differing = [f"U+{point:04X}" for point in ASSIGNED if (objection(chr(point)) == "") != is_own_form(chr(point))]
    assert differing == []


@pytest.mark.parametrize("seed", range(3))
def test_random_parts_are_judged_as_the_package_does(seed: int) -> None:
    """Letters that have something to do with each other: a block, marks, digits, and what depends on its context."""
    chance = random.Random(seed)
    contextual = "\u00b7\u0375\u05f3\u05f4\u30fb\u0661\u06f1l1-\u0301\u05d0\u0627\u03b1\u30a2\u6f22\u06dd\u0640"
    verdicts = set()
    for _ in range(10_000):
        block = chance.choice((0x20, 0x80, 0x370, 0x5B0, 0x620, 0x660, 0x6F0, 0x900, 0x1100, 0x30A0, 0xAC00, 0x1E900))
        letters = [chr(block + offset) for offset in range(64)] + list(contextual)
        part = "".join(chance.choices(letters, k=chance.randint(1, 5)))
        if " " in part or set(part) & set(JOINERS):
            continue
        assert (objection(part) == "") == is_own_form(part), ascii(part)
        verdicts.add(is_own_form(part))
    assert verdicts == {True, False}


def test_the_table_of_prototypes_is_what_the_script_makes() -> None:
    specification = util.spec_from_file_location("make_confusables", SCRIPT)
    assert specification is not None
    assert specification.loader is not None
    script = util.module_from_spec(specification)
    specification.loader.exec_module(script)
    assert Path(confusables.__file__).read_text(encoding="utf-8") == script.generated()


@pytest.mark.parametrize(
    "name",
    ["alice", "Alice", "CN=ra RA 1", "o'neill@example.org", "Müller", "José García", "Søn Łódź", "Ромашка-2", "Ωμέγα",
     "東京タワー", "서울", "สวัสดี", "שלום", "مثال٢", "हिन्दी", "paral·lel", "Strauß"],
)  # fmt: skip
def test_names_of_the_world_are_usernames(name: str) -> None:
    check_new_username(name)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "characters are needed"),
        ("alice ", "one at a time"),
        (" alice", "one at a time"),
        ("ali  ce", "one at a time"),
        ("ali\u00a0ce", "invisible"),
        ("ali\u200dce", "invisible"),
        ("\ufb01ona", "IdentifierClass"),
        ("fiona\u00ba", "IdentifierClass"),
        ("№7", "IdentifierClass"),
        ("a\u0301lice", "composed form"),
        ("\uff41lice", "another style"),
        ("\u0430lice", "mixed"),
        ("\u0430\u04cf\u0456\u0441\u0435", "looks like"),
        ("\u0391\u0392\u0395", "looks like"),
        ("Kjær", "looks like"),
        ("\u0667\u06287", "right-to-left"),
    ],
)
def test_what_could_be_mistaken_is_no_new_username(name: str, said: str) -> None:
    with pytest.raises(InvalidName, match=said):
        check_new_username(name)


@pytest.mark.parametrize(
    ("one", "other"),
    [("alice", "Alice"), ("Müller", "MÜLLER"), ("Strauß", "Strauss"), ("Ρόδος", "ΡΌΔΟΣ"), ("José1", "Josél")],
)
def test_names_that_share_a_key_are_not_told_apart(one: str, other: str) -> None:
    assert set(username_keys(one)) & set(username_keys(other))


@pytest.mark.parametrize(("one", "other"), [("alice", "alice2"), ("alice1", "alicel"), ("Müller", "Muller")])
def test_other_names_share_none(one: str, other: str) -> None:
    assert not set(username_keys(one)) & set(username_keys(other))
