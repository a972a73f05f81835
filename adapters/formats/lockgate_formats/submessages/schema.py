"""The published JSON Schema of requests and answers (docs/submessage-schema.json), generated from the wire structures.

`python -m lockgate_formats.submessages.schema` prints it.
"""

import json
import sys
from typing import Any, Literal

import msgspec

from lockgate.requests.request_types import REQUEST_TYPES, RequestTypes
from lockgate.requests.submessages import Response
from lockgate_formats.structures import structure
from lockgate_formats.submessages.contents import ANSWER_VERSION
from lockgate_formats.submessages.wire import WireAnswer, WireRequest

_REFERENCES = "#/$defs/{name}"


def schema(request_types: RequestTypes = REQUEST_TYPES) -> dict[str, Any]:
    """One JSON Schema (2020-12) for every request and every answer."""
    requests = [
        _narrowed(WireRequest, "request", request_type.request, request_type.request.VERSION)
        for request_type in request_types.values()
    ]
    responses: list[type[Response]] = [
        Response,
        *dict.fromkeys(request_type.response for request_type in request_types.values()),
    ]
    answers = [_narrowed(WireAnswer, "response", kind, ANSWER_VERSION) for kind in responses]
    references, definitions = msgspec.json.schema_components([*requests, *answers], ref_template=_REFERENCES)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The signed content of a submessage: a request, or an answer",
        "oneOf": list(references),
        "$defs": dict(sorted(definitions.items())),
    }


def text() -> str:
    """The schema as it is published."""
    return json.dumps(schema(), indent=2) + "\n"


def _narrowed(wire: type[msgspec.Struct], member: str, kind: type, version: int) -> type[msgspec.Struct]:
    """`wire` for the one type `kind`, named by `type` and held by `member`."""
    return msgspec.defstruct(
        f"{kind.__name__}Content",
        [("type", Literal[kind.__name__]), ("version", Literal[version]), (member, structure(kind))],
        bases=(wire,),
        kw_only=True,
        frozen=True,
        forbid_unknown_fields=True,
    )


if __name__ == "__main__":
    sys.stdout.write(text())
