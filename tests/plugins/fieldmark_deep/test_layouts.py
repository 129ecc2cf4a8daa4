"""Weights of others: timm's, and MiewID's."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import timm
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional

from fieldmark.errors import UserError
from fieldmark_deep.network import EmbeddingNetwork
from fieldmark_deep.settings import Network
from fieldmark_deep.storage import fill_backbone, load, read_config, save
from support.models import CONFIG, EXPONENT, TINY, megadescriptor_shaped, miewid_shaped, tiny_timm

Tensors = dict[str, Tensor]


def chips(size: int, count: int = 2, channels: int = 3) -> Tensor:
    """Return random chips (n, c, size, size) between 0 and 1."""
    return torch.rand(count, channels, size, size, generator=torch.Generator().manual_seed(1))


def theirs(folder: Path, network: EmbeddingNetwork, x: Tensor) -> Tensor:
    """Return what timm's own loading of a folder gives, at length 1.

    A folder goes the way of the Hub in timm: only the fetching is another.
    """
    made = timm.create_model(f"local-dir:{folder}", pretrained=True, num_classes=0).eval()
    with torch.inference_mode():
        return functional.normalize(made((x - network.mean) / network.std))


def change(folder: Path, **changes: Any) -> None:
    """Change keys of a configuration; None takes one away."""
    path = folder / CONFIG
    config = {**json.loads(path.read_text()), **changes}
    path.write_text(json.dumps({k: v for k, v in config.items() if v is not None}))


def change_cfg(folder: Path, **changes: Any) -> None:
    """Change keys of timm's `pretrained_cfg`."""
    cfg = json.loads((folder / CONFIG).read_text())["pretrained_cfg"]
    change(folder, pretrained_cfg={**cfg, **changes})


@pytest.mark.parametrize("name", [TINY, "test_vit", "test_convnext", "test_resnet", "levit_128s"])
def test_embeddings_are_those_of_timm(
    tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever the family, and whatever its classifier is made of, timm's embeddings come out."""
    known = timm.get_pretrained_cfg(name)
    assert known is not None
    size = int(known.input_size[1])
    network, config = load(tiny_timm(tmp_path, size=size, architecture=name))
    x = chips(size)
    with torch.inference_mode():
        assert torch.allclose(network(x), theirs(tmp_path, network, x), atol=1e-5)
    assert config["layout"] == "timm"
    assert "Missing keys" not in caplog.text


def test_the_preparation_is_that_of_the_configuration(tmp_path: Path) -> None:
    """Size, mean, std and interpolation are read; the crop is not, so that no animal is cut off."""
    path = tiny_timm(tmp_path, size=64)
    change_cfg(tmp_path, mean=[0.5, 0.4, 0.3], std=[0.2, 0.2, 0.1], input_size=[3, 64, 96])
    shape = load(path)[0].settings
    assert (shape.height, shape.width, shape.resize) == (64, 96, "bicubic")
    assert (shape.mean, shape.std) == ((0.5, 0.4, 0.3), (0.2, 0.2, 0.1))
    change_cfg(tmp_path, interpolation="bilinear", crop_pct=0.5)
    assert load(path)[0].settings == shape.model_copy(update={"resize": "smooth"})


def test_what_is_left_out_is_as_in_timm(tmp_path: Path) -> None:
    """Without further keys timm's defaults hold: 224 pixels, bicubic, ImageNet's mean."""
    path = tiny_timm(tmp_path)
    change(tmp_path, pretrained_cfg={"num_classes": 1000})
    shape = read_config(path)["network"]
    assert (shape["height"], shape["width"], shape["resize"]) == (224, 224, "bicubic")
    assert shape["mean"] == [0.485, 0.456, 0.406]


def test_the_older_layout_is_read(tmp_path: Path) -> None:
    """A configuration whose keys all lie at the top says the same."""
    path = tiny_timm(tmp_path)
    now = load(path)[0]
    config = json.loads((tmp_path / CONFIG).read_text())
    cfg = config.pop("pretrained_cfg")
    del config["global_pool"]  # timm itself refuses it here
    (tmp_path / CONFIG).write_text(json.dumps({**config, **cfg}))
    network, _ = load(path)
    assert network.settings == now.settings
    with torch.inference_mode():
        assert torch.allclose(network(chips(64)), theirs(tmp_path, network, chips(64)), atol=1e-5)


def test_arguments_of_the_network_are_read(tmp_path: Path) -> None:
    """`model_args` builds what was saved: here four channels, another size and another pooling."""
    arguments: dict[str, Any] = {
        "global_pool": "avg",
        "in_chans": 4,
        "img_size": 96,
        "num_classes": 5,
    }
    torch.manual_seed(4)
    saved = timm.create_model("test_vit", **arguments)
    save_file(saved.state_dict(), tmp_path / "model.safetensors")
    cfg = {
        "input_size": [4, 96, 96],
        "fixed_input_size": True,
        "num_classes": 5,
        "classifier": "head",
        "first_conv": "patch_embed.proj",
        "mean": [0.5],
        "std": [0.5],
    }
    config = {"architecture": "test_vit", "pretrained_cfg": cfg, "model_args": arguments}
    (tmp_path / CONFIG).write_text(json.dumps(config))
    network, _ = load(tmp_path / "model.safetensors")
    assert network.settings.arguments == {"global_pool": "avg"}
    assert (network.settings.channels, network.settings.height) == (4, 96)
    x = chips(96, channels=4)
    with torch.inference_mode():
        made = network(x)
        assert torch.allclose(made, theirs(tmp_path, network, x), atol=1e-5)
    again, _ = load(save(tmp_path / "ours", network, {}))
    with torch.inference_mode():
        assert torch.equal(again(x), made)


def test_an_early_swin_is_read_as_timm_reads_it(tmp_path: Path) -> None:
    """MegaDescriptor's numbering and buffers are of an early timm, and its embeddings come out."""
    network, _ = load(megadescriptor_shaped(tmp_path))
    x = chips(224, count=1)
    with torch.inference_mode():
        made = network(x)
        assert torch.allclose(made, theirs(tmp_path, network, x), atol=1e-5)
    assert made.shape == (1, 768)


def reference(path: Path) -> Callable[[Tensor], Tensor]:
    """Return MiewID as wbia-plugin-miew-id describes it, filled straight from the file's names."""
    tensors = load_file(path)
    backbone: Any = timm.create_model(TINY)
    backbone.classifier = backbone.global_pool = nn.Identity()
    part = {
        k.removeprefix("backbone."): v
        for k, v in tensors.items()
        if k.startswith("backbone.") and "global_pool" not in k
    }
    backbone.load_state_dict(part)
    norm = nn.BatchNorm1d(backbone.num_features)
    norm.load_state_dict({k[3:]: v for k, v in tensors.items() if k.startswith("bn.")})
    exponent = next(v for k, v in tensors.items() if k.endswith((".global_pool.p", "pooling.p")))

    def run(x: Tensor) -> Tensor:
        x = backbone.eval().forward_features(x)
        powers = functional.avg_pool2d(x.clamp(min=1e-6).pow(exponent), x.shape[-2:])
        return functional.normalize(norm.eval()(powers.pow(1 / exponent).flatten(1)))

    return run


def edit(path: Path, work: Callable[[Tensors], Tensors]) -> None:
    """Write a weights file anew with other tensors."""
    tensors = load_file(path)
    path.unlink()
    save_file(work(tensors), path)


def checkpoint(tensors: Tensors) -> Tensors:
    """Return the names that the training's own checkpoints have, without a classifier."""
    names = {"backbone.global_pool.p": "pooling.p"}
    return {names.get(k, k): v for k, v in tensors.items() if not k.startswith("final.")}


@pytest.mark.parametrize("names", [dict, checkpoint])
def test_a_miewid_is_rebuilt(tmp_path: Path, names: Callable[[Tensors], Tensors]) -> None:
    """Features → GeM → batch normalisation → length 1, under either name of the exponent."""
    path = miewid_shaped(tmp_path, full=False)
    edit(path, names)
    network, config = load(path)
    x = chips(440)
    with torch.inference_mode():
        made = network(x)
        assert torch.allclose(made, reference(path)((x - network.mean) / network.std), atol=1e-6)
    assert float(made[0] @ made[1]) < 0.999  # a thousand times what the comparison allows
    assert config["layout"] == "miewid"
    shape = network.settings
    assert (shape.height, shape.width, shape.resize, shape.pooling) == (440, 440, "plain", "gem")
    assert shape.mean == (0.485, 0.456, 0.406)


def test_the_published_miewid_has_a_place_for_every_tensor(tmp_path: Path) -> None:
    """The true names and shapes, 1,210 tensors, are all taken, and give 2,152 numbers."""
    path = miewid_shaped(tmp_path)
    assert path.stat().st_size == 205_809_924
    assert len(load_file(path)) == 1210
    network, _ = load(path)
    assert network.embedding_size == 2152
    assert network.pool.state_dict()["p"].item() == EXPONENT


def without(name: str) -> Callable[[Tensors], Tensors]:
    """Return what takes one tensor away."""
    return lambda tensors: {k: v for k, v in tensors.items() if k != name}


def adding(name: str) -> Callable[[Tensors], Tensors]:
    """Return what adds one tensor."""
    return lambda tensors: {**tensors, name: torch.ones(1)}


def shortening(name: str) -> Callable[[Tensors], Tensors]:
    """Return what gives one tensor another shape."""
    return lambda tensors: {**tensors, name: tensors[name][:-1].clone()}


@pytest.mark.parametrize(
    ("work", "fault"),
    [
        (without("blocks.0.0.bn1.bias"), "1 missing"),
        (adding("extra.weight"), "1 unknown"),
        (adding("final.weight"), "1 unknown"),
        (shortening("bn1.weight"), "1 misshapen"),
    ],
)
def test_weights_of_timm_must_fit_whole(
    tmp_path: Path, work: Callable[[Tensors], Tensors], fault: str
) -> None:
    """One tensor too few, too many or of another shape is refused in a sentence."""
    path = tiny_timm(tmp_path)
    edit(path, work)
    with pytest.raises(UserError, match=f"belong to another network.*{fault}"):
        load(path)


@pytest.mark.parametrize(
    ("work", "fault"),
    [
        (without("bn.running_mean"), "1 missing"),
        (without("backbone.global_pool.p"), "1 missing"),
        (adding("head.weight"), "1 unknown"),
        (adding("finally.weight"), "1 unknown"),
        (adding("backbone.classifier.weight"), "1 unknown"),
        (adding("pooling.p"), "missing.*unknown"),
        (shortening("bn.weight"), "1 misshapen"),
    ],
)
def test_weights_of_a_miewid_must_fit_whole(
    tmp_path: Path, work: Callable[[Tensors], Tensors], fault: str
) -> None:
    """Nothing but the classifier `final` is left aside; two exponents are one too many."""
    path = miewid_shaped(tmp_path, full=False)
    edit(path, work)
    with pytest.raises(UserError, match=f"belong to another network.*{fault}"):
        load(path)


def test_the_configuration_of_another_network_is_refused(tmp_path: Path) -> None:
    """Weights of a ResNet beside the configuration of a Swin are one sentence."""
    path = tiny_timm(tmp_path, architecture="test_resnet")
    change(tmp_path, architecture="swin_tiny_patch4_window7_224")
    change_cfg(tmp_path, input_size=[3, 224, 224])
    with pytest.raises(UserError, match=r"belong to another network|cannot read") as caught:
        load(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is no JSON.*fetch it anew"),
        ("[]", "does not describe a network of timm's or a MiewID"),
        ('{"model_type": "vit", "hidden_size": 768}', "no 'architecture'.*same repository"),
        ('{"architecture": "resnet18", "pretrained_cfg": {"input_size": 3}}', "does not describe"),
        ('{"architecture": "resnet18", "pretrained_cfg": {"input_size": [3, 1, 1]}}', "height"),
        ('{"architecture": "resnet1"}', "timm knows no network 'resnet1'"),
        ('{"architecture": "resnet18", "interpolation": "lanczos"}', "'lanczos'.*other weights"),
        ('{"architecture": "resnet18", "model_args": {"pretrained": true}}', "pretrained cannot"),
        ('{"architecture": "resnet18", "model_args": {"checkpoint_path": "x"}}', "checkpoint_path"),
        ('{"architecture": "resnet18", "model_args": {"no_such": 1}}', "no_such"),
        ('{"model_type": "miewid", "use_fc": true}', "fully connected layer.*miewid-msv3"),
    ],
)
def test_a_configuration_that_will_not_do_is_refused(
    tmp_path: Path, text: str, message: str
) -> None:
    """Whatever lies there, one sentence says what is wrong; nothing is fetched or opened."""
    path = tiny_timm(tmp_path)
    (tmp_path / CONFIG).write_text(text)
    with pytest.raises(UserError, match=message) as caught:
        load(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("made", [tiny_timm, lambda folder: miewid_shaped(folder, full=False)])
def test_the_backbone_of_others_is_lent(tmp_path: Path, made: Callable[[Path], Path]) -> None:
    """A new network with a head of its own may begin with the backbone of either layout."""
    network = EmbeddingNetwork(Network(backbone=TINY, height=64, width=64, embedding_size=8))
    path = made(tmp_path)
    fill_backbone(network, str(path))
    stem = next(v for k, v in load_file(path).items() if k.endswith("conv_stem.weight"))
    assert torch.equal(network.backbone.state_dict()["conv_stem.weight"], stem)


def test_the_backbone_of_an_early_swin_is_lent(tmp_path: Path) -> None:
    """Its names are those of an early timm there, too."""
    name = "swin_tiny_patch4_window7_224"
    network = EmbeddingNetwork(Network(backbone=name, embedding_size=8))
    path = megadescriptor_shaped(tmp_path)
    fill_backbone(network, str(path))
    early = load_file(path)["layers.0.downsample.reduction.weight"]
    assert torch.equal(network.backbone.state_dict()["layers.1.downsample.reduction.weight"], early)
