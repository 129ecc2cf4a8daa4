"""Tensors are copied out of a pickle, and nothing in it is ever run."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from fieldmark_registry import convert as conversion
from fieldmark_registry.convert import convert
from fieldmark_registry.problems import WeightsProblem

torch = pytest.importorskip("torch")

from safetensors.torch import load_file  # noqa: E402


class Trap:
    """An object that makes a file when it is unpickled without care."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.marker),)


def saved(folder: Path, content: Any) -> Path:
    """Save something as torch does."""
    path = folder / "pytorch_model.bin"
    torch.save(content, path)
    return path


def test_tensors_come_out_as_they_were(tmp_path: Path) -> None:
    """Every tensor keeps its name, numbers, shape and kind; the pickle stays as it is."""
    tensors = {
        "a": torch.arange(6, dtype=torch.int64).reshape(2, 3),
        "b": torch.randn(4, dtype=torch.float16),
        "c": torch.tensor(7.0, dtype=torch.bfloat16),
    }
    told: list[tuple[int, int, str]] = []
    source = saved(tmp_path, tensors)
    before = source.read_bytes()
    target = tmp_path / "model.safetensors"
    convert(source, target, lambda *progress: told.append(progress))
    found = load_file(target)
    assert found.keys() == tensors.keys()
    for name, tensor in tensors.items():
        assert found[name].dtype == tensor.dtype
        assert torch.equal(found[name], tensor)
    assert source.read_bytes() == before
    size = len(before)
    assert told == [(done, size, "converting pytorch_model.bin") for done in (0, size)]


def test_pickle_that_would_run_code_does_not(tmp_path: Path) -> None:
    """Code in a pickle is not run, nothing is written, and the message names the code."""
    marker, target = tmp_path / "it-ran", tmp_path / "model.safetensors"
    source = saved(tmp_path, {"state_dict": {"w": torch.zeros(2)}, "epoch": Trap(marker)})
    with pytest.raises(WeightsProblem) as caught:
        convert(source, target)
    assert not marker.exists()
    assert not target.exists()
    assert str(caught.value) == (
        "pytorch_model.bin names code that would have to run to open it (posix.mkdir), so it was"
        " not opened; use weights as safetensors, or ask the model's authors for them"
    )


def test_damaged_file_is_in_words(tmp_path: Path) -> None:
    """A file that is no pickle at all is refused in words, and nothing is written."""
    source, target = tmp_path / "a.pth", tmp_path / "model.safetensors"
    source.write_bytes(b"no pickle")
    with pytest.raises(WeightsProblem, match=r"a.pth .*; use weights as safetensors"):
        convert(source, target)
    assert not target.exists()


def test_process_knows_no_token_and_no_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process that reads the pickle gets no token, no home, and nothing from this folder."""
    secrets = {"HF_TOKEN": "hf_secret", "AWS_SECRET_ACCESS_KEY": "x", "PYTHONPATH": str(tmp_path)}
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "torch.py").write_text("raise SystemExit('the wrong torch')")
    monkeypatch.chdir(tmp_path)
    spy = tmp_path / "spy.py"
    seen = tmp_path / "seen.json"
    spy.write_text(
        "import json, os, sys\n"
        f"json.dump([dict(os.environ), os.getcwd(), sys.path], open({str(seen)!r}, 'w'))\n"
        "print('{}')\n"
    )
    monkeypatch.setattr(conversion, "_PROGRAM", spy)
    source = saved(tmp_path, {"w": torch.zeros(1)})
    with pytest.raises(WeightsProblem):  # the spy writes no file
        convert(source, tmp_path / "model.safetensors")
    environment, folder, path = json.loads(seen.read_text())
    assert not secrets.keys() & environment.keys()
    assert environment["HOME"] == folder != str(Path.home())
    assert str(tmp_path) not in path
    monkeypatch.undo()
    convert(source, tmp_path / "model.safetensors")


def test_missing_torch_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without torch the message names the extra to install."""
    source = saved(tmp_path, {"w": torch.zeros(1)})
    monkeypatch.setattr(conversion, "find_spec", lambda _name: None)
    with pytest.raises(WeightsProblem, match=r"needs torch; type: pip install 'fieldmark\[deep\]'"):
        convert(source, tmp_path / "model.safetensors")
