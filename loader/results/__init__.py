"""The user's copy of the journal: a workbook, a CSV file or JSON Lines.

The names below are what the rest of the loader uses.
"""

from loader.results.paths import beside, check_place, check_writable, default_results_path
from loader.results.results_file import write_results

__all__ = [
    "beside",
    "check_place",
    "check_writable",
    "default_results_path",
    "write_results",
]
