"""Bringing photos into a project: from folders, tables, and the files of other programs.

Every import streams: a hundred photos at a time are read, checked and written in one transaction.
So it can be killed at any moment, and the same command again ends with the same catalogue.
"""

from fieldmark.catalog.imports.folder import import_folder
from fieldmark.catalog.imports.formats import FORMATS, import_any
from fieldmark.catalog.imports.megadetector import import_megadetector
from fieldmark.catalog.imports.summary import ImportSummary, Progress
from fieldmark.catalog.imports.table import import_table

__all__ = [
    "FORMATS",
    "ImportSummary",
    "Progress",
    "import_any",
    "import_folder",
    "import_megadetector",
    "import_table",
]
