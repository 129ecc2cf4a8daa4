"""Telling by its content what a file or a folder is; its name says nothing certain."""

from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path

from fieldmark.catalog.imports.columns import ALIASES, open_table, rows
from fieldmark.catalog.imports.jsonstream import elements, is_list
from fieldmark.errors import UserError

UNDERSTOOD = (
    "a folder of photos, a table (CSV) of photos, JSON of MegaDetector, SpeciesNet, AddaxAI or COCO"
    " Camera Traps, a Camtrap DP package, a Wildlife Insights download, and CSV of Timelapse or"
    " AddaxAI"
)

_LISTS = frozenset({"images", "predictions", "annotations"})
_INFO = ("addaxai", "addaxai_metadata", "ecoassist_metadata")
_SMALL = 1 << 20  # bytes

# Columns, in lower case, that together are found in no other of these tables.
_TABLES: tuple[tuple[str, frozenset[str]], ...] = (
    ("addaxai", frozenset({"relative_path", "label", "confidence", "bbox_left", "bbox_bottom"})),
    ("timelapse", frozenset({"file", "relativepath"})),
    ("wildlife-insights", frozenset({"deployment_id", "image_id"})),
    ("camtrap-dp", frozenset({"mediaid", "deploymentid"})),
    ("camtrap-dp", frozenset({"observationid", "deploymentid"})),
    ("camtrap-dp", frozenset({"deploymentid", "deploymentstart"})),
)


def recognise(source: Path) -> str:
    """Return the format of a file or a folder, one of `FORMATS`.

    Raises:
        UserError: if it is none of them, saying what is understood.
    """
    if source.is_dir():
        return _folder(source)
    return _json(source) if recognise_text(source) == "json" else _table(source)


def recognise_text(source: Path) -> str:
    """Return `json` or `table`.

    Raises:
        UserError: if the file cannot be read, or is an archive.
    """
    try:
        with source.open("rb") as file:
            start = file.read(4096)
    except OSError as error:
        raise UserError(f"{source} cannot be read ({error.strerror})") from error
    if start.startswith(b"PK\x03\x04"):
        raise UserError(f"{source.name} is a ZIP file; extract it, and give the folder")
    if start.startswith((b"\xff\xd8\xff", b"\x89PNG", b"II*\0", b"MM\0*")):
        raise UserError(f"{source.name} is a photo; give the folder that holds it")
    opening = start.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    return "json" if opening in {b"{", b"["} else "table"


def header_of(source: Path) -> tuple[str, ...]:
    """Return a table's columns in lower case; none where there is no first line.

    Raises:
        UserError: if the file is no table.
    """
    with open_table(source) as file:
        _, header = next(rows(file), (0, []))
    return tuple(name.strip().lower() for name in header)


def _folder(source: Path) -> str:
    if any((source / name).is_file() for name in ("datapackage.json", "media.csv")):
        return "camtrap-dp"
    for table in sorted(source.glob("images*.csv")):
        with suppress(UserError):
            if _of_columns(header_of(table)) == "wildlife-insights":
                return "wildlife-insights"
    return "folder"


def _json(source: Path) -> str:
    if is_list(source):
        first = next((value for _, value in elements(source, _LISTS)), None)
        if first is None or (isinstance(first, dict) and "file" in first):
            return "megadetector"
        raise _unknown(source)
    kinds = (_of_part(key, value) for key, value in elements(source, _LISTS))
    kind = next(filter(None, kinds), "")
    if not kind and source.stat().st_size <= _SMALL:  # lists that are empty have no elements
        kinds = (_of_part(key, value) for key, value in elements(source, ()))
        kind = next(filter(None, kinds), "")
    if not kind:
        raise _unknown(source)
    return kind


def _of_part(key: str | None, value: object) -> str:
    """Return the format that has such a part; empty where several, or none, have it."""
    entry = value if isinstance(value, Mapping) else {}
    if key == "images":
        return "coco" if "file_name" in entry else "megadetector" if "file" in entry else ""
    if key == "info":
        return "addaxai" if any(isinstance(entry.get(name), dict) for name in _INFO) else ""
    return {
        "predictions": "speciesnet",
        "annotations": "coco",
        "categories": "coco",
        "detection_categories": "megadetector",
        "resources": "camtrap-dp",
    }.get(key or "", "")


def _table(source: Path) -> str:
    header = header_of(source)
    if "n_detections" in header and "relative_path" in header:
        raise UserError(
            f"{source.name} counts what AddaxAI saw in each file; import results_detections.csv of"
            " the same folder, which has the boxes"
        )
    kind = _of_columns(header)
    if kind or len(header) > 1 or set(header) & set(ALIASES["path"]):
        return kind or "table"
    raise _unknown(source)


def _of_columns(header: Collection[str]) -> str:
    return next((kind for kind, columns in _TABLES if columns <= set(header)), "")


def _unknown(source: Path) -> UserError:
    return UserError(f"{source.name} is nothing that can be imported; understood are {UNDERSTOOD}")
