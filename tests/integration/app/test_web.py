"""`lockgate web serve`: people with a real browser, over TLS, and what cannot start."""

import re
import signal
import ssl
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12
from playwright.sync_api import Browser, Download, Page

from lockgate_app.deployment import Deployment
from lockgate_formats.cms.certs_only import certificates_in
from tests.integration.app.commands import LOCKGATE, PATIENCE, copied, edited, lockgate, with_tls, work
from tests.integration.app.serving import serving_alone
from tests.integration.app.test_cmp_proxy import secret_of
from tests.protocol.site import free_port
from tests.support.browser import chromium, shortcomings
from tests.support.deployments import created
from tests.support.pki.certificate_requests import pkcs10
from tests.support.pki.identities import ec_key

KEYSTORE_PASSWORD = "wQ7-opens-the-keystore"
HOSTILE = "</dd><script>document.title='run'</script>\u05d0"


@pytest.fixture(scope="module")
def pristine_web(tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    """A new deployment whose RA has an enrolment page."""
    return created(tmp_path_factory.mktemp("pristine") / "deployment", fronts={"web"})


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def site(pristine_web: Deployment, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Deployment, str]]:
    """The page over TLS, and its address. The worker runs where a test starts it."""
    own = copied(pristine_web, tmp_path_factory.mktemp("web") / "deployment")
    with_tls(own, "web")
    with serving_alone(own.ra_config, "web") as port:
        yield own, f"https://localhost:{port}"


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of a new browser."""
    with browser.new_context(accept_downloads=True) as context:
        yield context.new_page()


def fill(page: Page, **fields: str) -> None:
    for name, value in fields.items():
        page.locator(f"#{name}").fill(value)


def send(page: Page) -> None:
    page.locator("main button").click()


def fetched(page: Page, name: str) -> bytes:
    with page.expect_download() as waiting:
        page.locator(f'a[href$="/{name}"]').click()
    return content(waiting.value, name)


def content(download: Download, name: str) -> bytes:
    assert download.suggested_filename == name
    return Path(download.path()).read_bytes()


def test_a_pasted_request_waits_and_its_certificate_is_fetched(site: tuple[Deployment, str], page: Page) -> None:
    own, url = site
    key = ec_key(85)
    request = x509.load_der_x509_csr(pkcs10(key)).public_bytes(Encoding.PEM).decode()
    page.goto(url)
    assert shortcomings(page) == []
    fill(page, username="paul", password=secret_of(own, "paul"), request=request)
    send(page)
    assert page.get_by_role("status").inner_text().startswith("The CA has not answered yet.")
    assert shortcomings(page) == []
    page.get_by_role("link", name="look every 10 seconds").click()
    assert shortcomings(page) == []
    assert work(own).code == 0
    page.get_by_role("heading", name="Your certificate").wait_for()
    assert shortcomings(page) == []
    issued = x509.load_pem_x509_certificate(fetched(page, "certificate.pem"))
    assert issued.public_key() == key.public_key()
    assert issued.subject.rfc4514_string() == "CN=paul,O=Example"
    assert x509.load_der_x509_certificate(fetched(page, "certificate.cer")) == issued
    chain = certificates_in(fetched(page, "certificate-with-chain.p7b"))
    assert chain[0] == issued
    issued.verify_directly_issued_by(chain[1])
    assert x509.load_pem_x509_certificates(fetched(page, "certificate-with-chain.pem")) == chain


def test_a_keystore_is_handed_out_against_the_one_time_password(site: tuple[Deployment, str], page: Page) -> None:
    own, url = site
    password = secret_of(own, "petra", "--token", "P12")
    page.goto(f"{url}/keystore")
    assert shortcomings(page) == []
    page.locator("#key").select_option("P-256")
    fill(page, username="petra", password=password)
    fill(page, keystore_password=KEYSTORE_PASSWORD, keystore_password_again=KEYSTORE_PASSWORD)
    send(page)
    assert work(own).code == 0
    page.get_by_role("link", name="Look again").click()
    assert page.title() == "Your keystore - Enrolment"
    assert shortcomings(page) == []
    fill(page, username="petra", password="not-" + password)
    send(page)
    assert page.get_by_role("alert").inner_text().startswith("The username or the one-time password is wrong")
    assert password not in page.content()
    fill(page, username="petra", password=password)
    with page.expect_download() as waiting:
        send(page)
    store = pkcs12.load_pkcs12(content(waiting.value, "keystore.p12"), KEYSTORE_PASSWORD.encode())
    assert isinstance(store.key, ec.EllipticCurvePrivateKey)
    assert store.cert is not None
    assert store.cert.certificate.public_key() == store.key.public_key()
    assert store.cert.certificate.subject.rfc4514_string() == "CN=petra,O=Example"


def test_a_refusal_is_told_on_the_page_and_names_are_text(site: tuple[Deployment, str], page: Page) -> None:
    _own, url = site
    page.goto(url)
    fill(page, username=HOSTILE, password="s7-no-password", request="no request")
    send(page)
    assert page.get_by_role("alert").inner_text() != ""
    assert shortcomings(page) == []
    assert page.title() == "Get a certificate - Enrolment"
    assert page.locator("#username").input_value() == HOSTILE
    assert page.locator("#password").input_value() == ""


def test_an_uploaded_request_with_a_wrong_password_is_refused(
    site: tuple[Deployment, str], page: Page, tmp_path: Path
) -> None:
    own, url = site
    file = tmp_path / "request.der"
    file.write_bytes(pkcs10(ec_key(85)))
    page.goto(url)
    fill(page, username="nobody", password="s7-no-password")
    page.locator("#file").set_input_files(file)
    send(page)
    assert work(own).code == 0
    page.get_by_role("link", name="Look again").click()
    assert page.title() == "Your request was refused - Enrolment"
    assert page.get_by_role("alert").inner_text().startswith("The username or the one-time password is wrong")
    assert shortcomings(page) == []
    assert re.fullmatch("[0-9a-f]{64}", page.locator("dd").inner_text())


def status(url: str, ca: Path | None = None) -> int:
    """Of the answer to a request from this host."""
    context = None if ca is None else ssl.create_default_context(cafile=ca)
    with urllib.request.urlopen(url, timeout=PATIENCE, context=context) as answer:
        return int(answer.status)


def test_without_tls_it_answers_this_host(pristine_web: Deployment) -> None:
    with serving_alone(pristine_web.ra_config, "web") as port:
        assert status(f"http://127.0.0.1:{port}/keystore") == 200


def test_the_command_listens_nowhere_that_the_settings_may_not_name(pristine_web: Deployment) -> None:
    done = lockgate("--config", str(pristine_web.ra_config), "web", "serve", "--host", "0.0.0.0")
    assert done.code == 2
    assert "other hosts reach 0.0.0.0, and would send passwords in clear" in done.err


def test_serve_runs_it_beside_the_others(pristine_web: Deployment, tmp_path: Path) -> None:
    own, port = copied(pristine_web, tmp_path / "deployment"), free_port()
    edited(own.ra_config, "port = 8080", f"port = {port}")
    command = [LOCKGATE, "--config", str(own.ra_config), "serve"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            assert any('"event": "listening"' in line for line in process.stderr)
            assert status(f"http://127.0.0.1:{port}/") == 200
        finally:
            process.terminate()
            process.communicate(timeout=PATIENCE)


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('host = "127.0.0.1"', 'host = "0.0.0.0"', "other hosts reach 0.0.0.0, and would send passwords in clear"),
        ('"P-256"]', '"P-257"]', "web.keystore_keys.1: must be 'RSA-2048', 'RSA-3072'"),
        ('secret = { file = "web.secret" }', 'secret = "short"', "web.secret: at least 16 characters are needed"),
    ],
)
def test_a_page_that_cannot_start_says_why(
    pristine_web: Deployment, tmp_path: Path, old: str, new: str, complaint: str
) -> None:
    own = copied(pristine_web, tmp_path / "deployment")
    edited(own.ra_config, old, new)
    done = lockgate("--config", own.ra_config, "web", "serve", "--port", 0)
    assert done.code == 2
    assert complaint in done.err


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
def test_a_server_ends_well_as_soon_as_it_listens(pristine_web: Deployment, end: signal.Signals) -> None:
    with serving_alone(pristine_web.ra_config, "web", end=end) as port:
        assert port


def test_another_host_has_no_page(pristine_web: Deployment) -> None:
    assert "this RA host runs no enrolment page" in no_table(pristine_web)
    assert "the command needs the RA host's" in lockgate("--config", pristine_web.ca_config, "web", "serve").err


def no_table(deployment: Deployment) -> str:
    """What is said of a configuration without the table."""
    config = deployment.ra / "without.toml"
    config.write_text(deployment.ra_config.read_text().partition("\n[web]")[0])
    return lockgate("--config", config, "web", "serve").err


def test_the_check_tells_how_browsers_reach_it(site: tuple[Deployment, str]) -> None:
    own, _ = site
    done = lockgate("--config", own.ra_config, "check")
    assert done.code == 0, done.out
    assert "it speaks TLS" in done.out
    assert "keystores can have keys of RSA-3072, P-256" in done.out
