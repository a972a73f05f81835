"""Rules of what the last CRL of a CA outside lists of the certificates that are stored here."""

import hashlib
from collections.abc import Mapping
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from lockgate.certification.revocation import RevocationReason
from lockgate.outside.crls import CrlFacts
from lockgate.ports import Fence
from lockgate_testing.contracts.registry.outside_crls import finish, of_remote, outside_key
from lockgate_testing.contracts.registry.remote import new_name
from lockgate_testing.contracts.registry.subjects import (
    REMOTE_CA,
    REMOTE_CA_SUBJECT,
    REMOTE_SIGNER,
    RegistrySubject,
)
from lockgate_testing.contracts.registry.work import again

HOUR = timedelta(hours=1)
REASONS = {
    x509.ReasonFlags.superseded: RevocationReason.SUPERSEDED,
    x509.ReasonFlags.certificate_hold: RevocationReason.CERTIFICATE_HOLD,
}
Listed = Mapping[int, x509.ReasonFlags]


class ListedRules:
    """The entries of the last CRL."""

    @pytest.mark.parametrize("reason", REASONS)
    def test_what_the_last_crl_lists_is_found(
        self, subject: RegistrySubject, fence: Fence, username: str, reason: x509.ReasonFlags
    ) -> None:
        listed, other = of_remote(subject, fence, username), of_remote(subject, fence, new_name())
        keep_remote(subject, fence, {1: x509.ReasonFlags.superseded, listed.serial_number: reason})
        entry = again(subject, fence, lambda work: work.outside_crls.listed(listed))
        assert entry is not None
        assert (entry.serial_number, entry.reason) == (listed.serial_number, REASONS[reason])
        assert again(subject, fence, lambda work: work.outside_crls.listed(other)) is None
        finish(subject, fence)

    def test_the_crl_before_counts_no_more(self, subject: RegistrySubject, fence: Fence, username: str) -> None:
        certificate = of_remote(subject, fence, username)
        keep_remote(subject, fence, {certificate.serial_number: x509.ReasonFlags.superseded})
        assert again(subject, fence, lambda work: work.outside_crls.listed(certificate)) is not None
        keep_remote(subject, fence, {1: x509.ReasonFlags.superseded})
        assert again(subject, fence, lambda work: work.outside_crls.listed(certificate)) is None
        finish(subject, fence)


def keep_remote(subject: RegistrySubject, fence: Fence, listed: Listed) -> None:
    """Keep a CRL of the remote CA that lists the certificates with those numbers."""
    with subject.ca.transaction(fence) as work:
        now, name = work.now().replace(microsecond=0), x509.Name.from_rfc4514_string(REMOTE_CA_SUBJECT)
        builder = x509.CertificateRevocationListBuilder(name, now, now + HOUR)
        for number, reason in listed.items():
            entry = x509.RevokedCertificateBuilder(number, now).add_extension(x509.CRLReason(reason), critical=False)
            builder = builder.add_revoked_certificate(entry.build())
        octets = builder.sign(REMOTE_SIGNER.key, hashes.SHA256()).public_bytes(Encoding.DER)
        facts = CrlFacts(
            key=outside_key(work, REMOTE_SIGNER.key),
            number=None,
            this_update=now,
            next_update=now + HOUR,
            digest=hashlib.sha256(octets).hexdigest(),
            entries=len(listed),
        )
        work.outside_crls.keep(REMOTE_CA, facts, octets)
