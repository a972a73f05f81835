#!/usr/bin/env python3
"""A CA of `openssl ca` behind Lockgate: the program of an issuer of the kind "command" (docs/issuer-command.md).

It runs in the CA's folder, which holds `openssl.cnf`, `ca.pem`, `ca.key`, and the database of `openssl ca`: `index.txt`
with one line for each certificate, and `newcerts/` with the certificates. The database is the record of what was done:
a certificate has the serial number that Lockgate has ordered, so the same order again finds it there. `revocations`
lists the orders of other standings that were carried out. One run at a time works on the folder.
"""

import base64
import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

NOTHING_WAS_DONE, UNKNOWN_VERB = 75, 64
INDEX, DONE, CERTIFICATES, WORK = Path("index.txt"), Path("revocations"), Path("newcerts"), Path("work")
CONFIG = Path("openssl.cnf")
HOLD = "certificateHold"
REASONS: Mapping[str, str] = {
    "cACompromise": "CACompromise",
    "aACompromise": "unspecified",
    "privilegeWithdrawn": "unspecified",
}
"""Reasons that `openssl ca` calls otherwise, or has no word for."""


Json = dict[str, Any]


class Refused(Exception):
    """The CA cannot do what it is asked for; the text says why."""


def main() -> int:
    """Carry out the request on standard input; the exit code."""
    request = json.load(sys.stdin)
    verb = VERBS.get(request["verb"])
    if verb is None:
        return UNKNOWN_VERB
    if not CONFIG.exists():
        sys.stderr.write(f"there is no {CONFIG} in {Path.cwd()}\n")
        return NOTHING_WAS_DONE
    with Path("lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        repair()
        try:
            answer = verb(request)
        except Refused as refused:
            answer = {"result": "refused", "reason": str(refused)}
        shutil.rmtree(WORK)
    json.dump({"operation": request["operation"], **answer}, sys.stdout)
    return 0


# ---- certificates


def issue(request: Json) -> Json:
    """The certificate, which is issued where it was not before."""
    found = issued(request)
    if found is None:
        certify(request)
        found = issued(request)
    return {"result": "issued", "certificate": found}


def issued(order: Json) -> str | None:
    """The certificate of the order; None where it was not issued."""
    serial = order["serial_number"].upper()
    if entry(serial) is None:
        return None
    certificate = CERTIFICATES / f"{serial}.pem"
    if openssl("x509", "-in", certificate, "-noout", "-pubkey") != order["public_key"]:
        raise Refused("This CA has issued another certificate with that serial number.")
    return certificate.read_text()


def certify(order: Json) -> None:
    """Issue the certificate, as the order says."""
    subject = subject_of(order["subject"])
    extensions = WORK / "extensions.cnf"
    extensions.write_text("\n".join(["[order]", *map(extension, order["extensions"])]))
    more = ("-extfile", extensions, "-extensions", "order")
    serial = order["serial_number"].upper()
    if not has_key(order["pkcs10"], order["public_key"]):
        certify_key(order, serial, more)
    else:
        write("request.pem", order["pkcs10"])
        Path("serial").write_text(serial)
        dates = ("-startdate", asn1_time(order["not_before"]), "-enddate", asn1_time(order["not_after"]))
        ca("-in", WORK / "request.pem", "-subj", subject, "-preserveDN", "-notext", *dates, *more)
    keep(CERTIFICATES / f"{serial}.pem", INDEX)


def has_key(pkcs10: str | None, public_key: str) -> bool:
    """Whether the PKCS#10 has the key as it is to be certified: `openssl ca` copies its octets, and the same point of a
    curve can be written in several ways."""
    return pkcs10 is not None and openssl("req", "-in", write("asked.pem", pkcs10), "-noout", "-pubkey") == public_key


def certify_key(order: Json, serial: str, more: Sequence[object]) -> None:
    """The same without the PKCS#10 that `openssl ca` needs: `openssl x509` signs for a number of days from now on, and
    `openssl ca` takes the certificate into its database."""
    days = (parsed(order["not_after"]) - datetime.now(UTC)).days
    if days < 1:
        raise Refused("Without a PKCS#10, this CA issues for a whole day at least.")
    key = write("key.pem", order["public_key"])
    names, made = WORK / "names.pem", WORK / "certificate.pem"
    signing = ("-CA", "ca.pem", "-CAkey", "ca.key", "-set_serial", f"0x{serial}", "-days", str(days), "-sha256")
    openssl("x509", "-req", "-in", names, "-force_pubkey", key, *signing, *more, "-out", made)
    made.rename(CERTIFICATES / f"{serial}.pem")
    ca("-valid", CERTIFICATES / f"{serial}.pem")


def subject_of(name: Json) -> str:
    """The subject as `openssl -subj` takes it. Its encoding must be the one that was ordered, octet by octet."""
    escaped = str.maketrans({character: f"\\{character}" for character in "\\/+="})
    rdns = ("+".join(f"{one['type']}={one['value'].translate(escaped)}" for one in rdn) for rdn in name["rdns"])
    subject = "/" + "/".join(rdns)
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", WORK / "unused.key")
    names = ("-subj", subject, "-utf8", "-out", WORK / "names.pem")
    openssl("req", "-new", "-config", CONFIG, *key, *names)
    if base64.b64decode(name["der"]) not in octets((WORK / "names.pem").read_text()):
        raise Refused("OpenSSL encodes this subject otherwise than it was ordered.")
    return subject


def extension(one: Json) -> str:
    """A line of OpenSSL's configuration, for an extension of any kind."""
    critical = "critical," if one["critical"] else ""
    return f"{one['oid']}={critical}DER:{base64.b64decode(one['value']).hex()}"


# ---- standings


def revoke(request: Json) -> Json:
    """Give a certificate another standing, once for each order."""
    if not was_done(request):
        change(request, str(REASONS.get(request["reason"], request["reason"])))
        with DONE.open("a") as done:
            done.write(f"{request['operation']}\n")
        keep(INDEX, DONE)
    return {"result": "revoked"}


def change(request: Json, wanted: str) -> None:
    """Revoke, put on hold, or take from hold; nothing where it stands so already."""
    serial = request["serial_number"].upper()
    found, certificate = entry(serial), CERTIFICATES / f"{serial}.pem"
    if found is None or octets(certificate.read_text()) != octets(request["certificate"]):
        raise Refused("This CA has issued no such certificate.")
    recorded = reason_of(found)
    release = wanted == "removeFromCRL"
    if recorded is None and not release:
        ca("-revoke", certificate, "-crl_reason", wanted)
    elif recorded == HOLD and release:
        rewrite(serial, ["V", found[1], "", *found[3:]])
    elif recorded == HOLD or (recorded is not None and wanted == "keyCompromise"):
        moment = found[2].partition(",")[0]
        rewrite(serial, ["R", found[1], f"{moment},{wanted}", *found[3:]])
    elif recorded is not None and release:
        raise Refused("The certificate is revoked, and not on hold.")


def lookup(request: Json) -> Json:
    """What became of an order."""
    order = request["order"]
    if order["verb"] == "issue":
        certificate = issued(order)
        return {"result": "issued", "certificate": certificate} if certificate else {"result": "unknown"}
    return {"result": "revoked" if was_done(order) else "unknown"}


def was_done(order: Json) -> bool:
    """Whether the order of another standing was carried out."""
    return DONE.exists() and order["operation"] in DONE.read_text().splitlines()


def status(request: Json) -> Json:
    """How a certificate stands."""
    found = entry(request["serial_number"].upper())
    if found is None:
        return {"result": "unknown"}
    recorded = reason_of(found)
    return {"result": "standing", "standing": {None: "good", HOLD: "on hold"}.get(recorded, "revoked")}


# ---- what the CA publishes


def crl(_request: Json) -> Json:
    """A new CRL."""
    ca("-gencrl", "-out", WORK / "crl.pem")
    return {"result": "crl", "crl": (WORK / "crl.pem").read_text()}


def certificates(_request: Json) -> Json:
    """The CA's own certificate."""
    return {"result": "certificates", "certificates": [Path("ca.pem").read_text()]}


VERBS: Mapping[str, Callable[[Json], Json]] = {
    "issue": issue,
    "revoke": revoke,
    "lookup": lookup,
    "status": status,
    "crl": crl,
    "certificates": certificates,
}


# ---- the database of `openssl ca`: lines of type, expiry, revocation, serial number, file and subject


def entry(serial: str) -> list[str] | None:
    """The line of that serial number; None where there is none."""
    lines = (line.split("\t") for line in INDEX.read_text().splitlines())
    return next((fields for fields in lines if fields[3] == serial), None)


def reason_of(fields: list[str]) -> str | None:
    """Why it is revoked or on hold; None where it is good."""
    return (*fields[2].split(","), "unspecified")[1] if fields[0] == "R" else None


def rewrite(serial: str, fields: list[str]) -> None:
    """What `openssl ca` has no option for: to take a certificate from hold, to give another reason."""
    lines = INDEX.read_text().splitlines()
    changed = ["\t".join(fields) if line.split("\t")[3] == serial else line for line in lines]
    new = write("index.txt", "".join(f"{line}\n" for line in changed))
    keep(new)
    new.rename(INDEX)


def repair() -> None:
    """`openssl ca` replaces a file in two steps; a run that was killed may have taken one."""
    for name in (INDEX, Path("crlnumber")):
        if not name.exists():
            new = Path(f"{name}.new")
            (new if new.exists() else Path(f"{name}.old")).rename(name)
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir()


# ---- files and programs


def ca(*arguments: object) -> str:
    """Run `openssl ca`."""
    return openssl("ca", "-batch", "-config", CONFIG, "-utf8", *arguments)


def openssl(*arguments: object) -> str:
    """What `openssl` writes; the program ends where it fails."""
    command = ["openssl", *map(str, arguments)]
    done = subprocess.run(command, check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"openssl {arguments[0]} has failed: {done.stderr}")
    return done.stdout


def write(name: str, text: str) -> Path:
    """A file for this run."""
    path = WORK / name
    path.write_text(text)
    return path


def keep(*paths: Path) -> None:
    """Nothing of it is lost when the host loses its power."""
    for path in (*paths, *(path.parent for path in paths)):
        file = os.open(path, os.O_RDONLY)
        os.fsync(file)
        os.close(file)


def octets(pem: str) -> bytes:
    """DER of PEM."""
    return base64.b64decode("".join(pem.strip().splitlines()[1:-1]))


def parsed(moment: str) -> datetime:
    """A time of the request."""
    return datetime.strptime(moment, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def asn1_time(moment: str) -> str:
    """It, as `openssl ca` takes it."""
    return f"{parsed(moment):%Y%m%d%H%M%SZ}"


if __name__ == "__main__":
    sys.exit(main())
