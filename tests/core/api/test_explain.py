"""Why two annotations look alike: for local pipelines, networks, and both together."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fieldmark.api.explain import Part, explain_pair
from fieldmark.catalog import Project
from fieldmark.catalog.imports import import_table
from fieldmark.jobs import silent
from fieldmark.report.evidence import Background
from fieldmark.report.view import Model
from fieldmark.synthetic import Survey
from fieldmark.types import Heat

PROFILE = """
name: spotted
scientific_name: Panthera tigris
sides: {views: [left, right], opposite: incomparable}
pipelines:
  local:
    preprocess: [{use: crop}, {use: resize, options: {long_side: 256}}]
    embed: {use: sift, options: {max_keypoints: 200}}
    match: {use: ratio}
  deep:
    preprocess: [{use: crop, options: {margin: 0.3}}]
    embed:
      use: timm
      options:
        untrained: {backbone: test_resnet, height: 64, width: 96, embedding_size: 16}
    match: {use: nearest}
  floor:
    embed: {use: EMBEDDER}
    match: {use: nearest}
  both: {fuse: [local, deep]}
default: local
"""


@pytest.fixture(scope="module")
def folder(survey: Survey, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project with a profile of its own and no features."""
    made = tmp_path_factory.mktemp("explain") / "project"
    with Project.create(made, "tiger") as project:
        import_table(project, survey.truth, root=survey.folder)
    species = made / "species"
    species.mkdir(exist_ok=True)
    (species / "tiger.yaml").write_text(
        PROFILE.replace("spotted", "tiger", 1).replace("EMBEDDER", "colour-histogram"),
        encoding="utf-8",
    )
    return made


def explained(folder: Path, pipeline: str | None) -> tuple[tuple[Part, ...], Image.Image]:
    """Return what is said of the first two annotations, and the picture."""
    out = folder / "pair.png"
    with Project.open(folder) as project:
        pair = explain_pair(project, "1", "2", pipeline, out, 1, silent)
    with Image.open(out) as picture:
        return pair.parts, picture.convert("RGB")


def test_a_local_pipeline_shows_points(folder: Path) -> None:
    """Matched points are counted, and how many of them lie outside the box."""
    (part,), _ = explained(folder, None)
    assert part.heats is None
    assert part.sentences[0] == f"{len(part.points)} matched points."
    assert part.background is not None
    assert not part.background.masked


def test_a_network_shows_heat(folder: Path) -> None:
    """Maps cover the chips that the network was given, and colour the picture."""
    pytest.importorskip("timm", reason="the extra deep is not installed")
    (part,), picture = explained(folder, "deep")
    assert part.heats is not None
    assert len(part.points) == 0
    assert part.background is not None
    assert part.background.even > 0.2  # of a margin of 0.3 on each side
    assert np.asarray(picture.convert("HSV"))[:, :, 1].max() > 150


def test_a_fused_pipeline_shows_each_of_its_parts(folder: Path) -> None:
    """One picture under another, each with its name."""
    pytest.importorskip("timm", reason="the extra deep is not installed")
    parts, picture = explained(folder, "both")
    _, alone = explained(folder, "local")
    assert [part.pipeline for part in parts] == ["local", "deep"]
    assert parts[0].heats is None
    assert parts[1].heats is not None
    assert picture.height > 1.5 * alone.height


def test_what_cannot_show_it_says_so(folder: Path) -> None:
    """Vectors of an embedder without maps give one sentence and a plain picture."""
    (part,), _ = explained(folder, "floor")
    assert part.evidence is None
    assert part.sentences[0].startswith("colour-histogram cannot show where")


def test_the_licence_and_the_warning_are_said() -> None:
    """Who uses the picture reads on what terms, and what speaks against it."""
    model = Model("timm", "net-1", "hf://…", "CC-BY-NC-4.0", "CC-BY-NC-4.0: no", permissive=False)
    maps = Heat(np.ones((2, 2), np.float32)), Heat(np.ones((2, 2), np.float32))
    part = Part("deep", maps, Background(0.9, 0.3, masked=True), (model,))
    assert part.sentences[-1] == "Model: net-1 (timm). Licence: CC-BY-NC-4.0: no."
    assert part.warnings[0].startswith("The match may rest on the background: 90 %")
