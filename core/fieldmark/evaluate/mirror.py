"""Mirrored copies of photos, for the control of the other flank."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from PIL import Image, ImageOps

from fieldmark.errors import PhotoError
from fieldmark.evaluate.animals import Animal, Animals
from fieldmark.files import replacing, sha256
from fieldmark.images import open_photo
from fieldmark.jobs import Progress
from fieldmark.types import Side

_QUALITY = 95


def mirrored_animals(animals: Animals, folder: Path, workers: int, progress: Progress) -> Animals:
    """Return the animals of which a flank is seen, in mirrored copies of their photos.

    The numbers and the sides stay those of the photos that were mirrored. A photo that cannot be
    read is left out. Copies that are there already are used again.
    """
    sided = [row for row in animals.rows if row.side in (Side.LEFT, Side.RIGHT)]
    with ThreadPoolExecutor(workers) as pool:
        rows = list(_counted(pool.map(lambda row: _mirrored(row, folder), sided), sided, progress))
    return replace(animals, rows=tuple(row for row in rows if row is not None))


def _counted(
    made: Iterator[Animal | None], asked: list[Animal], progress: Progress
) -> Iterator[Animal | None]:
    for done, row in enumerate(made, start=1):
        yield row
        progress(done, len(asked), "mirrored photos")


def _mirrored(row: Animal, folder: Path) -> Animal | None:
    path = folder / row.sha256[:2] / f"{row.sha256}.jpg"
    mask = None if row.mask is None else folder / "masks" / f"{sha256(row.mask)}.png"
    try:
        _write(row.path, path)
        if row.mask is not None and mask is not None:
            _write(row.mask, mask)
    except PhotoError:
        return None
    box = replace(row.box, x=max(1 - row.box.x - row.box.w, 0.0))
    return replace(row, path=path, sha256=sha256(path), box=box, mask=mask)


def _write(source: Path, path: Path) -> None:
    if path.is_file():
        return
    picture = ImageOps.mirror(Image.fromarray(open_photo(source)))
    kind = "PNG" if path.suffix == ".png" else "JPEG"
    with replacing(path, sync=False) as file:
        picture.save(file, kind, quality=_QUALITY, subsampling=0)
