"""Networks on disk."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
import timm
import torch
from safetensors.torch import load_file, save_file

from fieldmark.errors import ProjectError, UserError
from fieldmark.files import sha256
from fieldmark_deep.network import EmbeddingNetwork
from fieldmark_deep.settings import Network
from fieldmark_deep.storage import CONFIG, WEIGHTS, fill_backbone, load, read_config, save

SMALL = Network(backbone="mobilenetv3_small_050", height=32, width=64, embedding_size=8)
CHIPS = torch.rand(3, 3, 32, 64, generator=torch.Generator().manual_seed(1))


def network(seed: int = 0, **changes: object) -> EmbeddingNetwork:
    """Return a small network in evaluation mode, with statistics that are not the initial ones."""
    torch.manual_seed(seed)
    made = EmbeddingNetwork(SMALL.model_copy(update=changes))
    made.train()(torch.rand(4, made.settings.channels, 32, 64))
    return made.eval()


@pytest.mark.parametrize("changes", [{}, {"pooling": "gem", "neck": True}, {"channels": 4}])
def test_a_loaded_network_is_the_saved_one(tmp_path: Path, changes: dict[str, Any]) -> None:
    """Saving and loading changes no bit of any embedding."""
    made = network(**changes)
    chips = torch.rand(3, made.settings.channels, 32, 64)
    again, config = load(save(tmp_path, made, {"made": "by hand"}))
    assert torch.equal(made(chips), again(chips))
    assert again.settings == made.settings
    assert not again.training
    assert config["record"] == {"made": "by hand"}


def test_the_configuration_has_timms_keys(tmp_path: Path) -> None:
    """`config.json` says what timm and the Hub look for."""
    save(tmp_path, network(), {})
    config = json.loads((tmp_path / CONFIG).read_text())
    assert config["architecture"] == "mobilenetv3_small_050"
    assert (config["num_classes"], config["num_features"]) == (0, 8)
    assert config["pretrained_cfg"]["input_size"] == [3, 32, 64]
    assert config["pretrained_cfg"]["mean"] == [0.485, 0.456, 0.406]
    assert config["pretrained_cfg"]["std"] == [0.229, 0.224, 0.225]


def test_a_bare_backbone_has_timms_names(tmp_path: Path) -> None:
    """A network without a head is a plain timm network, and timm itself can read it."""
    made = network(embedding_size=None)
    path = save(tmp_path, made, {})
    theirs = timm.create_model("mobilenetv3_small_050", num_classes=0)
    theirs.load_state_dict(load_file(path))
    x = (CHIPS - made.mean) / made.std
    expected = torch.nn.functional.normalize(theirs.eval()(x))
    assert torch.equal(made(CHIPS), expected)


def test_a_plain_timm_folder_is_read(tmp_path: Path) -> None:
    """Timm's weights beside timm's configuration make a network without a head."""
    torch.manual_seed(3)
    theirs = timm.create_model("resnet18", num_classes=0).eval()
    save_file(theirs.state_dict(), tmp_path / WEIGHTS)
    cfg = {"input_size": [3, 48, 64], "mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]}
    (tmp_path / CONFIG).write_text(json.dumps({"architecture": "resnet18", "pretrained_cfg": cfg}))
    ours, _ = load(tmp_path / WEIGHTS)
    assert (ours.settings.height, ours.settings.width, ours.embedding_size) == (48, 64, 512)
    x = torch.rand(2, 3, 48, 64)
    assert torch.equal(ours(x), torch.nn.functional.normalize(theirs((x - 0.5) / 0.5)))


def test_one_file_is_enough(tmp_path: Path) -> None:
    """The weights file alone says which network it is of."""
    made = network()
    path = save(tmp_path, made, {"species": "tiger"})
    (tmp_path / CONFIG).unlink()
    again, config = load(path)
    assert torch.equal(made(CHIPS), again(CHIPS))
    assert config["record"] == {"species": "tiger"}


def test_one_digest_pins_weights_and_configuration(tmp_path: Path) -> None:
    """The same weights with another configuration are another file; the same ones the same file."""
    made = network()
    digests = [
        sha256(save(tmp_path / str(n), made, record))
        for n, record in enumerate(({"a": 1}, {"a": 1}, {"a": 2}))
    ]
    assert digests[0] == digests[1] != digests[2]


def test_a_file_without_a_configuration_is_refused(tmp_path: Path) -> None:
    """Weights of nobody knows what are refused, with what to do."""
    save_file({"x": torch.zeros(1)}, tmp_path / WEIGHTS)
    with pytest.raises(UserError, match=r"does not say which network.*config\.json"):
        read_config(tmp_path / WEIGHTS)


@pytest.mark.parametrize("content", [b"", b"not tensors at all", b"\x08\0\0\0\0\0\0\0{}"])
def test_a_file_that_is_none_is_refused(tmp_path: Path, content: bytes) -> None:
    """A damaged file is one sentence."""
    path = tmp_path / WEIGHTS
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"no safetensors|not say"):
        load(path)


def test_a_truncated_file_is_refused(tmp_path: Path) -> None:
    """Half of a file is told from a whole one."""
    path = save(tmp_path, network(), {})
    path.write_bytes(path.read_bytes()[:100_000])
    with pytest.raises(UserError, match="no safetensors file that can be read"):
        load(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    """A file that is not there is one sentence, too."""
    with pytest.raises(UserError, match="no safetensors file that can be read"):
        load(tmp_path / WEIGHTS)


def test_foreign_weights_are_one_sentence(tmp_path: Path) -> None:
    """Weights of another network are refused with counts and one example, not a list of keys."""
    path = save(tmp_path, network(), {})
    torch.manual_seed(0)
    other = EmbeddingNetwork(SMALL.model_copy(update={"backbone": "resnet18"}))
    with pytest.raises(UserError, match="belong to another network") as caught:
        fill_backbone(other, str(path))
    assert len(str(caught.value)) < 300
    assert "\n" not in str(caught.value)


def test_settings_of_a_newer_version_are_refused(tmp_path: Path) -> None:
    """A configuration with unknown keys asks for an update."""
    path = save(tmp_path, network(), {})
    header = json.dumps({"network": {"backbone": "resnet18", "novelty": 1}, "record": {}})
    save_file(load_file(path), path, metadata={"fieldmark": header})
    with pytest.raises(UserError, match="update fieldmark"):
        load(path)


@pytest.mark.parametrize("backbone", ["mobilenetv3_small_050", "resnet18", "convnext_atto"])
def test_an_empty_fourth_channel_changes_nothing(tmp_path: Path, backbone: str) -> None:
    """With a widened stem and a fourth channel of zeros the 3-channel embeddings come out."""
    three = network(backbone=backbone, embedding_size=None)
    path = save(tmp_path, three, {})
    four = network(7, backbone=backbone, embedding_size=None, channels=4)
    fill_backbone(four, str(path))
    wide = torch.cat([CHIPS, torch.zeros(3, 1, 32, 64)], dim=1)
    assert torch.allclose(three(CHIPS), four(wide), atol=1e-6)
    wide[:, 3] = 1.0
    assert not torch.allclose(three(CHIPS), four(wide), atol=1e-3)


def test_the_backbone_of_a_network_of_ours_is_taken(tmp_path: Path) -> None:
    """A network with a head lends its backbone; the new head stays."""
    path = save(tmp_path, network(), {})
    other = network(9, embedding_size=16)
    head = other.head.weight.clone()  # type: ignore[operator]
    fill_backbone(other, str(path))
    mine, theirs = other.backbone.state_dict(), network().backbone.state_dict()
    assert all(torch.equal(mine[key], theirs[key]) for key in theirs)
    assert torch.equal(other.head.weight, head)  # type: ignore[arg-type]


def test_a_classifier_of_timms_lends_its_backbone(tmp_path: Path) -> None:
    """The outputs of ImageNet's classes in a plain timm file are left out; halves become floats."""
    theirs = timm.create_model("mobilenetv3_small_050")
    halves = {k: v.half() if v.is_floating_point() else v for k, v in theirs.state_dict().items()}
    save_file(halves, tmp_path / "imagenet.safetensors")
    made = network(4)
    fill_backbone(made, str(tmp_path / "imagenet.safetensors"))
    stem = made.backbone.state_dict()["conv_stem.weight"]
    assert stem.dtype == torch.float32
    assert torch.equal(stem, halves["conv_stem.weight"].float())


def test_a_backbone_that_is_not_there_is_refused() -> None:
    """A missing file is refused with the three things that may be written."""
    with pytest.raises(UserError, match=r"no file nowhere\.safetensors.*timm.*null"):
        fill_backbone(network(), "nowhere.safetensors")


def _full(folder: Path, before: EmbeddingNetwork) -> None:
    path = folder / WEIGHTS
    assert torch.equal(load(path)[0](CHIPS), before(CHIPS))
    assert sorted(p.name for p in folder.iterdir()) == [CONFIG, WEIGHTS]


def test_a_full_disk_leaves_the_old_weights(
    small_disk: Path, fill_up: Callable[[Path, int], None]
) -> None:
    """With no space for the new weights, the old ones stay as they were."""
    before = network()
    save(small_disk, before, {})
    fill_up(small_disk, 500_000)
    with pytest.raises(ProjectError, match=r"No space.*those written before are"):
        save(small_disk, network(5), {})
    (small_disk / ".photos").unlink()
    _full(small_disk, before)


def test_a_quota_leaves_the_old_weights(
    tmp_path: Path, no_file_above: Callable[[int], AbstractContextManager[None]]
) -> None:
    """A write that the system cuts off leaves the old weights, and no half ones."""
    before = network()
    save(tmp_path, before, {})
    with no_file_above(100_000), pytest.raises(ProjectError, match="cannot be kept"):
        save(tmp_path, network(5), {})
    _full(tmp_path, before)
