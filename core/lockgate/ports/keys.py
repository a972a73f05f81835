"""Keys of end entities: the requests that bring one, the CA's own generation, and keystores to hand them out in."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Protocol

from lockgate.endentity import CertificationRequest
from lockgate.reasons import Rejected


class CertificateRequests(Protocol):
    """Certificate requests, parsed and with their proof of possession verified."""

    @abstractmethod
    def read_pkcs10(self, der: bytes) -> CertificationRequest | Rejected:
        """Rejections: `bad_certificate_request`, `bad_proof_of_possession`."""


@dataclass(frozen=True, slots=True)
class Instruments:
    """What processors work with besides the CA."""

    requests: CertificateRequests
