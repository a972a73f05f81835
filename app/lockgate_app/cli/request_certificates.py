"""`lockgate request pkcs10`, `certificate` and `card-renewal`: certificates for keys that their owners bring."""

import secrets
from pathlib import Path
from typing import Annotated

import typer

from lockgate.errors import ConfigurationError
from lockgate.requests.submessages import (
    CardRenewalRequest,
    CertificateRequestRequest,
    PKCS10Request,
    RequestKind,
    ResponseKind,
)
from lockgate_app.cli.options import Force, PasswordEnv, PasswordFile, PasswordPrompt, given_password
from lockgate_app.cli.pickup import Targets
from lockgate_app.cli.requests import (
    AnswerJson,
    Ca,
    CertificateProfile,
    Chain,
    Email,
    EndEntityProfile,
    FullChain,
    MessageId,
    NoEncrypt,
    NoSign,
    Output,
    Replace,
    Sending,
    SignOutput,
    SubjectAltName,
    SubjectDn,
    Username,
    Wait,
    WithRoot,
)
from lockgate_app.keys import read_certificate
from lockgate_app.request_files import read_request

Form = Annotated[RequestKind, typer.Option(case_sensitive=False, help="What the request file holds.")]
Answer = Annotated[ResponseKind, typer.Option(case_sensitive=False, help="What the answer shall hold.")]
CreateOrEdit = Annotated[
    bool, typer.Option("--create-or-edit", help="Add or edit the end entity; else its password must be right.")
]
SerialNumber = Annotated[
    str | None, typer.Option(metavar="HEX", help="The certificate's; only where the profile lets it be chosen.")
]
OldCertificate = Annotated[Path, typer.Option(metavar="FILE", help="The card's old certificate (PEM).")]
NewRequest = Annotated[Path, typer.Option(metavar="FILE", help="The new key's PKCS#10, signed by the old key.")]
OtherProfile = Annotated[str | None, typer.Option(help="Certificate profile; by default the end entity's.")]
OtherCa = Annotated[str | None, typer.Option(help="The CA that shall issue; by default the end entity's.")]


def pkcs10(
    context: typer.Context,
    username: Username,
    subject_dn: SubjectDn,
    csr: Annotated[Path, typer.Option(metavar="FILE", help="The PKCS#10, PEM or DER.")],
    ca: Ca,
    end_entity_profile: EndEntityProfile,
    certificate_profile: CertificateProfile,
    output: Output,
    chain: Chain = None,
    fullchain: FullChain = None,
    with_root: WithRoot = False,
    subject_alt_name: SubjectAltName = None,
    email: Email = None,
    force: Force = False,
    as_json: AnswerJson = False,
    message_id: MessageId = None,
    replace: Replace = False,
    wait: Wait = 60,
    no_sign: NoSign = False,
    no_encrypt: NoEncrypt = False,
) -> None:
    """Have a certificate issued for the key of a PKCS#10.

    Without --subject-alt-name its own alternative names are asked for; the CA's profiles decide on them. An empty one
    asks for none.

    Exit code 0: the certificate is written. 1: the CA refused; its reason is shown. 3: no answer came in time; the
    message stays, and `request resume` picks the answer up later. 2: anything else.

    Example: lockgate --config deployment/ra/lockgate.toml request pkcs10 --username alice --subject-dn
    CN=alice,O=Example --csr alice.csr --ca ManagementCA --end-entity-profile EMPTY --certificate-profile ENDUSER
    --output alice.pem
    """
    asked = PKCS10Request(
        request_id=secrets.randbits(63),
        username=username,
        subject_dn=subject_dn,
        subject_alt_name=subject_alt_name,
        email=email,
        end_entity_profile=end_entity_profile,
        certificate_profile=certificate_profile,
        ca_name=ca,
        pkcs10=read_request(csr),
    )
    targets = Targets(output, chain, as_json=as_json, fullchain=fullchain, with_root=with_root, force=force)
    Sending(message_id, wait, no_sign, no_encrypt, replace).ask(context, asked, targets)


def certificate(
    context: typer.Context,
    username: Username,
    subject_dn: SubjectDn,
    request: Annotated[Path, typer.Option(metavar="FILE", help="The key: PEM, Base64 or DER; an SPKAC= line.")],
    ca: Ca,
    end_entity_profile: EndEntityProfile,
    certificate_profile: CertificateProfile,
    output: Annotated[Path, typer.Option(metavar="FILE", help="Where to write certificate or PKCS#7 (PEM).")],
    form: Form = RequestKind.PKCS10,
    response: Answer = ResponseKind.CERTIFICATE,
    fullchain: FullChain = None,
    with_root: WithRoot = False,
    create_or_edit: CreateOrEdit = False,
    serial_number: SerialNumber = None,
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
    no_sign: NoSign = False,
    no_encrypt: NoEncrypt = False,
) -> None:
    """Have a certificate issued for a key in any of four forms, to an end entity that has a password, or adding it.

    Exit codes as for `request pkcs10`. --fullchain needs --response pkcs7withchain.

    Example: lockgate --config deployment/ra/lockgate.toml request certificate --username alice --subject-dn
    CN=alice,O=Example --request alice.spkac --form spkac --ca ManagementCA --end-entity-profile EMPTY
    --certificate-profile ENDUSER --password-file alice.password --output alice.pem
    """
    if fullchain is not None and response is not ResponseKind.PKCS7_WITH_CHAIN:
        raise ConfigurationError("--fullchain needs --response pkcs7withchain")
    asked = CertificateRequestRequest(
        request_id=secrets.randbits(63),
        username=username,
        subject_dn=subject_dn,
        subject_alt_name=subject_alt_name,
        email=email,
        end_entity_profile=end_entity_profile,
        certificate_profile=certificate_profile,
        ca_name=ca,
        request_type=form,
        request_data=read_request(request, form),
        response_type=response,
        password=given_password(password_file, password_env, prompt=password_prompt, confirm=create_or_edit),
        create_or_edit_user=create_or_edit,
        certificate_serial_number=serial_number,
    )
    targets = Targets(output, as_json=as_json, fullchain=fullchain, with_root=with_root, force=force)
    Sending(message_id, wait, no_sign, no_encrypt, replace).ask(context, asked, targets)


def card_renewal(
    context: typer.Context,
    auth_certificate: OldCertificate,
    auth_csr: NewRequest,
    sign_certificate: OldCertificate,
    sign_csr: NewRequest,
    output: Annotated[Path, typer.Option(metavar="FILE", help="Where to write the new authentication certificate.")],
    sign_output: SignOutput,
    auth_profile: OtherProfile = None,
    auth_ca: OtherCa = None,
    sign_profile: OtherProfile = None,
    sign_ca: OtherCa = None,
    force: Force = False,
    as_json: AnswerJson = False,
    message_id: MessageId = None,
    replace: Replace = False,
    wait: Wait = 60,
    no_sign: NoSign = False,
    no_encrypt: NoEncrypt = False,
) -> None:
    """Have both certificates of a card renewed, for new keys that its old keys vouch for.

    Each PKCS#10 holds a new key and is signed by the old one. The end entity's status must be NEW. Exit codes as for
    `request pkcs10`.

    Example: lockgate --config deployment/ra/lockgate.toml request card-renewal --auth-certificate auth.pem --auth-csr
    auth.csr --sign-certificate sign.pem --sign-csr sign.csr --output new-auth.pem --sign-output new-sign.pem
    """
    asked = CardRenewalRequest(
        request_id=secrets.randbits(63),
        auth_cert=read_certificate(auth_certificate),
        sign_cert=read_certificate(sign_certificate),
        auth_pkcs10=read_request(auth_csr),
        sign_pkcs10=read_request(sign_csr),
        auth_profile=auth_profile,
        sign_profile=sign_profile,
        auth_ca=auth_ca,
        sign_ca=sign_ca,
    )
    Sending(message_id, wait, no_sign, no_encrypt, replace).ask(
        context, asked, Targets(output, sign=sign_output, as_json=as_json, force=force)
    )
