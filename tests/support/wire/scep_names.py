"""Names that devices ask for, as fields of a `Device`; another one is one line."""

import re
import warnings
from typing import Any

from cryptography import x509

from tests.support.wire.cms_objects import element

UPN, GUID = x509.ObjectIdentifier("1.3.6.1.4.1.311.20.2.3"), x509.ObjectIdentifier("1.3.6.1.4.1.311.25.1")
SERIAL, UNSTRUCTURED = x509.NameOID.SERIAL_NUMBER, x509.NameOID.UNSTRUCTURED_NAME
COMMON_NAME, ORGANIZATION = x509.NameOID.COMMON_NAME, x509.NameOID.ORGANIZATION_NAME


def rdn(**attributes: str) -> x509.RelativeDistinguishedName:
    """Of Cisco IOS, which joins what it adds by itself in one RDN."""
    kinds = {
        "cn": x509.NameOID.COMMON_NAME,
        "serial": SERIAL,
        "unstructured": UNSTRUCTURED,
        "organization": x509.NameOID.ORGANIZATION_NAME,
    }
    return x509.RelativeDistinguishedName(
        [x509.NameAttribute(kinds[kind], value) for kind, value in attributes.items()]
    )


def too_long_a_country() -> x509.NameAttribute[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return x509.NameAttribute(x509.NameOID.COUNTRY_NAME, "Sweden", _validate=False)


NAMES: dict[str, dict[str, Any]] = {
    "an unstructuredName": {"more": (x509.NameAttribute(UNSTRUCTURED, "router.example"),)},
    "an unstructuredName in the RDN of its common name": {"rdns": (rdn(cn="router", unstructured="router.example"),)},
    "serial number and unstructuredName in one RDN": {"rdns": (rdn(serial="FTX1234", unstructured="router"),)},
    "its organization in another order": {"rdns": (rdn(cn="router"), rdn(organization="Example"))},
    "another organization": {"rdns": (rdn(organization="Beispiel"), rdn(cn="router"))},
    "the country Sweden": {"more": (too_long_a_country(),)},
    "an attribute that is not known": {
        "more": (x509.NameAttribute(x509.NameOID.JURISDICTION_LOCALITY_NAME, "Stockholm"),)
    },
    "a user principal name": {
        "alternative_names": (x509.OtherName(UPN, element(0x0C, b"router@example.org")), x509.DNSName("router.example"))
    },
    "an otherName of an unknown type": {
        "alternative_names": (x509.OtherName(x509.ObjectIdentifier("1.2.3"), b"\x05\x00"),)
    },
    "a directory name": {"alternative_names": (x509.DirectoryName(x509.Name([rdn(cn="router")])),)},
    "a registered id": {"alternative_names": (x509.RegisteredID(x509.ObjectIdentifier("1.2.3")),)},
    "a line break in its common name": {"name": "router\nroot"},
    "a line break in its unstructuredName": {"more": (x509.NameAttribute(UNSTRUCTURED, "router\nroot"),)},
    "a right-to-left override": {"name": "router\u202e3pm.exe"},
    "a Cyrillic letter among Latin ones": {"name": "r\u043euter"},
    "an organization of 65 characters": {"more": (x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "x" * 65),)},
    "4097 characters of names": {"more": (x509.NameAttribute(x509.NameOID.TITLE, "x" * 60),) * 62},
    "a line break in an alternative name": {"alternative_names": (x509.DNSName("router\nroot"),)},
    "an alternative name that is no host name": {"alternative_names": (x509.DNSName("no host!"),)},
    "4097 characters of alternative names": {"alternative_names": (x509.DNSName("x" * 60),) * 60},
}


ANY_NAME = "|".join(map(re.escape, sorted(NAMES, key=len, reverse=True)))
