"""Features are made once, in whatever way, and nothing bad stops the good."""

import hashlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fieldmark.api.weights import resolve_weights
from fieldmark.cache import FeatureCache
from fieldmark.catalog import AnnotationRow
from fieldmark.errors import ProjectError, UserError
from fieldmark.jobs import silent
from fieldmark.pipeline import features
from fieldmark.pipeline.features import Workshop, embed
from fieldmark.pipeline.recipe import Recipe, resolve
from fieldmark.pipeline.stages import Stages
from fieldmark.plugins import Plugins
from fieldmark.profile import read_profile
from fieldmark.types import Box, Chip, SetAside, Side, Vector

PROFILE = """
name: zebra
scientific_name: Equus quagga
pipelines:
  colours:
    preprocess: [{use: crop}, {use: resize, options: {long_side: 32}}]
    embed: {use: colour-histogram}
    match: {use: nearest}
default: colours
"""
BAD = 5
"""The number of the photo that is cut off."""


@dataclass
class Means:
    """Mean colours; notes what it was given, and refuses as it is told to.

    Attributes:
        batches: how many chips came at a time.
        refused: the place of a chip, in the order of the photos, that cannot be embedded.
    """

    refused: int | None = None
    batches: list[int] = field(default_factory=list)
    fault: Exception = field(default_factory=lambda: UserError("too dark"))

    def embed(self, chips: Sequence[Chip]) -> list[Vector]:
        """Return one vector (3,) per chip."""
        self.batches.append(len(chips))
        made = [chip.pixels.mean(axis=(0, 1)).astype(np.float32) for chip in chips]
        if self.refused is not None and any(shade(values) == self.refused for values in made):
            raise self.fault
        return [Vector(values) for values in made]


@dataclass(frozen=True)
class Workplace(Workshop):
    """A workshop whose embedder, if one is given, is this one."""

    embedder: Means | None = None

    def stages(self) -> Stages:
        """Build the components."""
        built = super().stages()
        return replace(built, embed=self.embedder) if self.embedder else built


def shade(values: np.ndarray) -> int:
    """Return which photo has a mean colour."""
    return round(float(values[0])) // 2


@pytest.fixture(scope="module")
def recipe() -> Recipe:
    """Return a pipeline whose embedder must not be copied."""
    plugins = Plugins.installed()
    made = resolve(read_profile(PROFILE, plugins), None, plugins)
    return replace(made, embed=replace(made.embed, parallel=False))


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> list[AnnotationRow]:
    """Return annotations of twelve photos, one of them cut off; photo i is of the shade 2i."""
    folder = tmp_path_factory.mktemp("photos")
    return [row(folder, number) for number in range(12)]


def row(folder: Path, number: int) -> AnnotationRow:
    """Return an annotation of a photo that is written here."""
    path = folder / f"{number}.png"
    Image.fromarray(np.full((40, 60, 3), 2 * number, np.uint8)).save(path)
    if number == BAD:
        path.write_bytes(path.read_bytes()[:60])
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    where = (number, number, sha256, path, Box(), Side.LEFT, "zebra", None, None, None, None, None)
    return AnnotationRow(*where, None, "animal", "photo", None, 60, 40)


def weightless(reference: str, *, as_is: bool = False) -> Path:
    """Stand for weights that no component here has."""
    raise AssertionError(reference)


def workplace(recipe: Recipe, folder: Path, embedder: Means | None = None) -> Workplace:
    """Return a workshop with a cache of its own."""
    return Workplace(recipe, weightless, folder, folder / "cache", embedder)


def test_threads_and_processes_make_the_same(
    recipe: Recipe, rows: list[AnnotationRow], tmp_path: Path
) -> None:
    """Whether an embedder may be copied changes how it is run, not what comes out."""
    here = workplace(recipe, tmp_path / "here")
    copied = replace(recipe, embed=replace(recipe.embed, parallel=True))
    # What goes into worker processes must be importable there.
    apart = Workshop(copied, resolve_weights, tmp_path / "apart", tmp_path / "apart" / "cache")
    one, other = embed(rows, here, 3, silent), embed(rows, apart, 1, silent)
    assert one == other
    assert len(one.keys) == 11
    for key in one.keys.values():
        found = [FeatureCache(place.cache).read(key) for place in (here, apart)]
        first, second = (each.values for each in found if isinstance(each, Vector))
        assert np.array_equal(first, second)


def test_one_bad_photo_fails_alone(
    recipe: Recipe, rows: list[AnnotationRow], tmp_path: Path
) -> None:
    """The reason is told, and every other photo keeps its own features, in order."""
    embedder, told = Means(), list[int]()
    place = workplace(recipe, tmp_path, embedder)

    def tell(done: int, total: int | None, what: str) -> None:
        told.append(done)

    found = embed(rows, place, 4, tell)
    assert list(found.failed) == [BAD]
    assert "cut off" in found.failed[BAD]
    assert list(found.keys) == [i for i in range(12) if i != BAD]
    for number, key in found.keys.items():
        made = FeatureCache(place.cache).read(key)
        assert isinstance(made, Vector)
        assert shade(made.values) == number
    assert told == list(range(13))
    assert embedder.batches == [11]


@pytest.mark.parametrize("fault", [UserError("too dark"), ValueError("odd shape")])
def test_one_chip_that_cannot_be_embedded_fails_alone(
    recipe: Recipe, rows: list[AnnotationRow], tmp_path: Path, fault: Exception
) -> None:
    """It is found by halves: eleven chips, then 5, then 6, 3, 3, 1 and 2."""
    embedder = Means(refused=9, fault=fault)
    found = embed(rows, workplace(recipe, tmp_path, embedder), 2, silent)
    assert sorted(found.failed) == [BAD, 9]
    assert str(fault) in found.failed[9]
    assert len(found.keys) == 10
    assert embedder.batches == [11, 5, 6, 3, 3, 1, 2]


def test_a_full_disk_stops_everything(
    recipe: Recipe, rows: list[AnnotationRow], tmp_path: Path
) -> None:
    """What the project cannot survive is not blamed on a photo."""
    embedder = Means(refused=9, fault=ProjectError("no space"))
    with pytest.raises(ProjectError, match="no space"):
        embed(rows, workplace(recipe, tmp_path, embedder), 2, silent)


def test_what_is_kept_is_not_made_again(
    recipe: Recipe, rows: list[AnnotationRow], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped in the third batch of four, a second run makes the last four alone."""
    monkeypatch.setattr(features, "BATCH", 4)
    good = [each for each in rows if each.id != BAD]
    stopped = Means(refused=10, fault=KeyboardInterrupt())  # type: ignore[arg-type] # any exception
    with pytest.raises(KeyboardInterrupt):
        embed(good, workplace(recipe, tmp_path, stopped), 2, silent)
    assert stopped.batches == [4, 4, 3]
    again = Means()
    assert len(embed(good, workplace(recipe, tmp_path, again), 2, silent).keys) == 11
    assert again.batches == [3]


def test_what_is_ahead_is_bounded(
    recipe: Recipe, rows: list[AnnotationRow], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When chips are large, batches are small: 4,000 bytes are two of 32 × 21 × 3."""
    monkeypatch.setattr(features, "ROOM", 4000)
    embedder = Means()
    embed(rows, workplace(recipe, tmp_path, embedder), 2, silent)
    assert embedder.batches == [2, 2, 2, 2, 2, 1]


class Alone:
    """A preprocessor that notices when it runs in two threads at once."""

    def __init__(self) -> None:
        self.busy = threading.Lock()
        self.met = False

    def apply(self, chip: Chip) -> Chip | SetAside:
        """Return the chip; photo 3 is set aside."""
        if not self.busy.acquire(blocking=False):
            self.met = True
            return chip
        threading.Event().wait(0.002)
        self.busy.release()
        return SetAside("no zebra") if shade(chip.pixels[0, 0]) == 3 else chip


def test_what_may_not_be_copied_is_never_run_twice_at_once(
    recipe: Recipe, rows: list[AnnotationRow], tmp_path: Path
) -> None:
    """Threads share a gate, in turn; what it sets aside is kept with its reason."""
    gate = Alone()

    class Gated(Workplace):
        def stages(self) -> Stages:
            built = super().stages()
            return replace(built, preprocess=(gate, *built.preprocess[1:]))

    crop, resize = recipe.preprocess
    gated = replace(recipe, preprocess=(replace(crop, parallel=False), resize))
    place = Gated(gated, weightless, tmp_path, tmp_path / "cache", Means())
    found = embed(rows, place, 4, silent)
    assert not gate.met
    assert found.set_aside == {3: "no zebra"}
    assert len(found.keys) == 10
    assert embed(rows, place, 4, silent).set_aside == {3: "no zebra"}
