"""Chunks that travel from a worker to the one who plans are the same when they arrive."""

from pathlib import Path

import pytest

from loader.events import silent
from loader.offer.entity import FALLBACK_OFFER
from loader.run.cluster.packed_chunks import pack, unpack
from loader.run.mapping.column_profile import column_profile
from loader.run.reading.lookup import DeferredLookup
from loader.run.reading.read_source import read_source
from loader.run.reading.sheet_rows import sheet_rows
from loader.run.requests import Reading
from loader.run.wiring import read_options
from loader.settings import load_settings
from loader.source import open_source

ROOT = Path(__file__).parents[2]
SHEETS = ("offers.csv", "french-crm.csv", "english-content-hub.csv")


@pytest.mark.parametrize("name", SHEETS)
def test_a_chunk_arrives_as_it_was_sent(name: str) -> None:
    mapping = ROOT / "templates" / "mappings" / Path(name).with_suffix(".toml")
    given = {"LOADER_MAPPING": str(mapping)} if mapping.exists() else {}
    settings = load_settings(environment=given)
    profile = column_profile(settings, FALLBACK_OFFER.fields, ignored=())
    options = read_options(Reading(), profile, FALLBACK_OFFER.fields)
    with open_source(str(ROOT / "samples" / name), options) as source:
        chunks = read_source(
            source,
            settings,
            FALLBACK_OFFER,
            profile=profile,
            listener=silent,
            notices=[],
            lookup=DeferredLookup([]),
        )
        for sent in chunks:
            arrived = unpack(pack(sent, FALLBACK_OFFER), FALLBACK_OFFER)
            rows = list(zip(sheet_rows(sent), sheet_rows(arrived), strict=True))
            assert rows
            for one, other in rows:
                assert (one.staged, one.ours, one.now) == (other.staged, other.ours, other.now)
                places = {row.staged.key_place(row.staged.row_number) for row in (one, other)}
                assert len(places) == 1
            assert sent.check_again(sent.mapped) == arrived.check_again(arrived.mapped)
