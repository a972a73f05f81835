"""`lockgate end-entity`: whom certificates are issued to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from lockgate.administration.listings import CertificateQuery, EndEntityQuery
from lockgate.administration.pages import Page
from lockgate.certification.endentity import EndEntity, EndEntityStatus, TokenType
from lockgate.errors import ConfigurationError
from lockgate.names.altname import parse_alt_name
from lockgate.names.dn import parse_dn
from lockgate_app.cli.ca_host import ca_host
from lockgate_app.cli.end_entity_import import import_end_entities
from lockgate_app.cli.options import (
    After,
    Json,
    Limit,
    OneTimePassword,
    PasswordEnv,
    PasswordFile,
    PasswordPrompt,
    Status,
    ValidHours,
    given_password,
)
from lockgate_app.cli.presentation import report, show, show_all
from lockgate_app.facts import end_entity_details, end_entity_outline
from lockgate_app.one_time_passwords import ONE_TIME_LIFETIME, new_one_time_password
from lockgate_app.words import Facts

app = typer.Typer(help="Whom certificates are issued to (on the CA host).", no_args_is_help=True)
SHOWN_CERTIFICATES = 10
ONE_TIME_HOURS = ONE_TIME_LIFETIME // timedelta(hours=1)

Username = Annotated[str, typer.Argument(metavar="USERNAME", help="The end entity's name.")]
SubjectDn = Annotated[str, typer.Option(help="For example: CN=alice,O=Example,C=SE")]
AltName = Annotated[
    str | None, typer.Option(help="For example: DNSNAME=host.example,RFC822NAME=alice@example.org; empty for none.")
]
Email = Annotated[str | None, typer.Option(help="The end entity's e-mail address; empty for none.")]
Ca = Annotated[str | None, typer.Option(help="The CA that issues.")]
EndEntityProfile = Annotated[str | None, typer.Option(help="For example EMPTY.")]
CertificateProfile = Annotated[str | None, typer.Option(help="For example ENDUSER.")]


@app.command(name="list")
def list_end_entities(context: typer.Context, limit: Limit = 50, after: After = None, as_json: Json = False) -> None:
    """All end entities by username, page by page.

    Example: lockgate --config deployment/ca/lockgate.toml end-entity list --limit 20
    """
    _show_page(context, EndEntityQuery(), Page(limit, after), as_json=as_json)


@app.command()
def search(
    context: typer.Context,
    username: Annotated[str | None, typer.Option(metavar="PATTERN", help="`*` any characters, `?` one.")] = None,
    subject: Annotated[str | None, typer.Option(metavar="PATTERN", help="Of the whole name: `*O=Example*`.")] = None,
    status: Status = None,
    ca: Ca = None,
    end_entity_profile: EndEntityProfile = None,
    certificate_profile: CertificateProfile = None,
    limit: Limit = 50,
    after: After = None,
    as_json: Json = False,
) -> None:
    """End entities that fit everything asked for, by username, page by page. Capital and small letters differ.

    Example: lockgate --config deployment/ca/lockgate.toml end-entity search --username 'dev-*' --status new
    """
    query = EndEntityQuery(
        username=username,
        subject=subject,
        status=status,
        end_entity_profile=end_entity_profile,
        certificate_profile=certificate_profile,
        ca_name=ca,
    )
    _show_page(context, query, Page(limit, after), as_json=as_json)


@app.command(name="show")
def show_end_entity(context: typer.Context, username: Username, as_json: Json = False) -> None:
    """Everything about an end entity but its password, and its latest certificates.

    Example: lockgate --config deployment/ca/lockgate.toml end-entity show alice
    """
    with ca_host(context) as host:
        listing = host.inspection.end_entity(username)
        query = CertificateQuery(exact_username=username)
        found = host.inspection.certificates(query, Page(limit=SHOWN_CERTIFICATES))
    show(end_entity_details(listing, found.items), as_json=as_json)


@app.command()
def add(
    context: typer.Context,
    username: Username,
    subject_dn: SubjectDn,
    ca: Annotated[str, typer.Option(help="The CA that issues.")],
    end_entity_profile: Annotated[str, typer.Option(help="For example EMPTY.")],
    certificate_profile: Annotated[str, typer.Option(help="For example ENDUSER.")],
    subject_alt_name: AltName = None,
    email: Email = None,
    token: Annotated[TokenType, typer.Option(help="What the end entity is given.")] = TokenType.USER_GENERATED,
    password_file: PasswordFile = None,
    password_env: PasswordEnv = None,
    password_prompt: PasswordPrompt = False,
    one_time_password: OneTimePassword = False,
    valid_hours: ValidHours = ONE_TIME_HOURS,
    as_json: Json = False,
) -> None:
    """Add an end entity with the status new. With a password, it can fetch its certificate by that.

    A one-time password is 128 random bits, shown once; the end entity's next certificate spends it: a device's own
    challenge for SCEP, or its secret for CMP.

    Example: lockgate --config deployment/ca/lockgate.toml end-entity add alice --subject-dn CN=alice,O=Example
    --ca ManagementCA --end-entity-profile EMPTY --certificate-profile ENDUSER --one-time-password
    """
    end_entity = EndEntity(
        username=username,
        subject_dn=parse_dn(subject_dn),
        subject_alt_name=parse_alt_name(subject_alt_name),
        email=email or None,
        end_entity_profile=end_entity_profile,
        certificate_profile=certificate_profile,
        ca_name=ca,
        status=EndEntityStatus.NEW,
        token=token,
    )
    asked = _PasswordOptions(password_file, password_env, password_prompt, one_time_password, valid_hours)
    password = asked.password()
    with ca_host(context) as host:
        host.administration.add_end_entity(end_entity, password.text, password.lifetime)
        added = end_entity_outline(host.inspection.end_entity(username))
    report(f"end entity {username} added{password.shown}", {**added, **password.facts}, as_json=as_json)


@app.command()
def edit(
    context: typer.Context,
    username: Username,
    subject_dn: Annotated[str | None, typer.Option(help="For example: CN=alice,O=Example,C=SE")] = None,
    subject_alt_name: AltName = None,
    email: Email = None,
    status: Status = None,
    token: Annotated[TokenType | None, typer.Option(help="What the end entity is given.")] = None,
    ca: Ca = None,
    end_entity_profile: EndEntityProfile = None,
    certificate_profile: CertificateProfile = None,
    password_file: PasswordFile = None,
    password_env: PasswordEnv = None,
    password_prompt: PasswordPrompt = False,
    one_time_password: OneTimePassword = False,
    valid_hours: ValidHours = ONE_TIME_HOURS,
    as_json: Json = False,
) -> None:
    """Change what is named, and leave the rest. A new password unlocks, too. Certificates stay as they are.

    Example: lockgate --config deployment/ca/lockgate.toml end-entity edit alice --status new --password-prompt
    """
    new = {
        "subject_dn": None if subject_dn is None else parse_dn(subject_dn),
        "subject_alt_name": None if subject_alt_name is None else parse_alt_name(subject_alt_name),
        "status": status,
        "token": token,
        "ca_name": ca,
        "end_entity_profile": end_entity_profile,
        "certificate_profile": certificate_profile,
    }
    asked = _PasswordOptions(password_file, password_env, password_prompt, one_time_password, valid_hours)
    password = asked.password()
    with ca_host(context) as host:
        host.administration.edit_end_entity(username, _change(new, email), password.text, password.lifetime)
        edited = end_entity_outline(host.inspection.end_entity(username))
    report(f"end entity {username} changed{password.shown}", {**edited, **password.facts}, as_json=as_json)


app.command(name="import")(import_end_entities)


@dataclass(frozen=True, slots=True)
class _Password:
    """A password to be stored; a lifetime makes it a one-time password, which is shown."""

    text: str | None = field(repr=False)
    lifetime: timedelta | None = None

    @property
    def shown(self) -> str:
        return "" if self.lifetime is None else f"; its one-time password: {self.text}"

    @property
    def facts(self) -> Facts:
        return {} if self.lifetime is None else {"one_time_password": self.text}


@dataclass(frozen=True, slots=True)
class _PasswordOptions:
    """The options that say which password is meant."""

    file: Path | None
    variable: str | None
    prompt: bool
    one_time: bool
    valid_hours: int

    def password(self) -> _Password:
        given = given_password(self.file, self.variable, prompt=self.prompt)
        if not self.one_time:
            return _Password(given)
        if given is not None:
            raise ConfigurationError("--one-time-password makes the password; none can be given besides")
        return _Password(new_one_time_password(), timedelta(hours=self.valid_hours))


def _change(new: Mapping[str, object], email: str | None) -> Callable[[EndEntity], EndEntity]:
    """A function that replaces what is not None; an empty e-mail address removes it."""
    changes = {name: value for name, value in new.items() if value is not None}
    if email is not None:
        changes["email"] = email or None
    return lambda stored: replace(stored, **changes)  # type: ignore[arg-type]


def _show_page(context: typer.Context, query: EndEntityQuery, page: Page, *, as_json: bool) -> None:
    with ca_host(context) as host:
        found = host.inspection.end_entities(query, page)
    rows = map(end_entity_outline, found.items)
    show_all("end_entities", rows, as_json=as_json, after=found.next, paged=True)
