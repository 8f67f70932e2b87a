"""Mark what is wrong in a copy of the user's own workbook.

The names below are what the rest of the loader uses.
"""

from loader.annotate.copy_with_errors import AnnotatedCopy, annotated_copy
from loader.annotate.spool import ErrorSpool

__all__ = ["AnnotatedCopy", "ErrorSpool", "annotated_copy"]
