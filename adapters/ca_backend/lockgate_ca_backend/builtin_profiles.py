"""The profiles of a new installation, as data. `db upgrade` adds those that are missing to an older one."""

from lockgate.names.keyspec import KeyKind
from lockgate.profiles.certificate_profile import CertificateProfile
from lockgate.profiles.end_entity_profile import EndEntityProfile

_SERVER_NAMES = {"DNSNAME": 100, "IPADDRESS": 100}
_END_ENTITY_KEYS = frozenset[KeyKind]({"RSA", "P-256", "P-384", "P-521", "Ed25519"})

CERTIFICATE_PROFILES = {
    "ENDUSER": CertificateProfile(
        validity_days=730, extended_key_usage=("clientAuth", "emailProtection"), key_types=_END_ENTITY_KEYS
    ),
    "SERVER": CertificateProfile(
        validity_days=397, extended_key_usage=("serverAuth",), alternative_names=_SERVER_NAMES
    ),
    "ROOTCA": CertificateProfile(
        validity_days=9131,
        key_usage=frozenset({"keyCertSign", "cRLSign", "digitalSignature"}),
        certification_authority=True,
        distinct_keys=True,
    ),
    "SUBCA": CertificateProfile(
        validity_days=3653,
        key_usage=frozenset({"keyCertSign", "cRLSign", "digitalSignature"}),
        certification_authority=True,
        path_length=0,
        distinct_keys=True,
    ),
    "RA": CertificateProfile(
        validity_days=730,
        extended_key_usage=("cmcRA",),
        key_types=frozenset({"RSA"}),
        distinct_keys=True,
        renewal_days=60,
    ),
    "WORKER": CertificateProfile(
        validity_days=730, extended_key_usage=("cmcCA",), key_types=frozenset({"RSA"}), distinct_keys=True
    ),
    "KGA": CertificateProfile(
        validity_days=730,
        key_usage=frozenset({"digitalSignature"}),
        extended_key_usage=("cmKGA",),
        key_types=frozenset({"RSA", "P-256", "P-384"}),
        distinct_keys=True,
    ),
}
"""The certificate profiles of a new installation. RA and worker keys are RSA: answers are encrypted to them. KGA is for
the key that signs keys which the CA has made. Every TLS client takes the kinds of keys that TLS servers may have.
"""
END_ENTITY_PROFILES = {
    "EMPTY": EndEntityProfile(certificate_profiles=frozenset({"ENDUSER"})),
    "SERVER": EndEntityProfile(certificate_profiles=frozenset({"SERVER"})),
    "SERVICE": EndEntityProfile(
        certificate_profiles=frozenset({"RA", "WORKER", "KGA"}), subject_required=frozenset({"CN"})
    ),
}
"""The end entity profiles of a new installation. An RA with access to EMPTY alone can have no RA's and no server's
certificate issued.
"""
