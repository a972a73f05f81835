"""What commands show of operations at remote issuers, in the form of `lockgate_app.facts`."""

import hashlib
from collections.abc import Iterable, Mapping
from contextlib import suppress

from cryptography import x509

from lockgate.operations.status import OperationStatus
from lockgate.ports import Operation, Order, RevocationOrder
from lockgate_app.words import Facts, moment


def operation_outline(operation: Operation) -> Facts:
    """An operation at a remote issuer in a list."""
    return {
        "id": operation.id,
        "issuer": operation.issuer,
        "ca": operation.order.ca_name,
        "kind": str(operation.kind),
        "status": str(operation.status),
        "end_entity": operation.username or None,
        "due": moment(operation.due),
        "waits_for_operator": operation.status is OperationStatus.DOUBTFUL,
    }


def operation_details(operation: Operation) -> Facts:
    """Everything about an operation but its draft. A returned certificate is named by its digest: it may be garbage."""
    returned = operation.certificate
    return {
        **operation_outline(operation),
        "serial_number": _serial_number(operation),
        "ordered_serial_number": f"{operation.order.serial_number:x}" if isinstance(operation.order, Order) else None,
        "requester": operation.requester,
        "defects": operation.defects,
        "returned": None if returned is None else f"sha256:{hashlib.sha256(returned).hexdigest()}",
    }


def _serial_number(operation: Operation) -> str | None:
    """Of the certificate that the CA has returned, or whose standing it shall change; None where there is none."""
    order = operation.order
    der = order.certificate if isinstance(order, RevocationOrder) else operation.certificate
    with suppress(ValueError):  # it may be garbage
        return None if der is None else f"{x509.load_der_x509_certificate(der).serial_number:x}"
    return None


def untold_revocations(operations: Iterable[Operation]) -> Mapping[str, str]:
    """The open operations by which a remote issuer is told how a certificate stands, by its fingerprint."""
    orders = ((one.id, one.order) for one in operations)
    changes = ((key, order.certificate) for key, order in orders if isinstance(order, RevocationOrder))
    return {hashlib.sha256(der).hexdigest(): key for key, der in changes}
