"""The loop: it can be killed at any moment, and it stops in words when something is wrong."""

import csv
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fieldmark.errors import UserError
from fieldmark.training import TrainingContext, TrainingData
from fieldmark_deep.storage import load, read_config
from fieldmark_deep.training import preview, run
from fieldmark_deep.training.checkpoints import LAST
from support.learning import data_of, settings_of, train, write_photos

TIMES = {"seconds", "chips_per_second"}


def rows(folder: Path) -> list[dict[str, str]]:
    """Return the log without what depends on the clock."""
    with (folder / "log.csv").open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    return [{k: v for k, v in row.items() if k not in TIMES} for row in found]


def start(folder: Path, *words: str) -> subprocess.Popen[bytes]:
    """Start a training in a process of its own."""
    environment = os.environ | {
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "OMP_NUM_THREADS": "1",
    }
    command = [sys.executable, "-m", "support.learning", str(folder), *words]
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=None)


def wait_for(path: Path, process: subprocess.Popen[bytes]) -> None:
    """Wait until a file is there."""
    for _ in range(1200):
        if path.exists() or process.poll() is not None:
            break
        time.sleep(0.05)
    assert path.exists(), "the training ended without a checkpoint"


def test_killed_training_ends_as_an_undisturbed_one(tmp_path: Path) -> None:
    """After a kill in mid-epoch and a resumption the weights are equal bit for bit."""
    undisturbed, killed = tmp_path / "undisturbed", tmp_path / "killed"
    assert start(undisturbed).wait() == 0
    process = start(killed)
    wait_for(killed / LAST, process)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert start(killed, "resume").wait() == 0
    weights = "model.safetensors"
    assert (killed / weights).read_bytes() == (undisturbed / weights).read_bytes()
    assert rows(killed) == rows(undisturbed)


def test_training_teaches(tmp_path: Path) -> None:
    """After some epochs the loss is lower than after the first."""
    done = train(tmp_path / "run", epochs=8, ema=None)
    losses = [float(row["loss"]) for row in rows(tmp_path / "run")]
    assert losses[-1] < losses[0] / 2
    assert done.epochs == 8


def test_result_says_what_it_is(tmp_path: Path) -> None:
    """The weights file names component, preprocessing and the measurements of its best epoch."""
    done = train(tmp_path / "run", epochs=1)
    record = read_config(done.weights)["record"]
    assert record["component"] == "timm"
    assert record["measured"]["epoch"] == 1
    assert 0 <= record["measured"]["new individuals top-1"] <= 1
    assert load(done.weights)[0].embedding_size == 16


def test_early_stopping(tmp_path: Path) -> None:
    """Without a better validation for so many epochs, the training ends."""
    still: dict[str, Any] = {
        "optimiser": {"learning_rate": 1e-12},
        "augment": {"rotate": 0, "crop": 0, "colour": 0},
    }
    done = train(tmp_path / "run", epochs=20, patience=2, ema=None, frozen_epochs=20, **still)
    assert 3 <= done.epochs < 20


def test_nan_loss_names_the_photos(tmp_path: Path) -> None:
    """A loss that is not a number stops the training, with the batch's photos in a file."""
    wild = {"optimiser": {"kind": "sgd", "learning_rate": 10.0}, "loss": {"kind": "cross-entropy"}}
    samples = write_photos(tmp_path / "photos")
    halves = [("b" if i % 2 else "a") for i in range(len(samples))]
    data = data_of(samples)
    mixed = tuple(replace(s, species=h) for s, h in zip(data.train, halves, strict=False))
    context = TrainingContext(tmp_path, device="cpu")
    settings = settings_of(**wild, epochs=50, ema=None)
    with pytest.raises(UserError, match=r"not a number any more \(epoch \d+, step \d+\).*\.png"):
        run(settings, TrainingData(mixed, (), data.load), context)
    listed = (tmp_path / "not-finite.txt").read_text(encoding="utf-8").splitlines()
    assert 1 < len(listed) <= 8
    assert all(Path(line).exists() for line in listed)


def test_one_individual_is_too_few(tmp_path: Path) -> None:
    """There must be two individuals to tell apart."""
    samples = write_photos(tmp_path / "photos", individuals=1)
    context = TrainingContext(tmp_path, device="cpu")
    with pytest.raises(UserError, match="nothing to tell apart"):
        run(settings_of(), data_of(samples, held_out=0), context)


def test_preview_measures_and_writes_nothing(tmp_path: Path) -> None:
    """A preview says batches, time and memory, and leaves the folder empty."""
    samples = write_photos(tmp_path / "photos")
    folder = tmp_path / "run"
    folder.mkdir()
    found = preview(settings_of(), data_of(samples), TrainingContext(folder, device="cpu"))
    assert found.batches == 3
    assert found.epoch_seconds > 0
    assert found.peak_bytes > 10**7
    assert not list(folder.iterdir())


def test_checkpoint_of_other_settings_is_refused(tmp_path: Path) -> None:
    """A checkpoint belongs to its recipe; another one cannot go on with it."""
    train(tmp_path / "run", epochs=1)
    with pytest.raises(UserError, match="of another network or of other settings"):
        train(tmp_path / "run", epochs=2, seed=4, resume=True)


def test_longer_training_goes_on(tmp_path: Path) -> None:
    """A finished training can be resumed with more epochs."""
    train(tmp_path / "run", epochs=1)
    assert train(tmp_path / "run", epochs=2, resume=True).epochs == 2


def test_two_processes_learn_as_one(tmp_path: Path) -> None:
    """Two processes that share every batch reach the loss of one."""
    plain: dict[str, Any] = {
        "loss": {"kind": "contrastive"},
        "augment": {"rotate": 0, "crop": 0, "colour": 0},
        "ema": None,
        "epochs": 1,
        "network": {
            "backbone": "test_vit",
            "height": 160,
            "width": 160,
            "embedding_size": 8,
        },
    }  # no batch normalisation: its statistics are each process's own
    train(tmp_path / "one", **plain)
    train(tmp_path / "two", processes=2, **plain)
    one, two = (float(rows(tmp_path / name)[0]["loss"]) for name in ("one", "two"))
    assert two == pytest.approx(one, rel=1e-3)
