#!/usr/bin/env python3
"""A CA of `cfssl serve` behind Lockgate: the program of an issuer of the kind "command" (docs/issuer-command.md).

    cfssl_ca.py [--url URL] [--profile NAME] [--database FILE] [--authority-key-id HEX]

cfssl issues by a profile of its own. It takes key, subject, alternative names and serial number from an order; validity
and usages are the profile's, and it writes no other extension. So the program asks for the profile first, and refuses
an order that would not become the certificate that was ordered. The variable CFSSL_AUTH_KEY is the profile's key,
hexadecimal.

With `--database`, cfssl's own SQLite database, it tells what became of an order; without, nobody can ask cfssl that.
"""

import argparse
import base64
import hashlib
import hmac
import http.client
import json
import os
import re
import sqlite3
import sys
import urllib.parse
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

Json = dict[str, Any]
NOTHING_WAS_DONE, UNKNOWN_VERB, NOBODY_KNOWS = 75, 64, 69
PATIENCE = 20
"""Seconds that cfssl has for an answer."""
UNMATCHED_WHITELIST = 5500
"""cfssl's code for a name that its profile does not allow."""
SUBJECT = ("C", "O", "OU", "L", "ST", "CN", "SERIALNUMBER")
"""Attributes of a subject that cfssl writes, in its order."""
ATTRIBUTES = {
    "2.5.4.6": "C",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.3": "CN",
    "2.5.4.5": "SERIALNUMBER",
}
NAMES = ("DNSNAME", "RFC822NAME", "IPADDRESS")
"""Alternative names that cfssl writes, in its order."""
EXTENSIONS = {"2.5.29.14", "2.5.29.15", "2.5.29.17", "2.5.29.19", "2.5.29.35", "2.5.29.37"}
"""Key identifiers, usages, alternative names and basic constraints."""
KEY_USAGE = {
    "signing": "digitalSignature",
    "digital signature": "digitalSignature",
    "content commitment": "contentCommitment",
    "key encipherment": "keyEncipherment",
    "data encipherment": "dataEncipherment",
    "key agreement": "keyAgreement",
}
EXTENDED_KEY_USAGE = {
    "server auth": "1.3.6.1.5.5.7.3.1",
    "client auth": "1.3.6.1.5.5.7.3.2",
    "code signing": "1.3.6.1.5.5.7.3.3",
    "email protection": "1.3.6.1.5.5.7.3.4",
    "timestamping": "1.3.6.1.5.5.7.3.8",
    "ocsp signing": "1.3.6.1.5.5.7.3.9",
}
HOLD = 6
NO_SUCH_CERTIFICATE = "cfssl has no such certificate in its database."
UNITS = {"h": timedelta(hours=1), "m": timedelta(minutes=1), "s": timedelta(seconds=1)}


class Refused(Exception):
    """cfssl cannot do what it is asked for; the text says why."""


def main() -> int:
    """Carry out the request on standard input; the exit code."""
    request = json.load(sys.stdin)
    verb = VERBS.get(request["verb"])
    if verb is None:
        return UNKNOWN_VERB
    try:
        answer = verb(request, Cfssl(options()))
    except Refused as refused:
        answer = {"result": "refused", "reason": str(refused)}
    json.dump({"operation": request["operation"], **answer}, sys.stdout)
    return 0


def options() -> argparse.Namespace:
    """Those of the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", default="http://127.0.0.1:8888")
    parser.add_argument("--profile", default="")
    parser.add_argument("--database", type=Path)
    parser.add_argument("--authority-key-id", default="")
    return parser.parse_args()


class Cfssl:
    """The server, and its database where that can be read."""

    def __init__(self, chosen: argparse.Namespace) -> None:
        self.profile = chosen.profile
        self._authority_key_id: str = chosen.authority_key_id
        self._url, self._database = urllib.parse.urlsplit(chosen.url), chosen.database

    def ask(self, endpoint: str, body: Json) -> Json:
        """The answer: `result`, or `errors`. The program ends where there is none."""
        secure = self._url.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        connection = kind(self._url.hostname or "", self._url.port, timeout=PATIENCE)
        try:
            connection.connect()
        except OSError as error:
            end(NOTHING_WAS_DONE, f"cfssl cannot be reached: {error}")
        try:
            headers = {"Content-Type": "application/json"}
            connection.request("POST", f"/api/v1/cfssl/{endpoint}", json.dumps(body), headers)
            answer: Json = json.loads(connection.getresponse().read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            end(NOBODY_KNOWS, f"cfssl has not answered: {error!r}")
        return answer

    def profile_says(self) -> Json:
        """Usages, expiry, and the CA's certificate."""
        return result(self.ask("info", {"label": "", "profile": self.profile}))

    def known(self, serial_number: str) -> Json | None:
        """The certificate with that serial number (hexadecimal) in the database; None where there is none."""
        if self._database is None:
            end(NOBODY_KNOWS, "this needs --database")
        query = "select pem, status, reason, authority_key_identifier from certificates where serial_number = ?"
        location = f"{self._database.resolve().as_uri()}?mode=ro"
        try:
            with closing(sqlite3.connect(location, uri=True, timeout=PATIENCE)) as connection:
                connection.row_factory = sqlite3.Row
                row = connection.execute(query, (decimal(serial_number),)).fetchone()
        except sqlite3.Error as error:
            end(NOTHING_WAS_DONE, f"cfssl's database cannot be read: {error}")
        return None if row is None else dict(row)

    def authority_key_id(self, serial_number: str) -> str:
        """What cfssl has written beside that certificate, without which it does not find it: empty in cfssl 1.2."""
        if self._database is None:
            return self._authority_key_id
        found = self.known(serial_number)
        if found is None:
            raise Refused(NO_SUCH_CERTIFICATE)
        return str(found["authority_key_identifier"])


# ---- certificates


def issue(order: Json, cfssl: Cfssl) -> Json:
    """Have cfssl sign, if it signs what was ordered."""
    require_honoured(order, cfssl.profile_says())
    key = bytes.fromhex(os.environ["CFSSL_AUTH_KEY"])
    request = json.dumps(signing_request(order, cfssl.profile)).encode()
    token = base64.b64encode(hmac.digest(key, request, hashlib.sha256)).decode()
    answer = cfssl.ask("authsign", {"token": token, "request": base64.b64encode(request).decode()})
    certificate: str = result(answer)["certificate"]
    if bytes.fromhex(order["serial_number"]) not in octets(certificate):
        sys.stderr.write("cfssl has chosen another serial number: set ClientProvidesSerialNumbers in its profile\n")
    return {"result": "issued", "certificate": certificate}


def signing_request(order: Json, profile: str) -> Json:
    """What cfssl takes from an order."""
    subject = attributes_of(order)
    names = {name: value for name, value in subject.items() if name not in ("CN", "SERIALNUMBER")}
    return {
        "certificate_request": order["pkcs10"],
        "hosts": [name["value"] for name in order["content"]["alternative_names"]],
        "subject": {
            "CN": subject.get("CN", ""),
            "names": [names],
            "serialnumber": subject.get("SERIALNUMBER", ""),
        },
        "profile": profile,
        "serial": int(order["serial_number"], 16),
    }


def require_honoured(order: Json, profile: Json) -> None:
    """Refuse an order that cfssl would carry out otherwise than it was given."""
    content = order["content"]
    if order["pkcs10"] is None:
        raise Refused("cfssl certifies a key by its PKCS#10 alone, and this request brings none.")
    attributes_of(order)
    kinds = [NAMES.index(name["type"]) if name["type"] in NAMES else -1 for name in content["alternative_names"] or ()]
    if content["alternative_names"] is None or -1 in kinds or kinds != sorted(kinds):
        raise Refused(f"cfssl writes these alternative names alone, in this order: {', '.join(NAMES)}.")
    others = [one["oid"] for one in order["extensions"] if one["oid"] not in EXTENSIONS]
    if others or content["ca"]:
        raise Refused(f"cfssl does not write a CA's certificate, or these extensions: {', '.join(others) or 'none'}.")
    usages = [KEY_USAGE[usage] for usage in profile["usages"] if usage in KEY_USAGE]
    extended = [EXTENDED_KEY_USAGE[usage] for usage in profile["usages"] if usage in EXTENDED_KEY_USAGE]
    if set(usages) != set(content["key_usage"]) or extended != content["extended_key_usage"]:
        raise Refused(f"The usages of cfssl's profile are others: {', '.join(profile['usages'])}.")
    if datetime.now(UTC) + duration(profile["expiry"]) > datetime.fromisoformat(order["not_after"]):
        raise Refused(f"Certificates of cfssl's profile are valid for {profile['expiry']}: longer than ordered.")


def attributes_of(order: Json) -> Mapping[str, str]:
    """The subject's attributes by their short names."""
    rdns = order["subject"]["rdns"]
    found = [(ATTRIBUTES.get(one["type"], one["type"]), one["value"]) for rdn in rdns for one in rdn]
    if [name for name, _ in found] != [name for name in SUBJECT if name in dict(found)] or len(found) != len(rdns):
        raise Refused(f"cfssl writes each of these attributes once, in this order: {', '.join(SUBJECT)}.")
    return dict(found)


# ---- standings


def revoke(request: Json, cfssl: Cfssl) -> Json:
    """Revoke a certificate, or put it on hold."""
    if request["reason"] == "removeFromCRL":
        raise Refused("cfssl takes no certificate from hold.")
    serial_number = request["serial_number"]
    named = {"serial": decimal(serial_number), "authority_key_id": cfssl.authority_key_id(serial_number)}
    answer = cfssl.ask("revoke", {**named, "reason": request["reason"].lower()})
    if any("certificate not found" in error["message"] for error in answer["errors"]):
        raise Refused(NO_SUCH_CERTIFICATE)
    result(answer)
    return {"result": "revoked"}


def lookup(request: Json, cfssl: Cfssl) -> Json:
    """What became of an order, by cfssl's database."""
    order = request["order"]
    found = cfssl.known(order["serial_number"])
    if order["verb"] == "issue" and found is not None and octets(order["public_key"]) in octets(found["pem"]):
        return {"result": "issued", "certificate": found["pem"]}
    if order["verb"] == "revoke" and found is not None and found["status"] == "revoked":
        return {"result": "revoked"}
    return {"result": "unknown"}


def status(request: Json, cfssl: Cfssl) -> Json:
    """How a certificate stands, by cfssl's database."""
    found = cfssl.known(request["serial_number"])
    if found is None:
        return {"result": "unknown"}
    revoked = "on hold" if found["reason"] == HOLD else "revoked"
    return {"result": "standing", "standing": revoked if found["status"] == "revoked" else "good"}


def certificates(_request: Json, cfssl: Cfssl) -> Json:
    """The CA's own certificate."""
    return {"result": "certificates", "certificates": [cfssl.profile_says()["certificate"]]}


VERBS: Mapping[str, Callable[[Json, Cfssl], Json]] = {
    "issue": issue,
    "revoke": revoke,
    "lookup": lookup,
    "status": status,
    "certificates": certificates,
}
"""No CRL: cfssl 1.2 gives none to anybody; `cfssl gencrl` makes one on its host."""


# ---- cfssl's way of writing


def result(answer: Json) -> Json:
    """The result of an answer; the program ends where cfssl has failed."""
    if answer["success"]:
        return dict(answer["result"])
    (error, *_) = answer["errors"]
    if error["code"] == UNMATCHED_WHITELIST:
        raise Refused(f"cfssl: {error['message']}"[:200])
    return end(1, f"cfssl has failed: {error['message']} ({error['code']})")


def octets(pem: str) -> bytes:
    """DER of PEM."""
    return base64.b64decode("".join(pem.strip().splitlines()[1:-1]))


def decimal(serial_number: str) -> str:
    """cfssl's form of a serial number."""
    return str(int(serial_number, 16))


def duration(text: str) -> timedelta:
    """A duration such as `8760h0m0s`."""
    return sum((int(count) * UNITS[unit] for count, unit in re.findall(r"(\d+)([hms])", text)), timedelta())


def end(code: int, words: str) -> NoReturn:
    """End with that exit code."""
    sys.stderr.write(f"{words}\n")
    sys.exit(code)


if __name__ == "__main__":
    sys.exit(main())
