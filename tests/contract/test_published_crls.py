"""Every rule of the port PublishedCrls, on a server and on a file."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from lockgate_testing.contracts.published_crls import PublishedCrlsContract, PublishedCrlsSubject
from lockgate_transport.crls import CrlInFile, HttpCrls
from tests.integration.test_outside_crls import Server, answer
from tests.support.pki.identities import authority


def crls() -> Iterator[bytes]:
    return (authority().crl(number).public_bytes(Encoding.DER) for number in count(1))


class OnServer(PublishedCrlsSubject):
    def __init__(self) -> None:
        self.ca_certificate = authority().der
        self._crls, self._last = crls(), b""
        self.server = Server(lambda connected: connected.sendall(answer(self._last)))
        self.published = HttpCrls(self.server.url, seconds=10)

    def publish(self) -> bytes:
        self._last = next(self._crls)
        return self._last

    def cut_off(self) -> None:
        self._last = b""
        self.server.answers_nothing()


class InFile(PublishedCrlsSubject):
    def __init__(self, path: Path) -> None:
        self.ca_certificate = authority().der
        self._crls, self._path = crls(), path
        self.published = CrlInFile(path)

    def publish(self) -> bytes:
        crl = next(self._crls)
        self._path.write_bytes(crl)
        return crl

    def cut_off(self) -> None:
        self._path.unlink()


class TestHttpCrls(PublishedCrlsContract):
    @pytest.fixture
    def subject(self) -> Iterator[PublishedCrlsSubject]:
        subject = OnServer()
        yield subject
        subject.server.close()


class TestCrlInFile(PublishedCrlsContract):
    @pytest.fixture
    def subject(self, tmp_path: Path) -> PublishedCrlsSubject:
        return InFile(tmp_path / "ca.crl")
