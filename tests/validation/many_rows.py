"""Many valid rows, of which each is another offer."""

import pandas as pd

from loader.offer.entity import FALLBACK_OFFER
from loader.tables.chunk import Chunk
from loader.validation.check import CheckOptions
from loader.validation.entity import RowRules
from loader.validation.header import Columns, match_columns
from tests.support.checking import PLACEMENT

GOOD = {
    "name": "Offer {n}", "description": "For everyone, {n}", "status": "approved",
    "placement": PLACEMENT, "type": "html", "content": "<p>{n}</p>", "channel": "web",
    "language": "en;de", "tags": "dps:tag:{n}", "start_date": "2026-01-31",
    "end_date": "2027-01-31T12:00", "attr:Tier": "gold",
}  # fmt: skip
IDS_ONLY = CheckOptions(entity=FALLBACK_OFFER, rules=RowRules(ids_only=True))


def chunk_of(rows: int, **cells: str) -> tuple[Chunk, Columns]:
    """Return so many rows that differ in their number only."""
    texts = (GOOD | cells).values()
    columns = {at: [text.format(n=n) for n in range(rows)] for at, text in enumerate(texts)}
    frame = pd.DataFrame(columns, index=pd.Index(range(2, rows + 2)), dtype="str")
    return Chunk(frame=frame), match_columns(tuple(GOOD), FALLBACK_OFFER.fields)
