"""CMS (RFC 5652, RFC 5083) around submessages. `envelopes` adapts the port; one module per structure."""

from lockgate_transport.cms.envelopes import CmsEnvelopes, EnvelopeForm
from lockgate_transport.cms.limits import EnvelopeLimits

__all__ = ["CmsEnvelopes", "EnvelopeForm", "EnvelopeLimits"]
