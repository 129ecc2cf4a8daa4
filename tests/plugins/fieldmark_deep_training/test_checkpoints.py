"""Checkpoints: whole or not at all, and only of this training."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
import torch

from fieldmark.errors import ProjectError, UserError
from fieldmark_deep.network import EmbeddingNetwork
from fieldmark_deep.training.checkpoints import LAST, Progress, read, write
from fieldmark_deep.training.learner import Learner
from fieldmark_deep.training.ranks import Rank
from support.learning import NETWORK, settings_of

CPU = torch.device("cpu")
PROGRESS = Progress(2, 5, 1.25, {"epoch": 1, "new individuals mAP": 0.5}, 1, [{"epoch": 1}])


def learner(seed: int = 0, **changes: object) -> Learner:
    """Return a learner of two individuals that has made one step."""
    settings = settings_of(**changes)
    torch.manual_seed(seed)
    network = EmbeddingNetwork(settings.network)
    made = Learner(network, (4, 4), settings, CPU, torch.float32, Rank())
    made.begin(1)
    chips = torch.randint(0, 256, (8, 3, 32, 48), dtype=torch.uint8)
    made.step(chips, torch.tensor([0, 1] * 4), 1, 0, 0.0)
    return made


def same(one: Learner, two: Learner) -> bool:
    """Return whether two learners are the same, bit for bit."""
    parts = [(one.network, two.network), (one.objective, two.objective)]
    if one.mean is not None and two.mean is not None:
        parts.append((one.mean, two.mean))
    return all(
        torch.equal(value, b.state_dict()[key])
        for a, b in parts
        for key, value in a.state_dict().items()
    )


def test_what_is_read_is_what_was_written(tmp_path: Path) -> None:
    """Network, class centres, running mean, optimiser and progress come back bit for bit."""
    first, second = learner(), learner(1)
    assert not same(first, second)
    write(tmp_path, first, PROGRESS, "this")
    assert read(tmp_path, second, "this") == PROGRESS
    assert same(first, second)
    moments, theirs = first.optimiser.state_dict()["state"], second.optimiser.state_dict()["state"]
    assert all(torch.equal(moments[k]["exp_avg"], theirs[k]["exp_avg"]) for k in moments)


def test_without_a_checkpoint_it_begins(tmp_path: Path) -> None:
    """Resuming where nothing was begun starts at the first step."""
    assert read(tmp_path, learner(), "this") == Progress()


def test_another_training_is_refused(tmp_path: Path) -> None:
    """A checkpoint of other settings is one sentence with what to type."""
    write(tmp_path, learner(), PROGRESS, "this")
    with pytest.raises(UserError, match=r"of another network or of other settings.*--out"):
        read(tmp_path, learner(), "that")


@pytest.mark.parametrize("changes", [{"backbone": "test_resnet"}, {"embedding_size": 8}])
def test_another_architecture_is_one_sentence(tmp_path: Path, changes: dict[str, object]) -> None:
    """Tensors that do not fit are refused without a list of keys, even under the same name."""
    write(tmp_path, learner(), PROGRESS, "this")
    other = learner(network={**NETWORK, **changes})
    with pytest.raises(UserError, match="does not fit this network") as caught:
        read(tmp_path, other, "this")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300 + len(str(tmp_path))


@pytest.mark.parametrize("kept", [0, 1, 100, 0.5, 0.999])
def test_a_truncated_checkpoint_is_refused(tmp_path: Path, kept: float) -> None:
    """Half a checkpoint is one sentence, however much is left, and the learner is as before."""
    write(tmp_path, learner(), PROGRESS, "this")
    path = tmp_path / LAST
    whole = path.read_bytes()
    path.write_bytes(whole[: kept if isinstance(kept, int) else int(kept * len(whole))])
    made, before = learner(1), learner(1)
    with pytest.raises(UserError, match="damaged and cannot be read; delete it"):
        read(tmp_path, made, "this")
    assert same(made, before)


@pytest.mark.parametrize("content", [b"hello", b"\x80\x02.", b"PK\x03\x04" + b"\0" * 100])
def test_something_else_is_refused(tmp_path: Path, content: bytes) -> None:
    """A file that was never a checkpoint is one sentence."""
    (tmp_path / LAST).write_bytes(content)
    with pytest.raises(UserError, match="damaged"):
        read(tmp_path, learner(), "this")


def test_a_file_of_torch_that_is_no_checkpoint_is_refused(tmp_path: Path) -> None:
    """Tensors alone, or a dictionary of something else, are refused."""
    torch.save([torch.zeros(2)], tmp_path / LAST)
    with pytest.raises(UserError, match="no checkpoint of fieldmark"):
        read(tmp_path, learner(), "this")
    torch.save({"x": 1}, tmp_path / LAST)
    with pytest.raises(UserError, match="of another network"):
        read(tmp_path, learner(), "this")


def test_nothing_is_executed(tmp_path: Path) -> None:
    """A checkpoint that carries code instead of tensors is refused, and the code never runs."""
    mark = tmp_path / "ran"

    class Trap:
        def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
            return Path.touch, (mark,)

    torch.save({"format": 1, "identity": "this", "progress": Trap()}, tmp_path / LAST)
    with pytest.raises(UserError, match="damaged"):
        read(tmp_path, learner(), "this")
    assert not mark.exists()


def _kept(folder: Path) -> None:
    assert [p.name for p in folder.iterdir()] == [LAST]
    assert read(folder, learner(1), "this") == PROGRESS


def test_a_full_disk_leaves_the_former(
    small_disk: Path, fill_up: Callable[[Path, int], None]
) -> None:
    """With no space for a new checkpoint, the one before is intact, and the reason is said."""
    write(small_disk, learner(), PROGRESS, "this")
    fill_up(small_disk, 500_000)
    with pytest.raises(ProjectError, match=r"No space left.*the one before is still there"):
        write(small_disk, learner(2), Progress(9), "this")
    (small_disk / ".photos").unlink()
    _kept(small_disk)


def test_a_quota_leaves_the_former(
    tmp_path: Path, no_file_above: Callable[[int], AbstractContextManager[None]]
) -> None:
    """A write that the system cuts off leaves the checkpoint before, and nothing half done."""
    write(tmp_path, learner(), PROGRESS, "this")
    with no_file_above(50_000), pytest.raises(ProjectError, match="free some space"):
        write(tmp_path, learner(2), Progress(9), "this")
    _kept(tmp_path)
