"""`fieldmark train` and `fieldmark fine-tune`, as they are typed."""

import subprocess
import sys
from pathlib import Path

import pytest

from fieldmark.cli import REFUSED, SKIPPED, main
from support.learnable import RECIPE, install, write_data


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Install the small plugin and recipe, and return a table of 12 animals."""
    install(tmp_path, monkeypatch)
    (tmp_path / "species" / "recipes").mkdir(parents=True)
    (tmp_path / "species" / "recipes" / "toy.yaml").write_text(RECIPE)
    monkeypatch.chdir(tmp_path)
    return str(write_data(tmp_path / "data"))


def test_recipes_are_listed(table: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With where they come from and their summary."""
    assert main(["train", "--list"]) == 0
    assert "toy                        project  Colours" in capsys.readouterr().out


def test_train_and_fine_tune(table: str, capsys: pytest.CaptureFixture[str]) -> None:
    """One command trains, the next goes on from its weights; both say how to use the result."""
    typed = ["--data", f"cat={table}", "--split-column", "dev_split", "--workers", "2", "-q"]
    assert main(["train", "toy", *typed, "--species", "tiger", "--out", "a"]) == 0
    shown = capsys.readouterr().out
    assert "new individuals: 12 photos of 3 individuals" in shown
    assert "embed: {use: toy-colours, weights: 'file:///" in shown
    assert "species: tiger" in Path("a/recipe.yaml").read_text()
    assert main(["fine-tune", "--from", "a", *typed, "--watch", f"old={table}", "--seed", "4"]) == 0
    assert "kept: old queries: 12" in capsys.readouterr().out
    written = Path("training/toy-colours-fine-tuned/recipe.yaml").read_text()
    assert written.count("seed: 4") == 2


def test_a_dry_run_shows_what_it_would_cost(table: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Counts, batches, seconds, memory, and the plugin's own facts."""
    assert main(["train", "toy", "--data", table, "--dry-run", "-q"]) == 0
    shown = capsys.readouterr().out
    for line in ("batches per epoch: 5", "time per epoch: 0.5 s", "memory: 0.00 GiB", "power 0.5"):
        assert line in shown
    assert not Path("training").exists()


def test_what_could_not_be_used_is_listed(table: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The exit status is 1, as of every command that skipped something."""
    (Path(table).parent / "images" / "0-0.png").write_bytes(b"")
    assert main(["train", "toy", "--data", table, "-q"]) == SKIPPED
    assert "not used: images/0-0.png: the file is empty" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ([], "name a RECIPE"),
        (["toy", "--pipeline", "deep"], "not both"),
        (["tyo"], "did you mean 'toy'"),
        (["toy"], "nothing to learn from"),
        (["toy", "--data", "nowhere.csv"], "there is nothing at nowhere.csv"),
        (["toy", "--data", "data", "--set", "train.epochs=x"], "--set train.epochs=x: must be a"),
        (["toy", "--data", "data", "--split-column", "part"], "no column 'part'"),
        (["toy", "--data", "data", "--resume"], "no training to resume"),
        (["toy", "--data", "data", "--where", "x"], "expected NAME=VALUE"),
    ],
)
def test_what_cannot_be_done_is_said(
    table: str, capsys: pytest.CaptureFixture[str], typed: list[str], message: str
) -> None:
    """Each time in one sentence, with the exit status 2."""
    assert main(["train", *typed]) == REFUSED
    shown = capsys.readouterr().err
    assert message in shown
    assert "Traceback" not in shown


def test_weights_without_a_record_are_refused(
    table: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not a key dump."""
    Path("x.safetensors").write_bytes(b"\2\0\0\0\0\0\0\0{}")
    assert main(["fine-tune", "--from", "x.safetensors", "--data", table]) == REFUSED
    assert "does not say how it was trained" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["train", "fine-tune"])
def test_help_imports_nothing_heavy(command: str) -> None:
    """Not even numpy or pydantic."""
    code = (
        "import sys; from fieldmark.cli import main; main([sys.argv[1], '--help']);"
        "print([m for m in ('numpy', 'pydantic', 'torch', 'PIL', 'yaml') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, command], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"
