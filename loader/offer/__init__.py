"""From checked rows to payloads, in both dialects; and whether an offer of the server is ours.

mapping   one row's values, the same for both dialects, and the payloads
dps       the live dialect's names
xcore     the legacy dialect's names, bare or in an envelope
compare   what was sent against what the server has
"""

from loader.offer.mapping import payloads

__all__ = ["payloads"]
