"""Telling videos from photos; a video's frames are no photos that could be found on disk."""

from pathlib import PurePath

from fieldmark.catalog.imports.files import printable
from fieldmark.catalog.imports.summary import Tally

_ENDINGS = frozenset({".mp4", ".avi", ".mov", ".mkv", ".mpg", ".mpeg", ".wmv", ".m4v", ".asf"})


def is_video(file: str, tally: Tally, *, certain: bool = False) -> bool:
    """Say whether a file is a video, by its ending or because it is `certain`, and count it."""
    ending = printable(PurePath(file.replace("\\", "/")).suffix.lower())
    if not certain and ending not in _ENDINGS:
        return False
    tally.not_photos[f"{ending} (videos)"] += 1
    return True
