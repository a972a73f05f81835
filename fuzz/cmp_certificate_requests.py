"""The certificate requests in a CMP message (CRMF), and what they show of possession."""

from fuzz.running import fuzz
from lockgate_formats.cmp.crmf import read_certificate_requests
from lockgate_formats.cmp.limits import ProtectionLimits
from lockgate_formats.cmp.messages import MalformedMessage
from lockgate_formats.cmp.names import NULL_DN
from lockgate_formats.cmp.possession import Authentication, judge_possession
from lockgate_formats.cmp.templates import encode_template

SENDER = Authentication(NULL_DN, b"a secret of no installation")
LIMITS = ProtectionLimits(iterations=200, hmac_sha1=True)


def parse(octets: bytes) -> None:
    """Read them and judge their proofs; refusals are values."""
    try:
        messages = read_certificate_requests(octets)
    except MalformedMessage:
        return
    for message in messages:
        judge_possession(message, SENDER, limits=LIMITS)
        judge_possession(message, None, ra_verified=True, indirect=True, limits=LIMITS)
        asked = (message.template.asks_for_key, message.template.key_algorithm, message.controls.others)
        encode_template(message.template)
        repr(asked)


if __name__ == "__main__":
    fuzz(parse)
