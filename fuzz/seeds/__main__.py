"""Makes the seeds anew."""

from pathlib import Path

from cryptography import x509

from fuzz.keys import server
from tests.identities import ec_key, name, rsa_key
from tests.scep_client import GET_CERT, TRIPLE_DES, Device

HERE = Path(__file__).parent


def main() -> None:
    """Write one file for each kind of octets that a target knows."""
    names = (x509.DNSName("vpn.example"),)
    issuer = name("Fuzzing CA").public_bytes()
    device = Device(rsa_key(3), server().certificate, issuer, challenge="challenge", alternative_names=names)
    poll = issuer + device.subject.public_bytes()
    found = {
        "scep_message/pkcs_req": device.pkcs_req(),
        "scep_message/pkcs_req_ec": device.with_(key=ec_key(1), digest="sha512").pkcs_req(),
        "scep_message/pkcs_req_old": device.with_(digest="sha1", cipher=TRIPLE_DES).pkcs_req(),
        "scep_message/cert_poll": device.cert_poll(),
        "scep_message/get_cert": device.identify(GET_CERT, issuer, 4711),
        "scep_content/pkcs10": device.request,
        "scep_content/pkcs10_ec": device.with_(key=ec_key(1)).request,
        "scep_content/issuer_and_subject": b"\x30" + bytes((len(poll),)) + poll,
        "scep_content/issuer_and_serial": b"\x30" + bytes((len(issuer) + 3,)) + issuer + b"\x02\x01\x01",
        "pkcs10_order/pkcs10": device.request,
    }
    for path, octets in found.items():
        (HERE / f"{path}.der").write_bytes(octets)


if __name__ == "__main__":
    main()
