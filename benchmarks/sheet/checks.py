"""The checks that the pages of others make: three columns, by pandas; far fewer than ours."""

import io
from typing import Any

import pandas as pd

_STATUSES = ("", "draft", "approved")


def read(content: bytes, name: str) -> pd.DataFrame:
    """Read a file as text."""
    file = io.BytesIO(content)
    if name.endswith(".xlsx"):
        return pd.read_excel(file, dtype=str, keep_default_na=False)
    return pd.read_csv(file, dtype=str, keep_default_na=False)


def wrong(frame: pd.DataFrame) -> "pd.Series[Any]":
    """Say of each row whether it is wrong: no name, no placement, or another status."""
    return (
        (frame["name"].str.strip() == "")
        | (frame["placement"].str.strip() == "")
        | ~frame["status"].isin(_STATUSES)
    )
