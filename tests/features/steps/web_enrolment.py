"""Steps of the enrolment page: what people and hostile ones do."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pytest_bdd import given, parsers, then, when

from lockgate.certification.endentity import TokenType
from tests.support.pki.certificate_requests import pkcs10
from tests.support.pki.identities import ec_key, rsa_key
from tests.support.scenarios.web_site import KEYSTORE_PASSWORD, WebSite

KEY = 85
TOKENS = {
    "a key of his own": TokenType.USER_GENERATED,
    "a keystore": TokenType.P12,
    "a keystore in PEM": TokenType.PEM,
}
LOCAL = {"Host": "localhost:8080", "Origin": "http://localhost:8080"}
COMINGS: dict[str, tuple[str, str, dict[str, str]]] = {
    "over TLS": ("https", "192.0.2.1", {}),
    "from this host": ("http", "127.0.0.1", LOCAL),
    "from another host in clear": ("http", "192.0.2.1", {}),
    "from this host for another one, as a proxy": ("http", "127.0.0.1", LOCAL | {"X-Forwarded-For": "192.0.2.1"}),
    "from this host for a name of another one": ("http", "127.0.0.1", {}),
}


def pem(der: bytes) -> str:
    return x509.load_der_x509_csr(der).public_bytes(Encoding.PEM).decode()


OWN_REQUEST = pem(pkcs10(ec_key(KEY)))
FORMS: dict[str, Callable[[], dict[str, str]]] = {
    "no certificate request": lambda: {"request": ""},
    "a text that is none": lambda: {"request": "no request"},
    "a certificate request of 20 KiB": lambda: {"request": pem(pkcs10(ec_key(KEY), name="n" * 20_000))},
    "a form of 70 KiB": lambda: {"request": "n" * 70_000},
    "a request signed by another key": lambda: {"request": pem(pkcs10(ec_key(KEY), signed_by=ec_key(86)))},
    "a request for a short key": lambda: {"request": pem(pkcs10(rsa_key(87, 1024)))},
    "an invisible username": lambda: {"username": "pa\u202eul"},
}


@given("an enrolment page")
def enrolment_page(site: WebSite) -> None:
    site.configure()


@given(parsers.parse('the end entity "{name}" with the one-time password "{password}" and {token}'))
def stored(site: WebSite, name: str, password: str, token: str) -> None:
    site.world.ca_side.store_end_entity(name, password=password, token=TOKENS[token])


@given(parsers.parse('the end entity "{name}" with the password "{password}", which the CA made for one certificate'))
def stored_with_one_time(site: WebSite, name: str, password: str) -> None:
    ca_side = site.world.ca_side
    ca_side.store_end_entity(name)
    ca_side.administration.edit_end_entity(name, lambda end_entity: end_entity, password, timedelta(hours=2))


@given(parsers.parse("browsers come {how}"))
def coming(site: WebSite, how: str) -> None:
    site.scheme, site.client, site.headers = COMINGS[how]


@given(parsers.parse('a page at "{origin}" sends the forms, and the browser says {told}'))
def sent_from(site: WebSite, origin: str, told: str) -> None:
    site.headers = {"Origin": origin, "Sec-Fetch-Site": told}


@given(parsers.re("an enrolment page that (?P<does>keeps|opens) at most 2 .*"))
def bounded(site: WebSite, does: str) -> None:
    site.configure(**{"open_per_client" if does == "keeps" else "hourly_per_client": 2})


@given("an enrolment page that keeps transactions for 30 days")
def keeps_long(site: WebSite) -> None:
    site.configure(transaction_lifetime=30 * 86_400)


@when(parsers.re('"(?P<name>[^"]+)" asks for a certificate with "(?P<password>[^"]+)"'))
def asks(site: WebSite, name: str, password: str) -> None:
    site.post("/", username=name, password=password, request=OWN_REQUEST)
    if site.replies[-1].status == 303:
        site.look()


@when(parsers.parse('"paul" sends the form for a certificate with "{password}" twice at once'))
def asks_twice(site: WebSite, password: str) -> None:
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda _: asks(site, "paul", password), range(2)))


@when(parsers.parse('"{name}" asks for a certificate with {count:d} wrong passwords'))
def asks_wrongly(site: WebSite, name: str, count: int) -> None:
    for number in range(count):
        asks(site, name, f"qN3-wrong-password-{number}")


@when(parsers.re('"(?P<name>[^"]+)" asks for (?P<kind>a|an RSA) keystore with "(?P<password>[^"]+)"'))
def asks_for_keystore(site: WebSite, name: str, kind: str, password: str) -> None:
    site.post(
        "/keystore",
        username=name,
        password=password,
        key="RSA-3072" if kind == "an RSA" else "P-256",
        keystore_password=KEYSTORE_PASSWORD,
        keystore_password_again=KEYSTORE_PASSWORD,
    )


@when(parsers.re('"(?P<name>[^"]+)" fetches the keystore with "(?P<password>[^"]+)"'))
def fetches(site: WebSite, name: str, password: str) -> None:
    site.post(site.places[-1], username=name, password=password)


@when('"petra" tries 10 wrong passwords to fetch the keystore')
def fetches_wrongly(site: WebSite) -> None:
    for number in range(10):
        fetches(site, "petra", f"qN3-wrong-password-{number}")
        assert "is wrong" in site.told


@when("somebody in another network tries 10 wrong passwords to fetch the keystore")
def another_fetches_wrongly(site: WebSite) -> None:
    own, site.client = site.client, "198.51.100.7"
    fetches_wrongly(site)
    site.client = own


@when("100 other networks try a wrong password each to fetch the keystore")
def many_fetch_wrongly(site: WebSite) -> None:
    own = site.client
    for number in range(100):
        site.client = f"198.51.100.{number}"
        fetches(site, "petra", "qN3-wrong-password")
    site.client = own


@when(parsers.parse("{count:d} minutes pass"))
def minutes_pass(site: WebSite, count: int) -> None:
    site.world.patience.sleep(count * 60)


@when(parsers.parse('"{name}" has asked for a certificate with "{password}" {count:d} days ago'))
def asked_before(site: WebSite, name: str, password: str, count: int) -> None:
    """The CA has another clock: it stays."""
    since = timedelta(days=count).total_seconds()
    site.world.patience.sleep(-since)
    asks(site, name, password)
    site.world.patience.sleep(since)


@when("the enrolment page is started again")
def restarted(site: WebSite) -> None:
    site.configure()


@when("an enrolment page with another secret gets the same form")
def another_secret(site: WebSite) -> None:
    site.configure(secret="bX2-secret-of-another-page")
    asks(site, "paul", site.sent[-1]["password"])


@when(parsers.parse('"paul" fills the form with {what}'))
def sends(site: WebSite, what: str) -> None:
    usual = {"username": "paul", "password": "kT5-paul-enrols", "request": OWN_REQUEST}
    site.post("/", **(usual | FORMS[what]()))


@then(parsers.parse('the page says "{sentence}"'))
def says(site: WebSite, sentence: str) -> None:
    """The page of the form, or the one that it has led to as it is now."""
    if site.replies[-1].status == 303 or (site.places and site.replies[-1].status == 200):
        site.look()
    assert sentence in site.told
