"""The program that reads a pickle: what it takes out, and what it refuses.

Its own process is tested with `convert`; here it runs in this one, which is quicker.
"""

import os
import pickle
from collections import OrderedDict
from pathlib import Path
from typing import Any

import pytest

from fieldmark_registry.unpickle import main

torch = pytest.importorskip("torch")

from safetensors.torch import load_file  # noqa: E402


class Trap:
    """An object that makes a folder when it is unpickled without care."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.marker),)


def converted(folder: Path, content: Any) -> tuple[dict[str, str], Path]:
    """Return what the program answers to a pickle, and the file that it writes."""
    target = folder / "model.safetensors"
    torch.save(content, folder / "saved.bin")
    return main(str(folder / "saved.bin"), str(target)), target


@pytest.mark.parametrize(
    "wrap",
    [dict, OrderedDict, lambda t: {"state_dict": t, "epoch": 3}, lambda t: {"model": t, "at": "x"}],
)
def test_tensors_are_found_also_among_other_things(tmp_path: Path, wrap: Any) -> None:
    """The tensors may be everything, or lie under the usual key; what is beside them is left."""
    answer, target = converted(tmp_path, wrap({"w": torch.ones(2), "b": torch.zeros(3)}))
    assert answer == {}
    assert sorted(load_file(target)) == ["b", "w"]


def test_shared_and_strided_tensors_are_written_whole(tmp_path: Path) -> None:
    """Tensors that share memory, or are a part of another, come out each by itself."""
    base = torch.arange(1_000_000.0).reshape(1000, 1000)
    tensors = {"tied": base[0], "again": base[0], "turned": base[:4, :4].T}
    answer, target = converted(tmp_path, {"model": tensors})
    assert answer == {}
    found = load_file(target)
    assert all(torch.equal(found[name], tensor) for name, tensor in tensors.items())
    assert target.stat().st_size < 20_000


def test_same_pickle_gives_the_same_bytes(tmp_path: Path) -> None:
    """The digest of what comes out does not depend on the place or on the order of the names."""
    names = [f"layer.{i}" for i in range(50)]
    outcomes: list[bytes] = []
    for order in (names, names[::-1]):
        folder = tmp_path / str(len(outcomes))
        folder.mkdir()
        tensors = {name: torch.full((3,), float(len(name))) for name in order}
        outcomes.append(converted(folder, tensors)[1].read_bytes())
    assert outcomes[0] == outcomes[1]


@pytest.mark.filterwarnings("ignore:Validating sparse tensor")
@pytest.mark.parametrize(
    ("content", "words"),
    [
        ([1, 2], "it holds no named tensors (list)"),
        ({}, "it holds no named tensors (dict)"),
        ({"w": torch.zeros(1), "epoch": 3}, "under 'epoch' it holds no plain tensor (int)"),
        ({1: torch.zeros(1)}, "under '1' it holds no plain tensor (Tensor)"),
        ({"state_dict": {"deep": {}}}, "under 'deep' it holds no plain tensor (dict)"),
        ({"w": torch.eye(2).to_sparse()}, "under 'w' it holds no plain tensor (Tensor)"),
    ],
)
def test_other_content_is_refused(tmp_path: Path, content: Any, words: str) -> None:
    """What is not a set of named, plain tensors is refused in words, and nothing is written."""
    answer, target = converted(tmp_path, content)
    assert answer == {"problem": "content", "what": words}
    assert not target.exists()


@pytest.mark.parametrize("form", ["zip", "legacy", "plain"])
def test_code_is_not_run_in_any_form(tmp_path: Path, form: str) -> None:
    """Code in a pickle is not run, in whatever form it is written; without care it would be."""
    marker, source = tmp_path / "it-ran", tmp_path / "saved.bin"
    content = {"state_dict": {"w": torch.zeros(2)}, "epoch": Trap(marker)}
    if form == "plain":
        source.write_bytes(pickle.dumps(Trap(marker), protocol=2))
    else:
        torch.save(content, source, _use_new_zipfile_serialization=form == "zip")
    answer = main(str(source), str(tmp_path / "model.safetensors"))
    assert answer["problem"] == "code"
    assert not marker.exists()
    if form == "plain":
        pickle.loads(source.read_bytes())  # noqa: S301 -- our own trap must be one
    else:
        torch.load(source, weights_only=False)
    assert marker.exists()


def test_damaged_archive_is_refused(tmp_path: Path) -> None:
    """A file that only begins like one of torch's is refused in words."""
    source = tmp_path / "a.pth"
    source.write_bytes(b"PK\x03\x04" + bytes(100))
    answer = main(str(source), str(tmp_path / "model.safetensors"))
    assert answer["problem"] == "content"
    assert answer["what"].startswith("torch cannot read it")
