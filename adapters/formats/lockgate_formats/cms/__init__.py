"""CMS (RFC 5652, RFC 5083) around submessages. `envelopes` adapts the port; one module per structure."""

from lockgate_formats.cms.envelopes import CmsEnvelopes, EnvelopeForm
from lockgate_formats.cms.limits import EnvelopeLimits

__all__ = ["CmsEnvelopes", "EnvelopeForm", "EnvelopeLimits"]
