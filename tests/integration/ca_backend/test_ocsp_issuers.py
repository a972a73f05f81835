"""Which key of a CA signs OCSP answers, and how these name the certificate's issuer."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.name import _ASN1Type

from lockgate.ports import Fence
from lockgate.publishing.answers import AnswerTerms, DueAnswer, PublishedAnswer
from lockgate_ca_backend.observation import Observation
from lockgate_ca_backend.ocsp import OcspSigning
from lockgate_formats.ocsp_requests import read_ocsp_request
from tests.integration.ca_backend.conftest import LEASE, Deployment
from tests.support.pki.identities import NOT_AFTER, NOT_BEFORE, ec_key, make_authority, name

CA, IMPORTED = "ManagementCA", "Imported"
TERMS = AnswerTerms(timedelta(hours=48), ("sha1", "sha256"))


class Publisher:
    """What signs answers for one data source."""

    def __init__(self, deployment: Deployment) -> None:
        self.signing = OcspSigning(deployment.ca, deployment.ca._facilities)
        fence = deployment.coordinator.acquire("OCSP answers", "this process", LEASE)
        assert isinstance(fence, Fence)
        self.fence = fence

    def due(self, ca_name: str) -> Sequence[DueAnswer]:
        return self.signing.due(self.fence, "source", ca_name, 1000, TERMS)

    def sign(self, due: DueAnswer) -> Sequence[PublishedAnswer]:
        return self.signing.sign(due, TERMS)

    def record(self, due: Sequence[DueAnswer]) -> None:
        self.signing.record(self.fence, "source", due, TERMS)
        self.signing.finish(self.fence, "source")


@pytest.fixture
def publisher(deployment: Deployment) -> Publisher:
    return Publisher(deployment)


def fingerprint(certificate: bytes) -> str:
    return x509.load_der_x509_certificate(certificate).fingerprint(hashes.SHA256()).hex()


def test_the_issuer_is_named_as_the_certificate_writes_it_and_the_key_that_has_signed_answers(
    deployment: Deployment, publisher: Publisher
) -> None:
    root = make_authority(IMPORTED, ec_key(1))
    written = x509.Name(x509.NameAttribute(one.oid, one.value, _ASN1Type.PrintableString) for one in name(IMPORTED))
    assert written.public_bytes() != root.certificate.subject.public_bytes()
    builder = x509.CertificateBuilder().subject_name(name("host")).issuer_name(written).serial_number(4711)
    builder = builder.public_key(ec_key(2).public_key()).not_valid_before(NOT_BEFORE).not_valid_after(NOT_AFTER)
    certificate = builder.sign(root.key, hashes.SHA256())
    found = [("host.pem", certificate.public_bytes(Encoding.DER))]
    deployment.administration.import_ca(IMPORTED, root.key, root.der, issued=found)
    deployment.administration.prepare_rollover(IMPORTED)
    deployment.administration.activate_rollover(IMPORTED)
    (due,) = [one for one in publisher.due(IMPORTED) if one.serial_number == 4711]
    assert due.ca_certificate == fingerprint(root.der)
    for answer, hashing in zip(publisher.sign(due), (hashes.SHA1(), hashes.SHA256()), strict=True):
        request = ocsp.OCSPRequestBuilder().add_certificate(certificate, root.certificate, hashing).build()
        assert answer.id == read_ocsp_request(request.public_bytes(Encoding.DER)).digest
        assert answer.octets is not None
        said = ocsp.load_der_ocsp_response(answer.octets)
        assert (said.issuer_name_hash, said.issuer_key_hash) == (request.issuer_name_hash, request.issuer_key_hash)


def test_a_next_ca_certificate_has_an_answer_when_it_has_taken_over(
    deployment: Deployment, publisher: Publisher
) -> None:
    publisher.record(publisher.due(CA))
    following = deployment.administration.prepare_rollover(CA)
    assert publisher.due(CA) == []
    deployment.administration.activate_rollover(CA)
    own = [one for one in publisher.due(CA) if one.ca_certificate == fingerprint(following)]
    assert x509.load_der_x509_certificate(following).serial_number in {one.serial_number for one in own}


def test_what_no_key_of_the_ca_has_signed_has_no_answer_which_is_told(
    deployment: Deployment, publisher: Publisher
) -> None:
    publisher.record(publisher.due(CA))
    cancelled = deployment.administration.prepare_rollover(CA)
    deployment.administration.cancel_rollover(CA)
    (due,) = publisher.due(CA)
    assert due.serial_number == x509.load_der_x509_certificate(cancelled).serial_number
    assert publisher.sign(due) == []
    publisher.record([due])
    assert publisher.due(CA) == []
    tally = Observation(deployment.engine).ocsp_answers(["source"], TERMS, timedelta())["source"]
    assert (tally.overdue, tally.unsigned) == (0, 1)
