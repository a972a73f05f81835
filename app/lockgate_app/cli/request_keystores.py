"""`lockgate request pkcs12`, `keystore` and `key-recovery`: keystores whose keys the CA makes, and keeps."""

import secrets
from pathlib import Path
from typing import Annotated

import typer

from lockgate.errors import ConfigurationError
from lockgate.requests.submessages import KeyRecoveryRequest, KeyStoreRetrievalRequest, PKCS12Request
from lockgate_app.cli.options import Force, PasswordEnv, PasswordFile, PasswordPrompt, given_password
from lockgate_app.cli.pickup import Targets
from lockgate_app.cli.requests import (
    AnswerJson,
    Ca,
    CertificateProfile,
    Email,
    EndEntityProfile,
    KeyAlgorithm,
    KeySpec,
    Keystore,
    MessageId,
    Replace,
    Sending,
    SubjectAltName,
    SubjectDn,
    Username,
    Wait,
)
from lockgate_app.keys import issuer_and_serial, read_password

StoreKey = Annotated[bool, typer.Option("--store-key", help="The CA keeps the key for recovery.")]
NewCertificate = Annotated[
    bool, typer.Option("--new-certificate", help="Certify the key anew, as described here; else its old certificate.")
]

KeystorePasswordFile = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Read the keystore's own password from a file; else it is the end entity's."),
]


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
    store_key: StoreKey = False,
    password_file: PasswordFile = None,
    password_env: PasswordEnv = None,
    password_prompt: PasswordPrompt = False,
    force: Force = False,
    as_json: AnswerJson = False,
    message_id: MessageId = None,
    replace: Replace = False,
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
        store_keys=store_key,
    )
    Sending(message_id, wait, replace=replace).ask(context, asked, Targets(output, as_json=as_json, force=force))


def keystore(
    context: typer.Context,
    username: Username,
    output: Keystore,
    password_file: PasswordFile = None,
    password_env: PasswordEnv = None,
    password_prompt: PasswordPrompt = False,
    keystore_password_file: KeystorePasswordFile = None,
    key_alg: KeyAlgorithm | None = None,
    key_spec: KeySpec | None = None,
    force: Force = False,
    as_json: AnswerJson = False,
    message_id: MessageId = None,
    replace: Replace = False,
    wait: Wait = 60,
) -> None:
    """Fetch the keystore of an existing end entity with its password.

    That password protects the keystore, too, unless --keystore-password-file names another one. The certificate profile
    says what key is made, unless --key-alg and --key-spec do. Exit codes as for `request pkcs10`. The request and its
    answer are always signed and encrypted.

    Example: lockgate --config deployment/ra/lockgate.toml request keystore --username alice
    --password-file alice.password --output alice.p12
    """
    password = _needed(given_password(password_file, password_env, prompt=password_prompt, confirm=False))
    asked = KeyStoreRetrievalRequest(
        request_id=secrets.randbits(63),
        username=username,
        password=password,
        keystore_password=None if keystore_password_file is None else read_password(keystore_password_file),
        key_alg=key_alg,
        key_spec=key_spec,
    )
    Sending(message_id, wait, replace=replace).ask(context, asked, Targets(output, as_json=as_json, force=force))


def key_recovery(
    context: typer.Context,
    username: Username,
    subject_dn: SubjectDn,
    ca: Ca,
    end_entity_profile: EndEntityProfile,
    certificate_profile: CertificateProfile,
    certificate: Annotated[Path, typer.Option(metavar="FILE", help="The certificate whose key it is (PEM).")],
    output: Keystore,
    new_certificate: NewCertificate = False,
    subject_alt_name: SubjectAltName = None,
    email: Email = None,
    password_file: PasswordFile = None,
    password_env: PasswordEnv = None,
    password_prompt: PasswordPrompt = False,
    force: Force = False,
    as_json: AnswerJson = False,
    message_id: MessageId = None,
    replace: Replace = False,
    wait: Wait = 60,
) -> None:
    """Get a key that the CA has kept, as a PKCS#12 under a password of yours.

    Exit codes as for `request pkcs10`. The request and its answer are always signed and encrypted.

    Example: lockgate --config deployment/ra/lockgate.toml request key-recovery --username alice --subject-dn
    CN=alice,O=Example --ca ManagementCA --end-entity-profile EMPTY --certificate-profile ENDUSER
    --certificate alice.pem --password-file new.password --output alice.p12
    """
    issuer_dn, serial_number = issuer_and_serial(certificate)
    asked = KeyRecoveryRequest(
        request_id=secrets.randbits(63),
        username=username,
        subject_dn=subject_dn,
        subject_alt_name=subject_alt_name,
        email=email,
        end_entity_profile=end_entity_profile,
        certificate_profile=certificate_profile,
        ca_name=ca,
        issuer_dn=issuer_dn,
        certificate_sn=serial_number,
        password=_needed(given_password(password_file, password_env, prompt=password_prompt)),
        reuse_certificate=not new_certificate,
    )
    Sending(message_id, wait, replace=replace).ask(context, asked, Targets(output, as_json=as_json, force=force))


def _needed(password: str | None) -> str:
    if password is None:
        raise ConfigurationError("a password is needed: --password-file, --password-env or --password-prompt")
    return password
