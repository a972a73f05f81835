"""CMP enrolments (ir and certConf) through proxy, PostgreSQL and worker, and directly: how many, how long, and what the
lock adds; where the service's processor time goes; and with one client, OpenSSL's mock server beside it.

Run `python -m bench.cmp` from the project's root; `--help` lists the options. The journal and the audit log are on, and
commits are on the disk. The first messages are made before the clock runs; keys and proofs of possession cost nothing
then. Clients keep their connections, as the load generator's do.
"""

import argparse
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from lockgate_app.container.cmp import CmpContainer
from lockgate_app.logs import configure_logs
from lockgate_app.settings import load_ca
from lockgate_formats.cmp.limits import ProtectionLimits
from lockgate_formats.cmp.macs import PASSWORD_BASED_MAC_SHA256, PBMAC1_SHA256
from lockgate_formats.cmp.pki_message import read_message
from lockgate_formats.cmp.protection import read_protection
from lockgate_formats.cmp_client import (
    AnswerTrust,
    Carry,
    CertificateRequest,
    CmpClient,
    CmpClientParts,
    CmpClientSettings,
    CmpTransaction,
    Credentials,
    SharedSecret,
    SigningCredentials,
    State,
)
from lockgate_transport.cmp.carry import HttpCarry
from lockgate_transport.host.clock import HostClock, HostRandom
from tests.protocol.cmp_site import DIRECT, PROXIED, REFERENCE, SECRET, CmpSite, build
from tests.support.databases.servers import PostgresqlServer
from tests.support.wire.cmp_mock import mock_pki
from tests.support.wire.cmp_openssl import SYSTEM, openssl_cmp

ALIAS = "bench"
SETTINGS = f"""mode = "ra"
secrets = {{ {REFERENCE} = "{SECRET}" }}
ra_certificates = ["{{desk}}"]
open_per_sender = 1000000
open_in_all = 1000000
"""
STAGE_RUNS = 200
GOALS = {"rate": 100, "added ms": 50, "ratio": 0.60, "beside the mock server": 1.2}


def main() -> None:
    options = argparse.ArgumentParser(description="CMP enrolments per second, directly and through the lock.")
    options.add_argument("--clients", type=int, nargs="+", default=[1, 16, 64], help="concurrent clients")
    options.add_argument("--enrolments", type=int, default=400, help="for each number of clients; fewer for one client")
    options.add_argument("--protection", choices=list(PROTECTIONS), nargs="+", default=["PBMAC1", "signature"])
    chosen = options.parse_args()
    with site_and_server() as (site, _), tempfile.TemporaryDirectory(prefix="lockgate-bench-") as directory:
        for protection in chosen.protection:
            measure(site, protection, chosen.clients, chosen.enrolments)
            stages(site, protection)
        beside_mock_server(site, Path(directory))


@dataclass(frozen=True)
class Running:
    """The deployment, and the URLs of its two endpoints."""

    site: CmpSite
    urls: dict[str, str]


@contextmanager
def site_and_server() -> Iterator[tuple[Running, PostgresqlServer]]:
    """A deployment that runs, and the server of its databases, whose commits are on the disk."""
    configure_logs()
    server = PostgresqlServer(durable=True)
    try:
        with (
            tempfile.TemporaryDirectory(prefix="lockgate-bench-") as directory,
            running(server, Path(directory)) as site,
        ):
            yield site, server
    finally:
        server.stop()


@contextmanager
def running(server: PostgresqlServer, directory: Path) -> Iterator[Running]:
    site = build(directory / "deployment", server.fresh_url(), server.fresh_url(), {ALIAS: SETTINGS})
    site.deployment.ca_config.write_text(
        site.deployment.ca_config.read_text().replace("max_per_hour = 10000", "max_per_hour = 1000000")
    )
    site.start_worker()
    try:
        yield Running(site, {name: site.start_endpoint(name).url(ALIAS) for name in (DIRECT, PROXIED)})
    finally:
        site.stop_all()


# ---- clients


def by_secret(mac: Any) -> Callable[[CmpSite], Credentials]:
    return lambda _: SharedSecret(REFERENCE.encode(), SECRET.encode(), mac)


def by_signature(site: CmpSite) -> Credentials:
    key: Any = load_pem_private_key(site.desk.key.read_bytes(), None)
    return SigningCredentials(key, site.desk.loaded.public_bytes(Encoding.DER))


PROTECTIONS: dict[str, Callable[[CmpSite], Credentials]] = {
    "PBMAC1": by_secret(PBMAC1_SHA256),
    "PasswordBasedMac": by_secret(PASSWORD_BASED_MAC_SHA256),
    "signature": by_signature,
}


def client_of(site: CmpSite, protection: str, carry: Carry) -> CmpClient:
    trust = AnswerTrust(certificates=(site.service.public_bytes(Encoding.DER),))
    settings = CmpClientSettings(attempts=1, protection=ProtectionLimits(hmac_sha1=True))
    parts = CmpClientParts(carry, HostClock(), HostRandom())
    return CmpClient(parts, PROTECTIONS[protection](site), trust, settings)


NUMBERS = iter(range(10**9))
LOCK = threading.Lock()


def asking() -> CertificateRequest:
    with LOCK:
        number = next(NUMBERS)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, f"bench-{number}")])
    return CertificateRequest(subject=subject.public_bytes(), key=ec.generate_private_key(ec.SECP256R1()))


@dataclass(frozen=True)
class Taken:
    """Seconds of one enrolment: until the certificate came, and until its confirmation was answered."""

    issued: float
    confirmed: float


def enrol(client: CmpClient, asked: CmpTransaction) -> Taken:
    began = time.perf_counter()
    issued = client.send(asked)
    came = time.perf_counter()
    if issued.state is not State.ISSUED:
        raise SystemExit(f"refused: {[str(refusal) for refusal in issued.refusals]}")
    ended = client.send(client.confirm(issued))
    if not ended.usable:
        raise SystemExit(f"not confirmed: {ended.state}")
    return Taken(came - began, time.perf_counter() - began)


def enrol_all(running: Running, protection: str, url: str, clients: int, number: int) -> tuple[float, list[Taken]]:
    """Enrolments a second, and the time of each."""
    carries = [HttpCarry(url, keep_alive=True) for _ in range(clients)]
    prepared = []
    for carry in carries:
        client = client_of(running.site, protection, carry)
        prepared.append((client, [client.ir([asking()]) for _ in range(number // clients)]))

    def work(share: tuple[CmpClient, list[CmpTransaction]]) -> list[Taken]:
        client, transactions = share
        return [enrol(client, asked) for asked in transactions]

    began = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        taken = [one for share in pool.map(work, prepared) for one in share]
    seconds = time.perf_counter() - began
    for carry in carries:
        carry.close()
    return len(taken) / seconds, taken


def measure(running: Running, protection: str, clients: Sequence[int], enrolments: int) -> None:
    print(f"\n{protection}\nclients             enrolments/s   ir p50 ms   both p50 ms   both p95 ms")
    for endpoint in (DIRECT, PROXIED):
        enrol_all(running, protection, running.urls[endpoint], 2, 20)  # connections, caches
    for count in clients:
        number = max(min(enrolments, 50 * count), 2 * count)
        found = {name: enrol_all(running, protection, url, count, number) for name, url in running.urls.items()}
        for name, (rate, taken) in found.items():
            both = statistics.quantiles((one.confirmed * 1000 for one in taken), n=20)
            times = f"{median_issued(taken):10.1f}  {statistics.median(both):12.1f}  {both[-1]:12.1f}"
            print(f"{count:7}  {name:8}  {rate:13.1f}  {times}")
        added = median_issued(found[PROXIED][1]) - median_issued(found[DIRECT][1])
        print(f"{count:7}  the lock adds {added:.1f} ms to the median ir (goal {GOALS['added ms']})")


def median_issued(taken: Sequence[Taken]) -> float:
    """Milliseconds."""
    return statistics.median(one.issued for one in taken) * 1000


# ---- the service's processor time


def stages(running: Running, protection: str) -> None:
    """The processor time of the service's process for each enrolment, the database's client included, and the bare
    cryptography in it."""
    service = CmpContainer(zone=load_ca(running.site.deployment.ca_config)).service()
    spent = 0.0
    answers: list[bytes] = []

    def carry(message: bytes) -> bytes:
        nonlocal spent
        began = time.process_time()
        answer = service.answer(ALIAS, message)
        spent += time.process_time() - began
        answers.append(answer)
        return answer

    client = client_of(running.site, protection, carry)
    enrol(client, client.ir([asking()]))
    prepared = [client.ir([asking()]) for _ in range(STAGE_RUNS)]
    spent = 0.0
    for asked in prepared:
        enrol(client, asked)
    cost = spent / STAGE_RUNS * 1000
    bare = sum(bare_cryptography(running.site, prepared[0].message, answers[-2]).values())
    print(f"\nthe service's processor time for ir and certConf: {cost:.2f} ms, {bare:.2f} of it bare cryptography:")
    for name, milliseconds in bare_cryptography(running.site, prepared[0].message, answers[-2]).items():
        print(f"    {name:40}  {milliseconds:5.2f} ms")
    print(f"    ratio {bare / cost:.0%} (goal {GOALS['ratio']:.0%})")


def bare_cryptography(site: CmpSite, request: bytes, answer: bytes) -> dict[str, float]:
    """Milliseconds of each primitive that an ir with its certConf cannot do without."""
    read = {"request": read_message(request), "answer": read_message(answer)}
    costs = {
        "proof of possession verified (P-256)": milliseconds(_verification(ec.generate_private_key(ec.SECP256R1()))),
        "certificate signed (RSA-3072)": milliseconds(_signature(rsa.generate_private_key(65537, 3072))),
    }
    for name, message in read.items():
        protection = read_protection(message.header.protection_algorithm or b"")
        if isinstance(protection, type(PBMAC1_SHA256) | type(PASSWORD_BASED_MAC_SHA256)):
            work: Callable[[], object] = partial(protection.compute, SECRET.encode(), message.protected_part)
            costs[f"MAC of the {name}, twice"] = 2 * milliseconds(work)
        else:
            signer: Any = (site.desk.loaded if name == "request" else site.service).public_key()
            key = rsa.generate_private_key(65537, signer.key_size)
            verb, work = ("verified", _verification(key)) if name == "request" else ("made", _signature(key))
            costs[f"signature of the {name} {verb}, twice (RSA-{key.key_size})"] = 2 * milliseconds(work)
    return costs


def _signature(key: rsa.RSAPrivateKey) -> Callable[[], object]:
    return lambda: key.sign(bytes(600), padding.PKCS1v15(), hashes.SHA256())


def _verification(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> Callable[[], object]:
    public: Any = key.public_key()
    how = _schemes(key)
    signature = key.sign(bytes(600), *how)
    return lambda: public.verify(signature, bytes(600), *how)


def _schemes(key: object) -> tuple[Any, ...]:
    if isinstance(key, rsa.RSAPrivateKey):
        return padding.PKCS1v15(), hashes.SHA256()
    return (ec.ECDSA(hashes.SHA256()),)


def milliseconds(work: Callable[[], object]) -> float:
    """The median processor time of `work`."""
    took = []
    for _ in range(50):
        began = time.process_time()
        work()
        took.append(time.process_time() - began)
    return statistics.median(took) * 1000


# ---- beside OpenSSL's mock server


def beside_mock_server(running: Running, directory: Path) -> None:
    """The time of an ir with one client: the mock server signs nothing and keeps nothing."""
    (directory / "mock").mkdir()
    (directory / "openssl").mkdir()
    pki = mock_pki(directory / "mock")
    options: dict[str, Any] = {"srv_ref": REFERENCE, "srv_secret": SECRET, "rsp_cert": pki.certificate("issued")}
    request = CertificateRequest(subject=pki.issued.certificate.subject.public_bytes(), key=pki.issued.key)
    with openssl_cmp(SYSTEM, directory / "openssl").serve(**options, **pki.signing) as server:
        mock = median_ir(running, server.url, lambda: request)
    print("\none client, PasswordBasedMac, a connection for each message: ir p50 ms")
    print(f"    openssl cmp -port  {mock:6.2f}")
    for name, url in running.urls.items():
        ours = median_ir(running, url, asking)
        goal = f" (goal {GOALS['beside the mock server']})" if name == DIRECT else ""
        print(f"    {name:17}  {ours:6.2f}, {ours / mock:.1f} times its time{goal}")


def median_ir(running: Running, url: str, request: Callable[[], CertificateRequest]) -> float:
    client = client_of(running.site, "PasswordBasedMac", HttpCarry(url))
    return statistics.median(enrol(client, client.ir([request()])).issued for _ in range(50)) * 1000


if __name__ == "__main__":
    main()
