"""`lockgate request pkcs12` and `keystore`: keystores whose keys the CA makes."""

import secrets

import typer

from lockgate.errors import ConfigurationError
from lockgate.submessages import KeyStoreRetrievalRequest, PKCS12Request
from lockgate_app.cli.options import PasswordEnv, PasswordFile, PasswordPrompt, given_password
from lockgate_app.cli.pickup import Targets
from lockgate_app.cli.requests import (
    Ca,
    CertificateProfile,
    Email,
    EndEntityProfile,
    KeyAlgorithm,
    KeySpec,
    Keystore,
    MessageId,
    Sending,
    SubjectAltName,
    SubjectDn,
    Username,
    Wait,
)


def pkcs12(
    context: typer.Context,
    username: Username,
    subject_dn: SubjectDn,
    ca: Ca,
    end_entity_profile: EndEntityProfile,
    certificate_profile: CertificateProfile,
    output: Keystore,
    subject_alt_name: SubjectAltName = None,
    email: Email = None,
    key_alg: KeyAlgorithm = "RSA",
    key_spec: KeySpec = "3072",
    password_file: PasswordFile = None,
    password_env: PasswordEnv = None,
    password_prompt: PasswordPrompt = False,
    message_id: MessageId = None,
    wait: Wait = 60,
) -> None:
    """Have a key made and certified, and get both as a PKCS#12 under a password of yours.

    Exit codes as for `request pkcs10`. The request and its answer are always signed and encrypted.

    Example: lockgate --config deployment/ra/lockgate.toml request pkcs12 --username alice --subject-dn
    CN=alice,O=Example --ca ManagementCA --end-entity-profile EMPTY --certificate-profile ENDUSER
    --password-file alice.password --output alice.p12
    """
    asked = PKCS12Request(
        request_id=secrets.randbits(63),
        username=username,
        subject_dn=subject_dn,
        subject_alt_name=subject_alt_name,
        email=email,
        end_entity_profile=end_entity_profile,
        certificate_profile=certificate_profile,
        ca_name=ca,
        password=_needed(given_password(password_file, password_env, prompt=password_prompt)),
        key_alg=key_alg,
        key_spec=key_spec,
    )
    Sending(message_id, wait).ask(context, asked, Targets(output))


def keystore(
    context: typer.Context,
    username: Username,
    output: Keystore,
    password_file: PasswordFile = None,
    password_env: PasswordEnv = None,
    password_prompt: PasswordPrompt = False,
    message_id: MessageId = None,
    wait: Wait = 60,
) -> None:
    """Fetch the keystore of an existing end entity with its password, which then protects the keystore.

    Exit codes as for `request pkcs10`. The request and its answer are always signed and encrypted.

    Example: lockgate --config deployment/ra/lockgate.toml request keystore --username alice
    --password-file alice.password --output alice.p12
    """
    password = _needed(given_password(password_file, password_env, prompt=password_prompt, confirm=False))
    asked = KeyStoreRetrievalRequest(request_id=secrets.randbits(63), username=username, password=password)
    Sending(message_id, wait).ask(context, asked, Targets(output))


def _needed(password: str | None) -> str:
    if password is None:
        raise ConfigurationError("a password is needed: --password-file, --password-env or --password-prompt")
    return password
