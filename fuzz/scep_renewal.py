"""What an RA says is a holder's RenewalReq, on the CA's side.

The octets: the length of a content-encryption key in one octet, the key, and the message. The signature keeps random
changes out of what lies behind it, so the envelope is also opened as if it held.
"""

from fuzz.running import fuzz
from lockgate_formats.cms.enveloped import decrypt_with
from lockgate_transport.scep.algorithms import CURRENT
from lockgate_transport.scep.contents import read_envelope
from lockgate_transport.scep.messages import LIMITS, NoPkiMessage, read_pki_message
from lockgate_transport.scep.renewals import ScepRenewals


def parse(octets: bytes) -> None:
    """Read it for the certificate that it brings along; refusals are values."""
    length = octets[0] if octets else 0
    key, message = octets[1 : 1 + length], octets[1 + length :]
    try:
        statement = read_pki_message(message).statement
    except NoPkiMessage:
        ScepRenewals().read(b"", message, key)
        return
    for certificate in statement.certificates:
        ScepRenewals().read(certificate, message, key)
    try:
        decrypt_with(read_envelope(statement.content, CURRENT, LIMITS), key)
    except ValueError:
        return


if __name__ == "__main__":
    fuzz(parse)
