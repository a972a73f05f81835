"""Forms, read in bounded time and size, and in memory only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from python_multipart.multipart import parse_options_header
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message

from lockgate.enrolment.refusals import Refusal
from lockgate_transport.http.refusing import RefusedRequest
from lockgate_transport.http.serving import read_body

FIELDS = 30
"""In a form at most."""
MEDIA_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")
CHARSET = b"utf-8"
LIMIT = 256 * 1024
"""Octets of a form at most. Starlette keeps an upload of less than 1 MiB in memory."""
MAX_CONTENT_TYPE = 256
"""Characters of a media type with its parameters at most; a boundary has 70 (RFC 2046, 5.1.1)."""
SECONDS = 30.0
"""For a form to arrive."""
UNREADABLE = "The form cannot be read."


@dataclass(frozen=True, slots=True)
class Form:
    """What a form held.

    Attributes:
        texts: the values of each field.
        files: the octets of each uploaded file; none where nothing was chosen.
    """

    texts: Mapping[str, Sequence[str]]
    files: Mapping[str, bytes]

    def text(self, name: str, longest: int) -> str:
        """The text of a field; empty where the form does not have it.

        Raises:
            RefusedRequest: 400, the field is longer, occurs twice, or is a file, or its text cannot be encoded.
        """
        given = self.texts.get(name, ())
        if name in self.files or len(given) > 1 or any(len(text) > longest for text in given):
            text = f"The field {name} is longer than {longest} characters, occurs twice, or is a file."
            raise RefusedRequest(400, Refusal.UNREADABLE_FORM, text)
        if any(map(_has_surrogate, given)):
            raise RefusedRequest(400, Refusal.UNREADABLE_FORM, UNREADABLE, internal=f"surrogates in the field {name}")
        return given[0] if given else ""


async def read_form(request: Request, limit: int = LIMIT, seconds: float = SECONDS) -> Form:
    """The fields of a form, with at most one uploaded file.

    Args:
        limit: octets at most, under 1 MiB.

    Raises:
        RefusedRequest: 413, it is larger; 408, it did not come in time; 415, it is no form; 400, it cannot be read.
    """
    _require_form(request.headers.get("content-type", ""))
    body = await read_body(request, limit, seconds)

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    try:
        async with Request(request.scope, receive).form(max_files=1, max_fields=FIELDS, max_part_size=limit) as given:
            return await _held(given)
    except (HTTPException, ValueError) as error:
        raise RefusedRequest(400, Refusal.UNREADABLE_FORM, UNREADABLE, internal=str(error)) from None


def _require_form(content_type: str) -> None:
    # Reading the parameters takes quadratic time, on the thread that answers everybody.
    if len(content_type) > MAX_CONTENT_TYPE:
        raise RefusedRequest(415, Refusal.WRONG_MEDIA_TYPE, UNREADABLE, internal="its Content-Type is too long")
    # Starlette decodes with any codec of Python that `charset` names: some fail in odd ways, and some take seconds.
    # Browsers name none (RFC 7578, 5.1.2). The parameters are read as Starlette reads them.
    media_type, parameters = parse_options_header(content_type)
    if media_type.decode("latin-1") not in MEDIA_TYPES:
        raise RefusedRequest(415, Refusal.WRONG_MEDIA_TYPE, UNREADABLE)
    if parameters.get(b"charset", CHARSET).lower() != CHARSET:
        raise RefusedRequest(400, Refusal.UNREADABLE_FORM, UNREADABLE, internal="its charset is not UTF-8")


def _has_surrogate(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)


async def _held(given: FormData) -> Form:
    texts: dict[str, list[str]] = {}
    files: dict[str, bytes] = {}
    for name, value in given.multi_items():
        if isinstance(value, UploadFile):
            files[name] = await value.read()
        else:
            texts.setdefault(name, []).append(value)
    return Form(texts, files)
