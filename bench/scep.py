"""SCEP enrolments through a server process, a worker process and PostgreSQL; and where the server's time goes.

Run `python -m bench.scep` from the project's root; `--help` lists the options. An enrolment is a PKCSReq and polls
until the certificate is there, each over a connection of its own, as devices do it. The messages are built before the
clock runs; the stages are timed one by one in this process.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from cryptography import x509

from lockgate.enrolment.outcome import Granted, Pending, Refused
from lockgate_app.container.scep import ScepContainer
from lockgate_app.logs import configure_logs
from lockgate_app.settings import load_ra
from lockgate_transport.scep import contents
from lockgate_transport.scep.algorithms import CURRENT
from lockgate_transport.scep.messages import read_pki_message, verify
from lockgate_transport.scep.opening import Opener
from lockgate_transport.scep.replies import Reader, Replies
from lockgate_transport.scep.rules import Composer
from tests.protocol.site import CHALLENGE, Site, build, get, post
from tests.support.databases.servers import PostgresqlServer
from tests.support.pki.bundles import bundled
from tests.support.pki.identities import rsa_key
from tests.support.wire.scep_client import Device
from tests.support.wire.scep_values import PENDING, SUCCESS

STAGE_RUNS = 300


def main() -> None:
    options = argparse.ArgumentParser(description="SCEP enrolments per second, and the time of each stage.")
    options.add_argument("--clients", type=int, nargs="+", default=[1, 16, 64], help="concurrent clients")
    options.add_argument("--enrolments", type=int, default=200, help="for each number of clients; fewer for one client")
    options.add_argument("--poll", type=float, default=0.5, help="seconds between two polls of a client")
    chosen = options.parse_args()
    configure_logs()
    server = PostgresqlServer(durable=True)
    try:
        with tempfile.TemporaryDirectory(prefix="lockgate-bench-") as directory:
            site = build(Path(directory) / "deployment", server.fresh_url(), server.fresh_url())
            measure(site, chosen.clients, chosen.enrolments, chosen.poll)
    finally:
        server.stop()


def measure(site: Site, clients: list[int], enrolments: int, pause: float) -> None:
    names = "open_per_client", "hourly_per_client", "hourly_in_all"
    bounds = "".join(f"{name} = 10000\n" for name in names) + "\n[scep.aliases.old]"
    site.deployment.ra_config.write_text(site.deployment.ra_config.read_text().replace("[scep.aliases.old]", bounds))
    site.start("worker", "--config", site.deployment.ca_config, "worker")
    site.start_server(0)
    transport, authority = bundled(get(f"{site.url()}?operation=GetCACert")[0])
    print("clients  enrolments/s  p50 s  p95 s")
    for count in clients:
        number = min(enrolments, 10 * count)
        devices = [new_device(transport, authority, f"c{count}-{index}") for index in range(number)]
        enrol_all(site, devices, count, pause)
    for name in list(site.processes):
        site.stop(name)
    stages(site, new_device(transport, authority, "stages"))


def new_device(transport: x509.Certificate, authority: x509.Certificate, name: str) -> Device:
    return Device(rsa_key(1), transport, authority.subject.public_bytes(), name, CHALLENGE)


def enrol_all(site: Site, devices: list[Device], count: int, pause: float) -> None:
    prepared = [(device, device.pkcs_req(), device.cert_poll()) for device in devices]
    began = time.perf_counter()
    with ThreadPoolExecutor(count) as pool:
        took = list(pool.map(lambda device: enrol(site.url(), device, pause), prepared))
    rate = len(devices) / (time.perf_counter() - began)
    quantiles = statistics.quantiles(took, n=20)
    print(f"{count:7}  {rate:12.1f}  {statistics.median(took):5.2f}  {quantiles[-1]:5.2f}")


def enrol(url: str, prepared: tuple[Device, bytes, bytes], pause: float) -> float:
    """Seconds from the PKCSReq to the certificate."""
    device, request, poll = prepared
    began = time.perf_counter()
    answer = device.read(post(url, request))
    while answer.status == PENDING:
        time.sleep(pause)
        answer = device.read(post(url, poll))
    if answer.status != SUCCESS:
        raise SystemExit(f"refused: {answer.text}")
    return time.perf_counter() - began


def stages(site: Site, device: Device) -> None:
    """What one PKCSReq and one CertPoll cost the server, the databases included."""
    container = ScepContainer(zone=load_ra(site.deployment.ra_config))
    scep = container.servers()[""]
    keystore, rules = scep._keystore, scep._rules
    composer = Composer(rules, container.ra.random())
    replies = Replies(keystore, CURRENT, container.ra.random())
    octets = device.pkcs_req()
    message = read_pki_message(octets)
    verified = verify(message, CURRENT)
    assert not isinstance(verified, Refused)
    read = partial(contents.certificate_request, signer=verified.signer.key)
    found = Opener(keystore, CURRENT).open(verified.content, read)
    assert not isinstance(found, Refused)
    opened, request = found
    asked = composer.enrolment(request)
    assert not isinstance(asked, Refused)
    ra, reader = container.ra.client(), Reader(verified.signer, opened.cipher)
    fresh = iter([device.with_(transaction_id=f"stage-{index}").pkcs_req() for index in range(STAGE_RUNS)])
    success = Granted((keystore.certificate, *rules.chain))
    timed = {
        "read": lambda: read_pki_message(octets),
        "verify": lambda: verify(message, CURRENT),
        "open": lambda: Opener(keystore, CURRENT).open(verified.content, lambda octets: octets),
        "content": lambda: read(request.pkcs10),
        "submessage signed, encrypted": lambda: ra.prepare([asked]),
        "reply PENDING": lambda: replies.write(message, Pending(), None),
        "reply SUCCESS": lambda: replies.write(message, success, reader),
        "whole PKCSReq": lambda: scep.answer(next(fresh), "bench"),
    }
    costs = {name: milliseconds(work) for name, work in timed.items()}
    whole = costs["whole PKCSReq"]
    print("\nstage                         ms   share of a PKCSReq")
    for name, cost in costs.items():
        print(f"{name:28}  {cost:5.2f}  {cost / whole:6.0%}")
    inside = sum(cost for name, cost in costs.items() if name not in ("reply SUCCESS", "whole PKCSReq"))
    print(f"{'the rest: message database':28}  {whole - inside:5.2f}  {(whole - inside) / whole:6.0%}")


def milliseconds(work: Callable[[], object]) -> float:
    """The median time of `work`."""
    took = []
    for _ in range(STAGE_RUNS):
        began = time.perf_counter()
        work()
        took.append(time.perf_counter() - began)
    return statistics.median(took) * 1000


if __name__ == "__main__":
    main()
