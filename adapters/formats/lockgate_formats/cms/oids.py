"""Object identifiers of CMS and its algorithms, and this product's own content types.

The content types stand under 2.25, where an arc is a UUID (ITU-T X.667) and needs no registration. Each was chosen at
random once. They never change: because of them, a request, an answer, an approval and a renewal cannot be confused with
one another.
"""

from collections.abc import Mapping
from types import MappingProxyType

from lockgate.requests.content import ContentKind

CONTENT_TYPES: Mapping[ContentKind, str] = MappingProxyType(
    {
        ContentKind.REQUEST: "2.25.56974232683914660837429714233346510472",
        ContentKind.ANSWER: "2.25.286763875378371331360352868018336827596",
        ContentKind.APPROVAL: "2.25.35485413573589488841509465545014215205",
        ContentKind.RENEWAL: "2.25.214132289274502730865914408422713446069",
    }
)

DATA = "1.2.840.113549.1.7.1"
SIGNED_DATA = "1.2.840.113549.1.7.2"
ENVELOPED_DATA = "1.2.840.113549.1.7.3"
AUTH_ENVELOPED_DATA = "1.2.840.113549.1.9.16.1.23"

CONTENT_TYPE = "1.2.840.113549.1.9.3"
MESSAGE_DIGEST = "1.2.840.113549.1.9.4"

SHA1 = "1.3.14.3.2.26"
SHA256 = "2.16.840.1.101.3.4.2.1"
SHA384 = "2.16.840.1.101.3.4.2.2"
SHA512 = "2.16.840.1.101.3.4.2.3"
TRIPLE_DES_CBC = "1.2.840.113549.3.7"
AES128_CBC = "2.16.840.1.101.3.4.1.2"
AES256_CBC = "2.16.840.1.101.3.4.1.42"
AES256_GCM = "2.16.840.1.101.3.4.1.46"

RSA_ENCRYPTION = "1.2.840.113549.1.1.1"
RSAES_OAEP = "1.2.840.113549.1.1.7"
MGF1 = "1.2.840.113549.1.1.8"
P_SPECIFIED = "1.2.840.113549.1.1.9"
SHA1_WITH_RSA = "1.2.840.113549.1.1.5"
SHA256_WITH_RSA = "1.2.840.113549.1.1.11"
SHA384_WITH_RSA = "1.2.840.113549.1.1.12"
SHA512_WITH_RSA = "1.2.840.113549.1.1.13"
ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2"
ECDSA_WITH_SHA384 = "1.2.840.10045.4.3.3"
ECDSA_WITH_SHA512 = "1.2.840.10045.4.3.4"
ED25519 = "1.3.101.112"

SUBJECT_KEY_IDENTIFIER = "2.5.29.14"

PWRI_KEK = "1.2.840.113549.1.9.16.3.9"
PBKDF2 = "1.2.840.113549.1.5.12"
HMAC_WITH_SHA256 = "1.2.840.113549.2.9"
