"""genm (RFC 9810, 5.3.19): what a client asks about the CA."""

from lockgate_formats.cmp.general import write_general
from lockgate_formats.cmp.messages import InfoValue
from lockgate_formats.cmp.vocabulary import InfoType
from lockgate_formats.der import oid, sequence
from lockgate_transport.cmp.service.exchange import Exchange
from lockgate_transport.cmp.service.incoming import Questions


class Informing:
    """Answers questions about the CA."""

    def answer(self, exchange: Exchange, questions: Questions) -> bytes:  # noqa: ARG002
        """The body of the genp."""
        unknown = tuple(question.oid for question in questions.infos)
        infos = (InfoValue(InfoType.UNSUPPORTED_OIDS, sequence(*map(oid, unknown))),) if unknown else ()
        return write_general(infos)
