"""Which test runs the commands that a page of docs/ shows, and which commands none does, and why."""

from collections.abc import Mapping
from dataclasses import dataclass, field

BY_THE_LETTER = {
    "../README.md": "tests/integration/app/test_pages.py",
    "embedding.md": "tests/integration/test_installed_examples.py",
    "hardware-keys.md": "tests/integration/app/test_hardware_keys.py",
    "how-to/galera.md": "tests/cluster/test_pages.py",
    "how-to/postgresql-patroni.md": "tests/cluster/test_pages.py",
    "how-to/several-ras.md": "tests/integration/app/test_pages.py",
    "how-to/shell-completion.md": "tests/integration/app/test_pages.py",
    "how-to/single-host.md": "tests/integration/app/test_pages.py",
    "how-to/troubleshooting.md": "tests/integration/app/test_pages.py",
    "how-to/two-zones.md": "tests/integration/app/test_pages.py",
    "ocsp.md": "tests/integration/app/test_pages.py",
    "tutorial.md": "tests/integration/app/test_pages.py",
    "web-enrolment.md": "tests/integration/app/test_pages.py",
    # Written by a program from the commands' own help.
    "reference/commands.md": "tests/test_reference.py",
}
"""Pages that a test follows as a whole; the README from `TOUR` on."""
TOUR = "## A short tour"


@dataclass(frozen=True)
class Page:
    """A page of single commands. A block is named by how it begins.

    Attributes:
        typed: run in this order, in one folder; every command must succeed. What it prints is not compared.
        before: commands that make what the page presupposes.
        left_out: why no test types them.
    """

    typed: tuple[str, ...] = ()
    before: str = ""
    left_out: Mapping[str, str] = field(default_factory=dict)


ENDLESS = "it runs until it is stopped"
IDS = "it names what the lines above it have printed"
REMOTE = "it presupposes a remote issuer"
FETCHES = "it fetches packages"
FIRST = "run before the others"
DEVICE_CA = "lockgate ca create DeviceCA --subject-dn 'CN=Device CA'"
PAGES: Mapping[str, Page] = {
    "../README.md": Page(left_out={"scripts/quickstart": "one runs this test; for the other test_quickstart.py"}),
    "administration.md": Page(
        before="lockgate init deployment; echo 'correct horse' > alice.password\n"
        "command lockgate --config deployment/ca/lockgate.toml worker >worker.log 2>&1 &",
        typed=(
            "$ lockgate ca create IssuingCA",
            "$ mkdir crl",
            "$ lockgate ca rollover prepare",
            "$ lockgate profile export ENDUSER EMPTY",
            "$ lockgate role edit RA --add-rule /endentityprofile/SERVER",
            "$ openssl req -newkey rsa:2048 -nodes -keyout www.key",
            "$ lockgate end-entity add alice",
        ),
        left_out={
            "$ sed -i 's/3072/1024/' devices.yaml": "its second command must fail; test_profile_commands.py",
            "$ lockgate certificate search": f"{IDS}; test_certificate_commands.py",
            "$ lockgate key condemn": f"{IDS}; test_certificate_commands.py",
            "$ lockgate operation list": f"{REMOTE}; test_remote_issuers.py",
            "$ lockgate approvals require": f"{IDS}; test_approvals.py",
            "$ lockgate role edit RA --add-rule /action/keyrecovery": "it presupposes a kept key; test_key_recovery.py",
            "$ lockgate role add Desk": "its second command must fail; test_role_commands.py",
        },
    ),
    "cmp.md": Page(
        before=f"lockgate init deployment --cmp; {DEVICE_CA}",
        typed=(
            "openssl req -new -newkey rsa:3072",
            "lockgate --config deployment/ca/lockgate.toml keystore issue kga",
            "lockgate --config deployment/ca/lockgate.toml cmp keystore --ca DeviceCA",
        ),
        left_out={
            "$ lockgate init deployment --cmp": FIRST,
            "$ lockgate --config deployment/ca/lockgate.toml end-entity add": f"{ENDLESS}; tests/protocol",
            "lockgate --config deployment/ra/lockgate.toml cmp-proxy serve": f"{ENDLESS}; test_cmp_proxy.py",
            "openssl ecparam -name prime256v1 -genkey -noout -out alice.key": f"{IDS}; test_cmp_openssl.py",
            "openssl ecparam -name prime256v1 -genkey -noout -out next.key": f"{IDS}; test_cmp_openssl.py",
            "$ lockgate --config deployment/ca/lockgate.toml role edit": "the alias is the reader's; tests/protocol",
            "lockgate --config deployment/ca/lockgate.toml cmp serve": f"{ENDLESS}; tests/protocol",
        },
    ),
    "console.md": Page(
        left_out={
            "$ lockgate console link": "test_console_served.py, where a console runs",
            "lockgate role add Readers": "it presupposes a certificate of ann's; test_console_served.py",
        }
    ),
    "issuers.md": Page(
        left_out={
            "$ lockgate ca list": REMOTE,
            "$ lockgate operation list": REMOTE,
            "$ lockgate --config lockgate.toml ca register": f"{REMOTE}; test_remote_issuers.py",
        }
    ),
    "migration.md": Page(
        before="lockgate init deployment",
        typed=("lockgate --config deployment/ca/lockgate.toml messages list",),
    ),
    "monitoring.md": Page(
        left_out={
            "curl http://127.0.0.1:9464/readyz": "test_health.py asks, where a worker runs",
            "promtool check rules": "tests/test_monitoring.py",
            "lockgate --config deployment/ca/lockgate.toml status": f"{ENDLESS}; test_status.py",
        }
    ),
    "operation.md": Page(
        before="openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=alice -keyout alice.key -out alice.pem"
        "; echo octets > next-alice.der",
        typed=("openssl cms -sign",),
        left_out={
            "useradd --system": "it changes the host; tests/test_deploy.py",
            "python3 -m pip wheel '.[postgresql]'": FETCHES,
            "python3 -m venv": "it installs into /opt; test_installed_examples.py installs the wheel",
            "python3 -m pip wheel --require-hashes": FETCHES,
            "lockgate --config deployment/ca/lockgate.toml end-entity edit ra": f"{IDS}; test_certificate_commands.py",
            "$ lockgate --config deployment/ra/lockgate.toml request renew": "test_renewal.py, with a certificate",
            "$ lockgate --config deployment/ca/lockgate.toml messages list": "test_messages.py, with a failed message",
            "$ lockgate --config ra/lockgate.toml load": "test_load.py, where a worker runs",
            "$ lockgate load --protocol cmp": "tests/protocol/test_cmp_load.py, where a server runs",
        },
    ),
    "scep.md": Page(
        before=f"lockgate init deployment --scep; {DEVICE_CA}",
        typed=(
            "$ lockgate --config deployment/ca/lockgate.toml end-entity add router",
            "lockgate --config deployment/ca/lockgate.toml scep-ra keystore --ca DeviceCA",
            "head -c 16 /dev/urandom",
        ),
        left_out={
            "$ lockgate init deployment --scep": FIRST,
            "lockgate --config deployment/ra/lockgate.toml scep-ra serve": f"{ENDLESS}; test_scep_ra.py",
            "$ lockgate --config deployment/ca/lockgate.toml profile import": "the file is the reader's",
            "URL=http": "tests/protocol/test_strongswan.py, where a server runs",
            "getcert add-scep-ca": "it changes the host; tests/protocol/test_certmonger.py",
        },
    ),
    "testing-adapters.md": Page(
        left_out={"$ python -m venv": f"{FETCHES}; test_installed_examples.py installs the wheel"}
    ),
}
