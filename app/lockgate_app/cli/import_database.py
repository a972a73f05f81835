"""`lockgate import-database`: end entities and certificates, coming from EJBCA."""

from pathlib import Path
from typing import Annotated

import typer

from lockgate_app.cli.options import Json, PasswordEnv, PasswordFile, PasswordPrompt, given_password
from lockgate_app.cli.presentation import show
from lockgate_app.container.databases import original_records
from lockgate_app.logs import configure_logs
from lockgate_app.migration.original_records import END_ENTITIES, export_records


def import_database(
    url: Annotated[
        str, typer.Argument(metavar="URL", help="postgresql://USER@HOST/DATABASE, mariadb://…, sqlite:///…")
    ],
    output: Annotated[Path, typer.Option(metavar="DIR", help="A new directory for the files.")],
    tls_ca: Annotated[
        Path | None, typer.Option(metavar="FILE", help="PEM file of the CAs of the server's certificate.")
    ] = None,
    password_file: PasswordFile = None,
    password_env: PasswordEnv = None,
    password_prompt: PasswordPrompt = False,
    as_json: Json = False,
) -> None:
    """Write the end entities and certificates of EJBCA's database to files that other commands import.

    Those are `end-entity import` and `ca import`. The database is read only: give it a user that may do nothing else.
    Passwords and keys are not read. The user's password never stands in the URL.

    Example: lockgate import-database mariadb://reader@ejbca.example/ejbca --password-file reader.password
    --tls-ca db-ca.pem --output records
    """
    configure_logs()
    password = given_password(password_file, password_env, prompt=password_prompt, confirm=False)
    with original_records(url, password, tls_ca) as records:
        done = export_records(records, output)
    facts = {
        "end_entities": done.end_entities,
        "written": str(output / END_ENTITIES),
        "certificates": dict(done.certificates),
        "revoked": dict(done.revoked),
        "unreadable_certificates": done.unreadable,
        "certificates_of_other_cas": done.foreign,
        "to_fill_in": list(done.incomplete),
    }
    show(facts, as_json=as_json)
