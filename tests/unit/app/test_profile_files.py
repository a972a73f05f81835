"""Profile files: what is written reads back the same, and what is wrong is named with its line and field."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lockgate.errors import ConfigurationError
from lockgate.names.altname import KINDS
from lockgate.names.dn import ATTRIBUTE_OIDS
from lockgate.profiles.certificate_profile import CertificateProfile
from lockgate.profiles.end_entity_profile import EndEntityProfile
from lockgate.profiles.profile_set import ProfileSet
from lockgate_app.profile_files import FORMATS, format_of, read_profiles, write_profiles
from lockgate_ca_backend.builtin_profiles import CERTIFICATE_PROFILES, END_ENTITY_PROFILES

SUFFIXES = [".yaml", ".toml"]
NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufeff"), min_size=1, max_size=20)
COUNTS = st.none() | st.dictionaries(st.sampled_from(sorted(ATTRIBUTE_OIDS)), st.integers(0, 100), max_size=4)
KIND_COUNTS = st.none() | st.dictionaries(st.sampled_from(sorted(KINDS)), st.integers(0, 100), max_size=4)
CERTIFICATE = st.builds(
    CertificateProfile,
    validity_days=st.integers(1, 36525),
    key_usage=st.frozensets(st.sampled_from(["digitalSignature", "keyEncipherment", "keyAgreement"]), min_size=1),
    extended_key_usage=st.lists(st.sampled_from(["clientAuth", "1.2.3.4"]), max_size=2).map(tuple),
    distinct_keys=st.booleans(),
    subject_attributes=COUNTS,
    alternative_names=KIND_COUNTS,
    ocsp=st.lists(st.just("http://ocsp.example.org/#a:b,c"), max_size=2).map(tuple),
    certification_authorities=st.none() | st.frozensets(NAMES, max_size=3),
)
END_ENTITY = st.builds(
    EndEntityProfile,
    certificate_profiles=st.frozensets(NAMES, max_size=3),
    username_pattern=st.none() | st.sampled_from([r"dev-[0-9]+", "no", "'\"\\\\", "#"]),
    subject_attributes=COUNTS,
    email=st.sampled_from(["refused", "allowed", "required"]),
)


def read(tmp_path: Path, text: str, suffix: str = ".yaml") -> ProfileSet:
    path = tmp_path / f"profiles{suffix}"
    path.write_text(text, encoding="utf-8")
    return read_profiles(path)


def complaint(tmp_path: Path, text: str, suffix: str = ".yaml") -> str:
    with pytest.raises(ConfigurationError) as error:
        read(tmp_path, text, suffix)
    return str(error.value).replace(f"{tmp_path}/", "")


class TestRoundTrip:
    @pytest.mark.parametrize("suffix", SUFFIXES)
    def test_the_built_in_profiles(self, tmp_path: Path, suffix: str) -> None:
        stored = ProfileSet(CERTIFICATE_PROFILES, END_ENTITY_PROFILES)
        assert read(tmp_path, write_profiles(stored, FORMATS[suffix]), suffix) == stored

    @pytest.mark.parametrize("suffix", SUFFIXES)
    @settings(max_examples=30, deadline=None)
    @given(
        certificate=st.dictionaries(NAMES, CERTIFICATE, max_size=3),
        end_entity=st.dictionaries(NAMES, END_ENTITY, min_size=1, max_size=3),
    )
    def test_any_profiles(
        self,
        tmp_path_factory: pytest.TempPathFactory,
        suffix: str,
        certificate: dict[str, CertificateProfile],
        end_entity: dict[str, EndEntityProfile],
    ) -> None:
        stored = ProfileSet(certificate, end_entity)
        written = write_profiles(stored, FORMATS[suffix])
        assert read(tmp_path_factory.mktemp("profiles"), written, suffix) == stored

    def test_a_table_that_allows_nothing_stays_one(self, tmp_path: Path) -> None:
        profile = CertificateProfile(validity_days=1, subject_attributes={})
        for suffix in SUFFIXES:
            written = write_profiles(ProfileSet({"A": profile}), FORMATS[suffix])
            assert read(tmp_path, written, suffix).certificate["A"].subject_attributes == {}


CERTIFICATE_TROUBLES = [
    ("    validity_days: 0", "validity_days: expected int >= 1"),
    ("    validity_days: '1'", "validity_days: expected int, got str"),
    ("    validity_days: 1:00", "validity_days: expected int, got str"),
    ("    {validity_days: 1, rsa_min_bits: 1024}", "rsa_min_bits: expected int >= 2048"),
    ("    {validity_days: 1, valid: 1}", "valid: unknown key"),
    ("    {validity_days: 1, key_usages: []}", "key_usages: unknown key; did you mean key_usage?"),
    ("    {validity_days: 1, rsa_min_bits: 4096, rsa_max_bits: 3072}", "rsa_min_bits: rsa_min_bits is over"),
    ("    {validity_days: 1, subject_attributes: {XX: 1}}", "subject_attributes: unknown: XX"),
    ("    {validity_days: 1, subject_attributes: {1: 1}}", "subject_attributes: expected str, got int"),
    ("    {validity_days: 1, key_usage: [sign]}", "key_usage.0: invalid enum value 'sign'"),
    ("    {validity_days: 1, extended_key_usage: [any]}", "extended_key_usage: any is neither"),
    ("    {validity_days: 1, ocsp: [2026-01-01]}", "ocsp.0: expected str"),
    ("    {validity_days: 1, ocsp: [.inf]}", "ocsp.0: expected str, got float"),
]


class TestErrors:
    @pytest.mark.parametrize(("line", "text"), CERTIFICATE_TROUBLES)
    def test_they_name_line_and_field(self, tmp_path: Path, line: str, text: str) -> None:
        found = complaint(tmp_path, f"# profiles\ncertificate_profiles:\n  A:\n{line}\n")
        assert found.startswith(f"profiles.yaml, line 4: certificate_profiles.A.{text}")

    def test_a_missing_key_is_told_at_its_profile(self, tmp_path: Path) -> None:
        found = complaint(tmp_path, "certificate_profiles:\n  A:\n    distinct_keys: true\n")
        assert found == (
            "profiles.yaml, line 2: certificate_profiles.A.validity_days: object missing required field validity_days"
        )

    def test_an_entry_of_a_list_is_told_at_its_own_line(self, tmp_path: Path) -> None:
        text = "certificate_profiles:\n  A:\n    validity_days: 1\n    ocsp:\n      - http://a\n      - ftp://b\n"
        assert complaint(tmp_path, text).startswith(
            "profiles.yaml, line 6: certificate_profiles.A.ocsp.1: expected str"
        )

    def test_every_profile_that_is_wrong_is_named(self, tmp_path: Path) -> None:
        text = (
            "certificate_profiles:\n  A: {validity_days: 0}\n  B: {validity_days: 1}\n"
            "end_entity_profiles:\n  C: {certificate_profiles: A}\n"
        )
        assert [line.partition(":")[0] for line in complaint(tmp_path, text).splitlines()] == [
            "profiles.yaml, line 2",
            "profiles.yaml, line 5",
        ]

    def test_toml_too(self, tmp_path: Path) -> None:
        text = '[certificate_profiles."A B"]\n\nvalidity_days = 0\n[end_entity_profiles.C]\nemail = "never"\n'
        assert complaint(tmp_path, text, ".toml").splitlines() == [
            "profiles.toml, line 3: certificate_profiles.A B.validity_days: expected int >= 1",
            "profiles.toml, line 5: end_entity_profiles.C.email: invalid enum value 'never'",
        ]

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("", "holds no profiles"),
            ("- 1", "holds no profiles"),
            ("certificate_profiles: {}", "holds no profiles"),
            ("profiles: {}", "line 1: profiles: unknown key"),
            ("certificate_profile: {}", "did you mean certificate_profiles?"),
            ("certificate_profiles: [A]", "line 1: certificate_profiles: profiles by name are needed"),
            ("certificate_profiles:\n  1: {validity_days: 1}", "line 2: certificate_profiles.1: a profile's name"),
            ("certificate_profiles:\n  A: 1", "line 2: certificate_profiles.A: expected object, got int"),
        ],
    )
    def test_the_shape_around_the_profiles(self, tmp_path: Path, text: str, expected: str) -> None:
        assert expected in complaint(tmp_path, text)

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("a: 1\na: 2\n", "line 2: is no valid YAML: found duplicate key"),
            ("a: &x 1\nb: *x\n", "line 2: aliases are not supported"),
            ("a: [\n", "is no valid YAML"),
            ("--- 1\n--- 2\n", "is no valid YAML"),
            ("a: !!python/object:os.system {}", "line 1: is no valid YAML"),
            ("a: \x00", "is no valid YAML"),
            ("[" * 20000, "is nested too deeply"),
        ],
    )
    def test_what_is_no_yaml_of_ours(self, tmp_path: Path, text: str, expected: str) -> None:
        assert expected in complaint(tmp_path, text)

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("a = 1\na = 2\n", "line 2: is no valid TOML: Cannot overwrite a value"),
            ("a = ", "is no valid TOML"),
            ("a = " + "[" * 20000, "is nested too deeply"),
        ],
    )
    def test_what_is_no_toml(self, tmp_path: Path, text: str, expected: str) -> None:
        assert expected in complaint(tmp_path, text, ".toml")

    def test_files_of_other_kinds(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigurationError, match=r"ends in \.yaml, \.yml, \.toml"):
            format_of(Path("profiles.json"))
        with pytest.raises(ConfigurationError, match="No such file"):
            read_profiles(tmp_path / "missing.yaml")
        (tmp_path / "latin.yaml").write_bytes(b"a: \xe5")
        with pytest.raises(ConfigurationError, match="no UTF-8"):
            read_profiles(tmp_path / "latin.yaml")
