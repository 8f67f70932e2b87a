"""Sources: files of rows, whatever their format, as tables of text cells with addresses."""

from loader.source.opening import Source, open_source
from loader.source.options import ReadOptions

__all__ = ["ReadOptions", "Source", "open_source"]
