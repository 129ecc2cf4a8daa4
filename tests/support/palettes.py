"""A project of animals that a histogram of colours tells apart: small, and quick to identify."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fieldmark.catalog import Project
from fieldmark.catalog.imports import import_table

PROFILE = """
name: spotted
scientific_name: Animal pictum
sides: {views: [left, right], opposite: comparable}
pipelines:
  colours: {embed: {use: colour-histogram}, match: {use: nearest}}
  far: {embed: {use: colour-histogram}, match: {use: nearest, options: {metric: euclidean}}}
  fused: {fuse: [colours, far], shortlist: [3, 6]}
default: colours
"""
NAMED, BACK, STRANGERS = 20, 4, 3
"""Animals with names, those of them that are seen again, and others."""


def palette_project(folder: Path, named: int = NAMED, strangers: int = STRANGERS) -> Path:
    """Return a project of two visits of each named animal, and of one that has no name yet.

    Each visit has two photos. Without a name are the third visits of some of the named animals,
    and the only ones of the strangers.
    """
    (folder / "images").mkdir(parents=True)
    lines = ["image_path,identity,orientation,encounter"]
    for animal in range(named + strangers):
        visits = range(3 if animal < BACK else 2) if animal < named else range(2, 3)
        for visit in visits:
            for photo in range(2):
                path = folder / "images" / f"{animal}-{visit}-{photo}.png"
                Image.fromarray(_picture(animal, 2 * visit + photo)).save(path)
                name = f"a{animal}" if visit < 2 else "unknown"
                lines.append(f"images/{path.name},{name},left,v{animal}-{visit}")
    table = folder / "metadata.csv"
    table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    project = folder / "project"
    with Project.create(project, "spotted") as opened:
        (project / "species").mkdir()
        (project / "species" / "spotted.yaml").write_text(PROFILE, encoding="utf-8")
        import_table(opened, table)
    return project


def _picture(animal: int, shot: int) -> NDArray[np.uint8]:
    """Return stripes (16, 32, 3) in the animal's own colours, in a light of their own."""
    own, here = np.random.default_rng(animal), np.random.default_rng((animal, shot))
    colours = own.uniform(20, 235, (4, 3)).repeat(8, axis=0)
    noise = here.normal(0, 4, (16, 32, 3)) + here.normal(0, 6, 3)
    return np.asarray((colours + noise).clip(0, 255), np.uint8)
