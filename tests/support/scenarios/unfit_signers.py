"""Who signs a request and should not, and certificates for the answer that are not fit for it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from lockgate.certification.revocation import RevocationReason
from tests.support.pki.identities import Authority, Identity, Key, ec_key, key_usage, name, rsa_key
from tests.support.scenarios.ca_side import other_authority
from tests.support.scenarios.drafts import Draft
from tests.support.scenarios.world import World

Deviation = Callable[[World, Draft], object]
DAY = timedelta(days=1)


def signed_by(profile: str, reason: RevocationReason | None = None) -> Deviation:
    def deviate(world: World, draft: Draft) -> None:
        draft.signer = world.ca_side.certify("CN=second ra", rsa_key(13), profile)
        if reason is not None:
            world.ca_side.revoke(draft.signer, reason)

    return deviate


USAGE = key_usage("digital_signature", "key_encipherment")


def certificate_by(
    issuer: Authority | Identity,
    key: Key,
    begin: timedelta,
    end: timedelta,
    *extensions: x509.ExtensionType,
) -> x509.Certificate:
    """One that no CA would issue; its extensions are critical."""
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder(subject_name=name("second ra"))
        .issuer_name(issuer.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + begin)
        .not_valid_after(now + end)
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=True)
    return builder.sign(issuer.key, hashes.SHA256())


def signed_by_unknown(begin: timedelta, end: timedelta) -> Deviation:
    """Signed by the CA's key, but never stored by the CA."""

    def deviate(world: World, draft: Draft) -> None:
        draft.signer = Identity(certificate_by(world.ca_side.authority, rsa_key(13), begin, end, USAGE), rsa_key(13))

    return deviate


def known(world: World, begin: timedelta, end: timedelta, *extensions: x509.ExtensionType) -> Identity:
    """Signed by the CA's key, and stored by the CA as issued."""
    genuine = world.ca_side.certify("CN=second ra", rsa_key(13))
    return world.ca_side.replace_certificate(
        genuine, certificate_by(world.ca_side.authority, rsa_key(13), begin, end, *extensions)
    )


def signer_with(*extensions: x509.ExtensionType) -> Deviation:
    return lambda world, draft: setattr(draft, "signer", known(world, -DAY, DAY, *extensions))


def cas_own_certificate(world: World, draft: Draft) -> None:
    draft.signer = Identity(world.ca_side.authority.certificate, world.ca_side.authority.key)


def issued_by_an_ra(world: World, draft: Draft) -> None:
    draft.signer = Identity(certificate_by(world.ra, rsa_key(13), -DAY, DAY, USAGE), rsa_key(13))


def expired_answer_certificate(world: World, draft: Draft) -> None:
    draft.change(answer_certificate=known(world, -2 * DAY, -DAY, USAGE).der)


def unsigned(world: World, draft: Draft) -> None:
    draft.signer = None
    draft.change(answer_certificate=world.ra.der)


def stranger(_: World, draft: Draft) -> None:
    draft.signer = other_authority().issue("ra", rsa_key(14))


def issued_by_the_other_ca(world: World, draft: Draft) -> None:
    """By a CA that is here, too, but is not the worker's `raissuer`."""
    draft.signer = world.ca_side.certify_again("ra of others", "CN=ra", rsa_key(68), ca_name="OtherCA")


def impostor(world: World, draft: Draft) -> None:
    """The RA's names and serial number, signed by somebody else, with a key of the same kind as the CA's."""
    ra = world.ra.certificate
    builder = (
        x509.CertificateBuilder(subject_name=ra.subject)
        .issuer_name(ra.issuer)
        .public_key(rsa_key(14).public_key())
        .serial_number(ra.serial_number)
        .not_valid_before(ra.not_valid_before_utc)
        .not_valid_after(ra.not_valid_after_utc)
        .add_extension(key_usage("digital_signature", "key_encipherment"), critical=True)
    )
    draft.signer = Identity(builder.sign(ec_key(15), hashes.SHA256()), rsa_key(14))


def answer_certificate(profile: str, reason: RevocationReason | None = None) -> Deviation:
    def deviate(world: World, draft: Draft) -> None:
        identity = world.ca_side.certify("CN=third ra", rsa_key(15), profile)
        if reason is not None:
            world.ca_side.revoke(identity, reason)
        draft.change(answer_certificate=identity.der)

    return deviate
