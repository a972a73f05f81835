"""Whose certificates a SCEP server takes for its CA's: of a chain, the issuing CA alone, from before a rollover too."""

from functools import cache
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from lockgate.errors import ConfigurationError
from lockgate.reasons import Rejected
from lockgate_app.scep import alias_rules, judge_keystore
from lockgate_app.settings import ScepEnrolment
from lockgate_transport.scep.rules import AliasRules
from tests.support.pki import identities
from tests.support.pki.identities import Authority, ec_key, rsa_key

ROOT, NEW, OLD, UNLISTED = "the root", "the issuing CA", "the issuing CA before its rollover", "another CA of that root"
OTHERWISE = "the issuing CA, its name written otherwise"
LISTED = (NEW, OLD, OTHERWISE, ROOT)


@cache
def authorities() -> dict[str, Authority]:
    root = identities.make_authority("Root CA", ec_key(91))

    def below(common_name: str, number: int) -> Authority:
        key = ec_key(number)
        builder = root.builder(common_name, key).add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        return Authority(builder.sign(root.key, hashes.SHA256()), key)

    own = {NEW: below("Device CA", 92), OLD: below("Device CA", 93), OTHERWISE: below("DEVICE  CA", 97)}
    return {ROOT: root, **own, UNLISTED: below("Other CA", 94)}


@pytest.fixture(params=["one file", "a file for each"])
def rules(request: pytest.FixtureRequest, tmp_path: Path) -> AliasRules:
    """Of a server that lists the whole chain, as it must for GetCACert."""
    certificates = [authorities()[name].certificate.public_bytes(Encoding.PEM) for name in LISTED]
    held = [b"".join(certificates)] if request.param == "one file" else certificates
    paths = [tmp_path / f"{number}.pem" for number in range(len(held))]
    for path, content in zip(paths, held, strict=True):
        path.write_bytes(content)
    table = {
        "keyStorePath": "scep.p12",
        "keyStorePassword": "a password of the keystore",
        "certificateProfile": "ENDUSER",
        "entityProfile": "EMPTY",
        "defaultCA": "ManagementCA",
        "caMapping": {"CN=Device": "OtherCA", "CN=device CA,O=LOCKGATE tests,C=SE": "DeviceCA"},
        "ca_certificates": [str(path) for path in paths],
    }
    return alias_rules("", ScepEnrolment.model_validate(table))


@pytest.mark.parametrize(
    ("issuer", "is_holder"), [(NEW, True), (OLD, True), (OTHERWISE, True), (ROOT, False), (UNLISTED, False)]
)
def test_holders_have_a_certificate_of_the_issuing_ca(rules: AliasRules, issuer: str, is_holder: bool) -> None:
    certificate = authorities()[issuer].issue("router", ec_key(95)).der
    assert isinstance(rules.holders.path(certificate), Rejected) is not is_holder


@pytest.mark.parametrize("issuer", [ROOT, UNLISTED])
def test_the_transport_certificate_is_the_issuing_cas(rules: AliasRules, issuer: str) -> None:
    for right in (NEW, OLD):
        judge_keystore(authorities()[right].issue("scep", rsa_key(96)).keystore, None, rules)
    with pytest.raises(ConfigurationError, match="not issued by the CA that ca_certificates begins with"):
        judge_keystore(authorities()[issuer].issue("scep", rsa_key(96)).keystore, None, rules)


def test_the_chain_is_handed_out_whole(rules: AliasRules) -> None:
    assert rules.chain == tuple(authorities()[name].der for name in LISTED)
    assert rules.issuer_dn == "CN=Device CA,O=Lockgate tests,C=SE"


def test_the_ca_is_the_one_that_is_mapped_to_its_name_however_that_is_written(rules: AliasRules) -> None:
    assert rules.ca_name == "DeviceCA"
