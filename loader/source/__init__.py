"""Sources: files of rows, whatever their format, as tables of text cells with addresses."""

from loader.source.opened_source import Source, open_source
from loader.source.options import ReadOptions
from loader.source.paths import NamedFiles, named_files

__all__ = ["NamedFiles", "ReadOptions", "Source", "named_files", "open_source"]
