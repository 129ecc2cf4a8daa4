"""What is known of the animals in the photos, written for other programs.

Every format streams from the catalogue and appears complete or not at all. An export is shareable
unless it is asked to be private: see `fieldmark.exports.sharing`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fieldmark.catalog import Project
from fieldmark.errors import UserError
from fieldmark.exports.annotations.camtrap_dp import write_camtrap_dp
from fieldmark.exports.annotations.coco import write_coco
from fieldmark.exports.annotations.megadetector import write_megadetector
from fieldmark.exports.annotations.outgoing import Exported, Outgoing, Package
from fieldmark.exports.annotations.timelapse import write_timelapse
from fieldmark.exports.annotations.wildlife_insights import write_wildlife_insights
from fieldmark.exports.sharing import Terms

__all__ = ["FORMATS", "Exported", "Format", "Package", "Terms", "export_annotations", "place_for"]


@dataclass(frozen=True)
class Format:
    """A format that can be written.

    Attributes:
        suffix: of the file; empty where the format is a folder.
        write: writes it.
    """

    suffix: str
    write: Callable[[Outgoing, Path], Exported]


FORMATS = {
    "megadetector": Format(".json", write_megadetector),
    "camtrap-dp": Format("", write_camtrap_dp),
    "coco": Format(".json", write_coco),
    "timelapse": Format(".csv", write_timelapse),
    "wildlife-insights": Format("", write_wildlife_insights),
}
"""By the name that is typed."""


def place_for(project: Project, name: str, terms: Terms, out: Path | None = None) -> Path:
    """Return where a format is written: `out`, or a place in the project that tells the terms.

    A folder given for a format of one file holds that file.
    """
    kind = FORMATS[name]
    stem = f"{name}-private" if terms.private else name
    if out is None:
        return project.folder / "annotations" / f"{stem}{kind.suffix}"
    return out / f"{stem}{kind.suffix}" if kind.suffix and out.is_dir() else out


def export_annotations(
    project: Project, name: str, out: Path, terms: Terms, package: Package | None = None
) -> Exported:
    """Write a project's annotations in a format, and say what is in it.

    Args:
        project: the catalogue.
        name: one of `FORMATS`.
        out: the file, or the folder of a format that is one; replaced if it is there.
        terms: whether it may leave the house.
        package: what Camtrap DP also needs to know.

    Raises:
        UserError: if the format needs what the catalogue does not know, or `out` cannot be written.
    """
    try:
        with project.reading() as session:
            outgoing = Outgoing(
                session, project.folder, project.species, terms, package or Package()
            )
            return FORMATS[name].write(outgoing, out)
    except OSError as error:
        raise UserError(
            f"{out} cannot be written ({error.strerror}); choose another place with --out"
        ) from error
