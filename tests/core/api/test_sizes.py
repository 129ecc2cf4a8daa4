"""The training-size study, around a plugin that is real and small."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import pytest

from fieldmark.api.recipes import Shelf, named_recipe
from fieldmark.api.sizes import Asked, study
from fieldmark.api.train import Request, train
from fieldmark.errors import UserError
from fieldmark.evaluate.results import Curve, SizeStudy
from fieldmark.learn.overlay import parse_setting
from fieldmark.learn.rows import Data
from fieldmark.plugins import Plugins
from support.growing import animals_of, heard, place_of, prepare_folder
from support.learnable import FAIL, install, write_data

Run: TypeAlias = Callable[[Asked], tuple[SizeStudy, ...]]


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Install the small plugin, and return a table of 12 animals, three of them held out."""
    install(tmp_path, monkeypatch)
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    prepare_folder()
    return write_data(tmp_path / "data")


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a cache for all tests: the photos are the same ones, so their features are."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def run(cache: Path) -> Run:
    """Return what carries a study out, in one process."""

    def carried_out(request: Asked) -> tuple[SizeStudy, ...]:
        return study(request, animals_of(request), place_of(request.out, cache), heard().append)

    return carried_out


def shared(table: Path) -> str:
    """Train weights to go on from; return their folder."""
    resolved = named_recipe("toy", Shelf(Path(), Plugins.installed()))
    train(Request(resolved, (Data(table, "cat"),), out=Path("shared"), workers=1), heard().append)
    return "shared"


def asked(table: Path, **more: object) -> Asked:
    """Return what is asked for: two, then four photos of each, twice, from scratch."""
    plain = Asked("painted-cat", (Data(table, "cat"),), (2, 4), Path("out"), seeds=2, recipe="toy")
    return replace(plain, **more)  # type: ignore[arg-type]


def kinds(found: SizeStudy) -> dict[str, Curve]:
    """Return the curves by their kind."""
    return {curve.kind: curve for curve in found.curves}


def weights(out: Path) -> dict[str, bytes]:
    """Return the weights of all trainings, by folder."""
    return {
        str(path.parent.relative_to(out)): path.read_bytes()
        for path in out.glob("sizes/*/*/model.safetensors")
    }


def test_four_methods_are_measured_on_the_same_animals(table: Path, run: Run) -> None:
    """Local and the shared weights are flat; both ways of training have a point at each size."""
    (found,) = run(asked(table, fine_tune=shared(table), sizes=(1, 2, 4, 16)))
    assert (found.varied, found.protocol, found.metric) == ("photos", "encounter-disjoint", "top-1")
    curves = kinds(found)
    assert set(curves) == {"local", "zero-shot", "fine-tuned", "from scratch"}
    for kind in ("local", "zero-shot"):
        assert len({point.estimate.value for point in curves[kind].points}) == 1
    for kind in ("fine-tuned", "from scratch"):
        assert [(p.photos, p.individuals) for p in curves[kind].points] == [(2, 9), (4, 9)]
        assert all(len(point.seeds) == 2 for point in curves[kind].points)
    assert {point.estimate.n for curve in found.curves for point in curve.points} == {12}
    assert len(found.crossing) == 5
    notes = "\n".join(found.notes)
    assert "12 photos of 3 individuals are held out and ask one another" in notes
    assert "nothing was trained on 1 photo of each individual" in notes
    assert "16 photos of each individual were left out: there are no more photos" in notes
    assert "2 photos of each individual: 18 photos of 9 individuals" in notes


def test_nobody_who_is_asked_was_learnt_from(table: Path, run: Run) -> None:
    """The split of every training names photos of the training part alone, and as many."""
    run(asked(table, vary=("photos", "individuals"), sizes=(2, 4), seeds=1))
    for grown, counts in (("photos", (18, 36)), ("individuals", (8, 16))):
        for size, count in zip((2, 4), counts, strict=True):
            text = Path(f"out/sizes/{grown}/from-scratch-{size}-0/split.csv").read_text()
            learnt = [line for line in text.splitlines() if line.endswith(",train")]
            assert len(learnt) == count
            assert not any(f"cat/a{number}," in line for line in learnt for number in (3, 7, 11))


def test_finished_trainings_are_not_repeated_and_little_is_kept(table: Path, run: Run) -> None:
    """A second run would fail if it trained; what lies in a folder is small but for the weights."""
    first = run(asked(table))
    made = weights(Path("out"))
    assert set(made) == {
        f"sizes/photos/from-scratch-{size}-{seed}" for size in (2, 4) for seed in (0, 1)
    }
    cell = Path("out/sizes/photos/from-scratch-2-0")
    assert not any(path.is_dir() for path in cell.iterdir())
    Path(FAIL).touch()
    assert run(asked(table)) == first
    (cell / "model.safetensors").write_bytes(b"damaged")
    assert run(asked(table)) == first
    assert weights(Path("out")) == made


def test_stopped_trainings_go_on_and_end_alike(table: Path, run: Run) -> None:
    """Each stops after its first epoch; continued, the weights are those of an undisturbed run."""
    undisturbed = run(asked(table, out=Path("whole"), seeds=1))
    Path(FAIL).touch()
    with pytest.raises(UserError, match="stopped, as the test asked"):
        run(asked(table, seeds=1))
    Path(FAIL).unlink()
    left = Path("out/sizes/photos/from-scratch-2-0")
    (left / "recipe.yaml").unlink()  # killed before the training itself had begun
    assert run(asked(table, seeds=1)) == undisturbed
    assert weights(Path("out")) == weights(Path("whole"))


def test_a_training_that_fails_costs_a_point(table: Path, run: Run) -> None:
    """The other trainings count, and a note says which one is missing, and why."""
    whole = kinds(run(asked(table))[0])["from scratch"]
    shutil.rmtree("out/sizes/photos/from-scratch-4-1")
    Path(FAIL).touch()
    (found,) = run(asked(table))
    points = kinds(found)["from scratch"].points
    assert points[0] == whole.points[0]
    assert points[1].seeds == whole.points[1].seeds[:1]
    assert found.notes[-1] == (
        "from scratch, 4 photos of each individual, seed 1: could not be trained: stopped, as the"
        " test asked"
    )


def test_other_settings_data_or_weights_are_refused(table: Path, run: Run) -> None:
    """Old and new trainings are never mixed in one curve."""
    start = shared(table)
    run(asked(table, fine_tune=start, seeds=1))
    typed = [parse_setting("train.epochs=7")]
    with pytest.raises(UserError, match=r"made otherwise \(train.epochs was . and is 7\)"):
        run(asked(table, fine_tune=start, seeds=1, typed=typed))
    other = Path("shared/model.safetensors")
    content = other.read_bytes()
    other.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(UserError, match="it began with other weights"):
        run(asked(table, fine_tune=start, seeds=1))
    table.write_text(table.read_text().replace("0-0.png,a0", "0-0.png,a1"))
    with pytest.raises(UserError, match="it learnt from other photos or labels"):
        run(asked(table, seeds=1))


def test_what_cannot_be_studied_is_said(table: Path, run: Run) -> None:
    """Nothing to train, or something that tells no individuals apart."""
    with pytest.raises(UserError, match="--sizes trains networks; say which with --recipe"):
        run(asked(table, recipe=None))
    with pytest.raises(UserError, match="trains no embedder that tells individuals apart"):
        run(asked(table, recipe="baseline-pairs"))
    with pytest.raises(UserError, match="did you mean 'toy'"):
        run(asked(table, recipe="tyo"))


@pytest.mark.slow
def test_a_killed_study_goes_on_and_ends_alike(table: Path) -> None:
    """Killed for good in the midst of a network's training, the weights end as if it had not."""
    command = [sys.executable, "-m", "support.growing", str(table)]
    here = str(Path(__file__).parents[2])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([here, *sys.path])}

    def started(out: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen([*command, out], env=environment)

    with started("whole") as whole:
        assert whole.wait() == 0
    with started("out") as killed:
        while not list(Path("out").glob("sizes/*/*/last.pt")):
            time.sleep(0.02)
            assert killed.poll() is None
        killed.send_signal(signal.SIGKILL)
    assert len(weights(Path("out"))) < len(weights(Path("whole")))
    with started("out") as again:
        assert again.wait() == 0
    assert weights(Path("out")) == weights(Path("whole"))
    assert not list(Path("out").glob("sizes/*/*/last.pt"))
    read = [json.loads(Path(out, "study.json").read_text()) for out in ("out", "whole")]
    assert read[0] == read[1]
