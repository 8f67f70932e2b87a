"""The user's copy of the journal: a workbook, a CSV file or JSON Lines.

The names below are what the rest of the loader uses.
"""

from loader.results.paths import check_place, check_writable, default_results_path, path_beside
from loader.results.results_file import write_results

__all__ = [
    "check_place",
    "check_writable",
    "default_results_path",
    "path_beside",
    "write_results",
]
