"""What an operator's program answers, to each verb."""

from contextlib import suppress

from fuzz.running import fuzz
from lockgate_issuers.command.answers import ANSWERS, CertificatesAnswer, CrlAnswer, decoded, issuer_answer, read_answer
from lockgate_issuers.command.running import WrongAnswer

OPERATION = "operation 1"


def parse(octets: bytes) -> None:
    """Read them as the answer to each verb, and what is in it."""
    for verb in ANSWERS:
        with suppress(WrongAnswer):
            answer = read_answer(verb, OPERATION, octets)
            issuer_answer(answer)
            if isinstance(answer, CrlAnswer):
                decoded("X509 CRL", answer.crl)
            if isinstance(answer, CertificatesAnswer):
                [decoded("CERTIFICATE", certificate) for certificate in answer.certificates]


if __name__ == "__main__":
    fuzz(parse)
