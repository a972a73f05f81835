"""Certificates that a CA had issued before it was imported: verified, and out of every RA's reach."""

from collections.abc import Callable
from contextlib import suppress

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from lockgate.certification.revocation import RevocationReason
from lockgate.errors import CallerError, Conflict
from lockgate.names.dn import parse_dn
from lockgate.reasons import Reason, Rejected
from lockgate.rights.signer import CertificateStanding
from lockgate_ca_backend.issued_before import MAX_NAMED, PIECE
from tests.contract.registries import new_engine
from tests.integration.ca_backend.conftest import Deployment
from tests.support.pki.ca_chains import chain_root, subordinate
from tests.support.pki.certificate_requests import sharing_keys, spki
from tests.support.pki.identities import NOT_AFTER, NOT_BEFORE, Authority, Key, ec_key, make_authority, name
from tests.support.pki.judges import revoked

CA = "Imported"


@pytest.fixture
def root() -> Authority:
    return make_authority(CA, ec_key(1))


def issued(root: Authority, serial_number: int, key: Key | None = None, subject: str = "host") -> bytes:
    """A certificate that the CA has issued elsewhere, DER."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(f"{subject} {serial_number}"))
        .issuer_name(root.certificate.subject)
        .public_key((key or ec_key(2)).public_key())
        .serial_number(serial_number)
        .not_valid_before(NOT_BEFORE)
        .not_valid_after(NOT_AFTER)
    )
    return builder.sign(root.key, hashes.SHA256()).public_bytes(Encoding.DER)


def last_crl(root: Authority, **reasons: x509.ReasonFlags) -> bytes:
    """A CRL that lists the serial numbers `n1`, `n2`, … with these reasons."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(root.certificate.subject)
        .last_update(NOT_BEFORE)
        .next_update(NOT_AFTER)
        .add_extension(x509.CRLNumber(7), critical=False)
    )
    for number, reason in reasons.items():
        entry = x509.RevokedCertificateBuilder(int(number[1:]), NOT_BEFORE)
        builder = builder.add_revoked_certificate(entry.add_extension(x509.CRLReason(reason), critical=False).build())
    return builder.sign(root.key, hashes.SHA256()).public_bytes(Encoding.DER)


def take(deployment: Deployment, root: Authority, *certificates: bytes, crl: bytes | None = None) -> int:
    found = [(f"file {number}", der) for number, der in enumerate(certificates, 1)]
    return deployment.administration.import_ca(CA, root.key, root.der, crl=crl, issued=found)


def listed(deployment: Deployment) -> dict[int, str | None]:
    return revoked(deployment.administration.issue_crl(CA))


def test_one_is_revoked_by_issuer_and_serial_number_and_listed(deployment: Deployment, root: Authority) -> None:
    assert take(deployment, root, issued(root, 1), issued(root, 2)) == 2
    assert listed(deployment) == {}
    deployment.administration.revoke(RevocationReason.SUPERSEDED, ca_name=CA, serial_number=2)
    assert listed(deployment) == {2: "superseded"}
    with pytest.raises(CallerError, match="no such certificate"):
        deployment.administration.revoke(RevocationReason.SUPERSEDED, ca_name=CA, serial_number=3)


def test_what_the_last_crl_lists_is_revoked_or_on_hold(deployment: Deployment, root: Authority) -> None:
    flags = x509.ReasonFlags
    crl = last_crl(root, n1=flags.superseded, n2=flags.certificate_hold, n3=flags.cessation_of_operation)
    take(deployment, root, issued(root, 1), issued(root, 2), crl=crl)
    assert listed(deployment) == {1: "superseded", 2: "certificate_hold", 3: "cessation_of_operation"}
    with pytest.raises(CallerError, match="revoked already"):
        deployment.administration.revoke(RevocationReason.SUPERSEDED, ca_name=CA, serial_number=1)
    deployment.administration.revoke(RevocationReason.REMOVE_FROM_CRL, ca_name=CA, serial_number=2)
    assert listed(deployment) == {1: "superseded", 3: "cessation_of_operation"}


def test_a_key_that_was_compromised_is_never_certified_again(deployment: Deployment, root: Authority) -> None:
    crl = last_crl(root, n1=x509.ReasonFlags.key_compromise)
    take(deployment, root, issued(root, 1, ec_key(2)), issued(root, 2, ec_key(3)), crl=crl)
    deployment.issue(spki(ec_key(3)))
    deployment.administration.revoke(RevocationReason.KEY_COMPROMISE, ca_name=CA, serial_number=2)
    for key in (ec_key(2), ec_key(3)):
        with suppress(Conflict):  # the first attempt learns that the key is not good
            deployment.attempt(spki(key))
        refused = deployment.attempt(spki(key))
        assert isinstance(refused, Rejected)
        assert refused.reason is Reason.WEAK_KEY


def test_the_key_counts_as_certified_before(deployment: Deployment, root: Authority) -> None:
    take(deployment, root, issued(root, 1, ec_key(2)))
    with deployment.ca.transaction(deployment.fence()) as work:
        assert work.certificates.is_certified(spki(ec_key(2)), "user")
        assert not work.certificates.is_certified(spki(ec_key(3)), "user")


def test_no_request_finds_it_or_its_owner(deployment: Deployment, root: Authority) -> None:
    certificate = issued(root, 1)
    take(deployment, root, certificate, issued(root, 2))
    fingerprint = x509.load_der_x509_certificate(certificate).fingerprint(hashes.SHA256()).hex()
    with deployment.ca.transaction(deployment.fence()) as work:
        assert work.certificates.find(parse_dn(f"CN={CA}"), 1) is None
        assert work.certificates.of("") == ()
        assert work.certificates.holder(fingerprint) is None
        (first, _) = work.certificates.on_key(work.keys.identity(spki(ec_key(2))))
    assert (first.serial_number, first.standing) == (1, CertificateStanding.GOOD)


def test_names_are_compared_by_meaning(deployment: Deployment, root: Authority) -> None:
    elsewhere = Authority(make_authority(CA.upper(), ec_key(1)).certificate, root.key)
    assert elsewhere.certificate.subject != root.certificate.subject
    assert take(deployment, root, issued(elsewhere, 1)) == 1


def test_the_cas_own_certificate_and_copies_are_left_out(deployment: Deployment, root: Authority) -> None:
    copies = [issued(root, 1)]
    assert take(deployment, root, root.der, *copies * 2) == 1


def test_many_are_taken_piece_by_piece(deployment: Deployment, root: Authority) -> None:
    """ECDSA signs otherwise each time: what is issued again is another certificate of the same serial number."""
    count = 2 * PIECE + 1
    with pytest.raises(CallerError, match=f"file {count + 1}: another certificate has its serial number 1"):
        take(deployment, root, *(issued(root, number) for number in range(1, count + 1)), issued(root, 1))
    assert take(deployment, root, *(issued(root, number) for number in range(1, count + 1))) == count


def test_a_subordinate_ca_is_imported_before_the_ca_above_it(deployment: Deployment) -> None:
    above, key = chain_root(), ec_key(5)
    below = subordinate(above, key)
    deployment.administration.import_ca("Sub", key, below, [above.der])
    deployment.administration.import_ca("Above", above.key, above.der, issued=[("file", below)])
    assert deployment.administration.issue_crl("Sub")


def test_keys_that_share_a_prime_are_found(deployment: Deployment, root: Authority) -> None:
    one, other = sharing_keys()
    take(deployment, root, issued(root, 1, one), issued(root, 2, other))
    assert len(deployment.administration.certificates_with_shared_primes()) == 2


@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])
def test_on_a_server(fresh_database: Callable[[str], str], root: Authority, kind: str) -> None:
    engine = new_engine(fresh_database(kind))
    try:
        deployment = Deployment(engine)
        with pytest.raises(CallerError, match="file 2"):
            take(deployment, root, issued(root, 1), b"")
        assert take(deployment, root, issued(root, 1), issued(root, 2)) == 2
        deployment.administration.revoke(RevocationReason.SUPERSEDED, ca_name=CA, serial_number=2)
        assert listed(deployment) == {2: "superseded"}
    finally:
        engine.dispose()


def test_what_cannot_be_taken_is_named_and_nothing_is_imported(deployment: Deployment, root: Authority) -> None:
    changed = bytearray(issued(root, 3))
    changed[-1] ^= 1
    twin = make_authority(CA, ec_key(4))
    with pytest.raises(CallerError) as refused:
        take(deployment, root, issued(root, 1), b"", twin.issue("host", ec_key(2)).der, bytes(changed), issued(root, 1))
    assert str(refused.value).splitlines() == [
        "nothing was imported: these certificates cannot be taken",
        "file 2: holds no certificate that can be read",
        "file 3: was not issued by the CA that is imported",
        "file 4: was not issued by the CA that is imported",
        "file 5: another certificate has its serial number 1",
    ]
    assert [ca.name for ca in deployment.administration.certification_authorities()] == ["ManagementCA"]
    assert take(deployment, root, issued(root, 1)) == 1


def test_files_that_no_library_reads_or_no_database_stores_are_named(deployment: Deployment, root: Authority) -> None:
    of_no_version = issued(root, 2).replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x04", 1)
    with pytest.raises(CallerError) as refused:
        take(deployment, root, issued(root, 1), of_no_version, issued(root, 3, subject="a\0b"))
    assert str(refused.value).splitlines()[1:] == [
        "file 2: holds no certificate that can be read",
        "file 3: its subject holds NUL, which databases do not store",
    ]


def test_only_the_first_ones_are_named(deployment: Deployment, root: Authority) -> None:
    with pytest.raises(CallerError, match="and 3 more"):
        take(deployment, root, *[b""] * (MAX_NAMED + 3))
