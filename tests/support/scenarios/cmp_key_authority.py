"""The key with which a CA's CMP service signs the keys that the CA makes for clients."""

from lockgate_keys.pkcs12 import write_pkcs12
from tests.support.pki.identities import rsa_key
from tests.support.scenarios.ca_side import CaSide
from tests.support.scenarios.world import KEYSTORE_PASSWORD

KGA_KEY = 93


def sign_keys_with(ca_side: CaSide, profile: str = "KGA", key: int = KGA_KEY) -> None:
    """Let the service sign keys with a certificate of that profile."""
    configuration = ca_side.configuration
    own = ca_side.certify("CN=kga", rsa_key(key), profile)
    path = configuration.path.with_name("kga.p12")
    path.unlink(missing_ok=True)
    write_pkcs12(path, rsa_key(key), own.der, (), KEYSTORE_PASSWORD, "kga")
    configuration.put("cmp", {"kga.keyStorePath": "kga.p12", "kga.keyStorePassword": {"file": "cmp.password"}})
