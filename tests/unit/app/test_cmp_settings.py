"""The CA's `[cmp]`: which settings fit together."""

from pathlib import Path

import pytest

from lockgate.errors import ConfigurationError
from lockgate_app.settings import load_ca

CMP = """instance = "ca-1"

[ca]
key_encryption_secret = "a secret of the CA"

[ca.database]
url = "sqlite:///ca.db"

[cmp]
keyStorePath = "cmp.p12"
keyStorePassword = "a password of the keystore"
{cmp}

[cmp.alias.devices]
defaultCA = "DeviceCA"
certificateProfile = "ENDUSER"
entityProfile = "EMPTY"
{alias}
"""
KGA = 'kga.keyStorePath = "kga.p12"\nkga.keyStorePassword = "another password"'


def written(directory: Path, cmp: str = "", alias: str = "") -> Path:
    path = directory / "lockgate.toml"
    path.write_text(CMP.format(cmp=cmp, alias=alias))
    return path


def test_keys_are_made_with_a_keystore_of_their_own(tmp_path: Path) -> None:
    cmp = load_ca(written(tmp_path, KGA, "central_keys = true")).cmp
    assert cmp is not None
    assert cmp.kga is not None
    assert cmp.kga.keystore_path == tmp_path / "kga.p12"
    assert cmp.alias["devices"].central_keys


@pytest.mark.parametrize(
    ("cmp", "alias", "complaint"),
    [
        ("", "central_keys = true", "kga.keyStorePath is needed for alias.devices.central_keys"),
        ('kga.keyStorePath = "kga.p12"', "", "cmp.kga.keyStorePassword"),
        ("", 'mode = "ra"\nreg_token_password = true', "belong to client mode"),
        ("", 'mode = "ra"\nsubject_password = "OU"', "belong to client mode"),
        ("", 'mode = "raa"', "lockgate.toml, line 18: cmp.alias.devices.mode: must be 'client' or 'ra'"),
        ("", 'secret = "x"', "cmp.alias.devices.secret: unknown key; did you mean secrets?"),
        ("", 'secrets = { file = "x.secret" }', "secrets: must name each secret by its reference: { REFERENCE ="),
        ("", 'secrets = { env = "X" }', "secrets: must name each secret by its reference: { REFERENCE ="),
        (
            "",
            'ra_certificates = ["AB:CD"]',
            "must have 64 hexadecimal digits: the SHA-256 fingerprint of a certificate",
        ),
        ("", 'ra_certificates = ["g' + "0" * 63 + '"]', "must have 64 hexadecimal digits"),
        ("", "ra_certificates = [7]", "must be a text in quotes"),
        ("", 'subject_password = "SHOESIZE"', "subject_password: 'SHOESIZE' is no attribute of a name"),
    ],
)
def test_what_does_not_fit_together_is_refused(tmp_path: Path, cmp: str, alias: str, complaint: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_ca(written(tmp_path, cmp, alias))
    assert complaint in str(caught.value)


def test_colons_and_capitals_of_a_fingerprint_do_not_matter(tmp_path: Path) -> None:
    told = ":".join(["AB"] * 32)
    cmp = load_ca(written(tmp_path, "", f'ra_certificates = ["{told}"]')).cmp
    assert cmp is not None
    assert cmp.alias["devices"].ra_certificates == ["ab" * 32]


def test_secrets_may_have_the_reference_file_beside_others(tmp_path: Path) -> None:
    cmp = load_ca(written(tmp_path, "", 'secrets = { file = "a secret", desk = "another" }')).cmp
    assert cmp is not None
    assert sorted(cmp.alias["devices"].secrets) == ["desk", "file"]
