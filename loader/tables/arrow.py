"""Cells as Arrow text arrays: the form in which every check reads a whole column.

A mask is a numpy array of bool, one per row. A blank cell is "" and never null.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

Text: TypeAlias = Any  # a pyarrow.LargeStringArray; pyarrow has no types
Mask: TypeAlias = np.ndarray[Any, np.dtype[np.bool_]]
Places: TypeAlias = np.ndarray[Any, np.dtype[np.intp]]  # of rows, counted from 0
Bytes: TypeAlias = np.ndarray[Any, np.dtype[np.uint8]]
Predicate: TypeAlias = Callable[[Text], Mask]


def text_of(series: "pd.Series[Any]") -> Text:
    """Return the cells of `series` as one Arrow array, without copying where there is one."""
    array = pa.array(series.array)
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    if array.type != pa.large_string():
        array = array.cast(pa.large_string())
    return array.fill_null("") if array.null_count else array


def series_of(array: Text, index: pd.Index) -> "pd.Series[Any]":
    """Return an Arrow array as a column with the row numbers of `index`."""
    return pd.Series(pd.array(array, dtype="str"), index=index)


def texts_of(array: Text) -> list[str]:
    """Return the cells as a list: by way of numpy, which is quicker than Arrow's own."""
    texts: list[str] = array.to_numpy(zero_copy_only=False).tolist()
    return texts


def mask_of(array: Any) -> Mask:
    """Return an Arrow array of booleans as a mask."""
    mask: Mask = array.to_numpy(zero_copy_only=False)
    return mask


def filled(array: Text) -> Mask:
    """Return where cells are not blank."""
    return mask_of(pc.greater(pc.binary_length(array), 0))


def matching(array: Text, pattern: str) -> Mask:
    """Return where `pattern` (RE2: linear time, whatever the text) occurs."""
    return mask_of(pc.match_substring_regex(array, pattern=pattern))


def by_distinct(array: Text, predicate: Predicate) -> Mask:
    """Apply `predicate` to each distinct value once: right for columns with few values."""
    encoded = array.dictionary_encode()
    verdicts = predicate(encoded.dictionary)
    spread: Mask = verdicts[encoded.indices.to_numpy(zero_copy_only=False)]
    return spread


def bytes_of(array: Text) -> Bytes:
    """Return the UTF-8 of all cells, one after the other, without copying it."""
    offsets, data = array.buffers()[1:3]
    if data is None or not len(array):
        return np.empty(0, dtype=np.uint8)
    bounds = np.frombuffer(offsets, dtype=np.int64)[array.offset : array.offset + len(array) + 1]
    return np.frombuffer(data, dtype=np.uint8)[bounds[0] : bounds[-1]]


def is_plain(array: Text) -> bool:
    """Say whether all cells hold only printable ASCII: a single pass over the bytes."""
    used = bytes_of(array)
    return not used.size or bool(used.min() >= 0x20 and used.max() <= 0x7E)
