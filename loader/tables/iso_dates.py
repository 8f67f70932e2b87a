"""Dates written as text, to milliseconds since the epoch in UTC, a column at a time.

Only ISO 8601 is read, because 01/02/2024 has two meanings. A time without a zone is in the zone
that the caller names; a date without a time means 00:00.
"""

from typing import Any, Final, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from loader.tables.arrow import Text, matching

Timestamps: TypeAlias = np.ndarray[Any, np.dtype[np.int64]]

BLANK: Final = np.iinfo(np.int64).min
BAD: Final = BLANK + 1  # not a date, or not in the calendar
NO_SUCH_TIME: Final = BLANK + 2  # skipped or repeated when the zone's clocks change
LAST_SENTINEL: Final = NO_SUCH_TIME

# Databases write +00 (PostgreSQL) and a blank before the offset (SQL Server).
OFFSET: Final = r" ?(?:Z|[+-]\d{2}(?::?\d{2})?)"
ISO: Final = (
    rf"^\d{{4}}-\d{{2}}-\d{{2}}(?:[T ]\d{{2}}:\d{{2}}(?::\d{{2}}(?:\.\d{{1,9}})?)?(?:{OFFSET})?)?$"
)
_DAY: Final = r"^(\d{4}-\d{2}-\d{2})$"
ZONED: Final = rf":\d{{2}}(?:\.\d{{1,9}})?{OFFSET}$"
EARLIEST: Final = int(np.datetime64("1900-01-01", "ms").astype(np.int64))
LATEST: Final = int(np.datetime64("9999-12-31", "ms").astype(np.int64))


def timestamps(array: Text, *, zone: str) -> Timestamps:
    """Return each cell as UTC milliseconds, or as one of the marks above."""
    encoded = array.dictionary_encode()
    distinct = _of_distinct(encoded.dictionary, zone=zone)
    result: Timestamps = distinct[encoded.indices.to_numpy(zero_copy_only=False)]
    return result


def any_without_zone(array: Text) -> bool:
    """Say whether a date is written without its offset."""
    return bool((matching(array, ISO) & ~matching(array, ZONED)).any())


def to_end_of_day(array: Text) -> Text:
    """Return each date without a time as the last second of that day; anything else as it is."""
    return pc.replace_substring_regex(array, pattern=_DAY, replacement=r"\1T23:59:59")


def any_day(array: Text) -> bool:
    """Say whether a date is written without a time."""
    return bool(matching(array, _DAY).any())


def wire_text(times: Timestamps) -> Text:
    """Return `YYYY-MM-DDTHH:MM:SS.mmm+00:00` for each moment, and "" for each mark."""
    distinct, places = np.unique(times, return_inverse=True)
    stamps = pa.array(distinct, mask=distinct <= LAST_SENTINEL).cast(pa.timestamp("ms"))
    text = pc.strftime(stamps, format="%Y-%m-%dT%H:%M:%S+00:00")
    return text.fill_null("").cast(pa.large_string()).take(pa.array(places))


def _of_distinct(values: Text, *, zone: str) -> Timestamps:
    result: Timestamps = np.full(len(values), BAD, dtype=np.int64)
    result[np.asarray(pc.binary_length(values)) == 0] = BLANK
    is_iso = matching(values, ISO)
    has_zone = is_iso & matching(values, ZONED)
    naive = is_iso & ~has_zone
    if has_zone.any():
        parsed = pd.to_datetime(_chosen(values, has_zone), utc=True, **_ISO_ONLY)
        result[has_zone] = _milliseconds(parsed)
    if naive.any():
        result[naive] = _in_zone(pd.to_datetime(_chosen(values, naive), **_ISO_ONLY), zone=zone)
    outside = (result > LAST_SENTINEL) & ((result < EARLIEST) | (result > LATEST))
    result[outside] = BAD
    return result


_ISO_ONLY: Final[Any] = {"format": "ISO8601", "errors": "coerce"}


def _chosen(values: Text, mask: Any) -> list[str]:
    chosen: list[str] = values.filter(pa.array(mask)).to_pylist()
    return chosen


def _in_zone(parsed: pd.DatetimeIndex, *, zone: str) -> Timestamps:
    local = parsed.tz_localize(zone, ambiguous="NaT", nonexistent="NaT")
    times = _milliseconds(local)
    times[np.asarray(local.isna()) & np.asarray(parsed.notna())] = NO_SUCH_TIME
    return times


def _milliseconds(parsed: pd.DatetimeIndex) -> Timestamps:
    times = parsed.as_unit("ms").asi8.copy()
    times[parsed.isna()] = BAD
    return np.asarray(times, dtype=np.int64)
