"""Maps of where a likeness comes from."""

import os
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from fieldmark.components import Context, Explaining
from fieldmark.errors import UserError
from fieldmark.types import Chip, Floats, Mask
from fieldmark_deep.embedder import DeepEmbedder, load_embedder
from fieldmark_deep.heat import _see, heat, parts
from fieldmark_deep.network import EmbeddingNetwork, GeM
from fieldmark_deep.settings import Inference, Network
from fieldmark_deep.storage import load

RUNS = Path(os.environ.get("FIELDMARK_RUNS", Path(__file__).parents[4] / "runs"))
DATA = Path(os.environ.get("FIELDMARK_DATA", Path(__file__).parents[4] / "shared" / "data"))
RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)
BACKBONES: dict[str, dict[str, object]] = {
    "test_byobnet": {},
    "test_convnext": {},
    "test_efficientnet": {},
    "test_resnet": {"pooling": "gem", "neck": True},
    "mobilenetv3_small_050": {"pooling": "gem"},
    "mobilenetv2_100": {"pooling": "gem", "neck": True, "embedding_size": None},
    "test_vit": {"height": 160, "width": 160},
    "swin_tiny_patch4_window7_224": {
        "height": 64,
        "width": 128,
        "arguments": {"embed_dim": 16, "depths": [1, 1], "num_heads": [1, 2], "window_size": 4},
    },
}


class Colours(nn.Module):
    """A backbone that a person can follow: how red, green and blue each square of 8 pixels is."""

    def forward_features(self, pixels: Tensor) -> Tensor:
        """Return (n, 3, h / 8, w / 8)."""
        return nn.functional.avg_pool2d(pixels, 8)

    def forward_head(self, places: Tensor) -> Tensor:
        """Return the mean over the places."""
        return places.mean(dim=(-2, -1))


class Places(Colours):
    """The same, whose places are pooled outside."""

    def forward_head(self, places: Tensor) -> Tensor:
        """Return the places."""
        return places


def colours(pooling: str = "avg") -> EmbeddingNetwork:
    """Return a network that sees colours and nothing else, at 32 × 64 pixels."""
    plain = {"mean": (0.0,) * 3, "std": (1.0,) * 3, "embedding_size": None}
    shape = {"backbone": "test_resnet", "height": 32, "width": 64, **plain}
    network = EmbeddingNetwork(Network.model_validate(shape)).eval()
    network.backbone = Places() if pooling == "gem" else Colours()
    network.pool = GeM() if pooling == "gem" else nn.Identity()
    return network


def painted(*squares: tuple[int, int, tuple[int, int, int]]) -> Chip:
    """Return a black chip with squares of 8 pixels: row, column, colour."""
    pixels = np.zeros((32, 64, 3), np.uint8)
    for row, column, colour in squares:
        pixels[8 * row : 8 * row + 8, 8 * column : 8 * column + 8] = colour
    return Chip(pixels)


def untrained(backbone: str) -> EmbeddingNetwork:
    """Return a network with random weights."""
    torch.manual_seed(0)
    plain = {"height": 64, "width": 96, "embedding_size": 8}
    made = EmbeddingNetwork(
        Network.model_validate({**plain, "backbone": backbone, **BACKBONES[backbone]})
    )
    return made.eval()


def noise(seed: int, height: int = 50, width: int = 70) -> Chip:
    """Return a chip of random pixels."""
    return Chip(np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8))


@pytest.mark.parametrize("pooling", ["avg", "gem"])
def test_the_map_points_to_what_the_photos_share(pooling: str) -> None:
    """Both photos show red somewhere and another colour elsewhere: red alone is hot."""
    one = painted((0, 1, RED), (3, 6, BLUE))
    other = painted((2, 4, RED), (1, 0, GREEN))
    first, second = heat(colours(pooling), one, other)
    for hot, (row, column) in ((first, (0, 1)), (second, (2, 4))):
        y, x = divmod(int(hot.argmax()), hot.shape[1])
        assert (y // 8, x // 8) == (row, column)
        near = hot[max(8 * row - 8, 0) : 8 * row + 16, max(8 * column - 8, 0) : 8 * column + 16]
        assert near.sum() == pytest.approx(hot.sum(), rel=1e-4)


def test_photos_that_share_nothing_have_no_map() -> None:
    """Red and blue are not alike at all: both maps are 0 everywhere."""
    for each in heat(colours(), painted((0, 0, RED)), painted((1, 1, BLUE))):
        assert not each.any()


def test_a_photo_and_itself_have_a_map() -> None:
    """The gradient of a perfect cosine is 0; the map is not, and shows all that is there."""
    chip = painted((0, 0, RED), (3, 7, BLUE))
    first, second = heat(colours(), chip, chip)
    assert first[0, 0] == 1
    assert first[-1, -1] == pytest.approx(1)
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("pooling", ["avg", "gem"])
def test_the_parts_add_up_to_the_cosine(pooling: str) -> None:
    """Without biases behind the pooling, what the places add is the whole cosine."""
    network, one, other = colours(pooling), noise(1), noise(2)
    seen = [_see(network, chip) for chip in (one, other)]
    made = DeepEmbedder(network.settings, _through(network), 1).embed([one, other])
    cosine = float(made[0].values @ made[1].values)
    assert float(parts(*seen).sum()) == pytest.approx(cosine, abs=1e-4)
    assert float(parts(*reversed(seen)).sum()) == pytest.approx(cosine, abs=1e-4)


def _through(network: EmbeddingNetwork):  # type: ignore[no-untyped-def]  # noqa: ANN202
    def run(chips: Tensor) -> Tensor:
        places = network.backbone.forward_features(chips.float() / 255)  # type: ignore[operator]
        made = network.pool(network.backbone.forward_head(places))  # type: ignore[operator]
        with torch.no_grad():
            return nn.functional.normalize(made).detach()

    return run


@pytest.mark.parametrize("backbone", BACKBONES)
def test_the_map_explains_the_network_that_is_used(backbone: str) -> None:
    """Taken apart at its last map, every kind of network gives the embedding it always gives."""
    network, chip = untrained(backbone), noise(3)
    (expected,) = _embedder(network).embed([chip])
    made = _see(network, chip).embedding.detach()
    got = nn.functional.normalize(made)[0].numpy()
    np.testing.assert_allclose(got, expected.values, rtol=0, atol=1e-5)


@pytest.mark.parametrize("backbone", BACKBONES)
def test_maps_cover_the_chips_and_repeat(backbone: str) -> None:
    """0–1, of each chip's own size, the same every time, in either order, as inference or not."""
    embedder, one, other = _embedder(untrained(backbone)), noise(3), noise(4, 40, 90)
    first, second = embedder.heat(one, other)
    with torch.inference_mode():
        back = embedder.heat(other, one)
    for made, chip, again in ((first, one, back[1]), (second, other, back[0])):
        assert made.shape == chip.size
        assert made.dtype == np.float32
        assert made.min() >= 0
        assert made.max() <= 1
        np.testing.assert_array_equal(made, again)
    assert first.any() or second.any()


def _embedder(network: EmbeddingNetwork) -> DeepEmbedder:
    def run(chips: Tensor) -> Tensor:
        with torch.inference_mode():
            made: Tensor = network(chips.float() / 255)
            return made

    return DeepEmbedder(network.settings, run, 8, network)


def test_the_plugins_embedder_explains() -> None:
    """What a profile builds shows heat, and making it changes no vector."""
    tiny = Network(backbone="mobilenetv3_small_050", height=32, width=48, embedding_size=16)
    embedder = load_embedder(Inference(untrained=tiny), Context())
    assert isinstance(embedder, Explaining)
    (before,) = embedder.embed([noise(1)])
    embedder.heat(noise(1), noise(2))
    np.testing.assert_array_equal(embedder.embed([noise(1)])[0].values, before.values)


def test_a_network_without_places_says_so() -> None:
    """One sentence, not a wrong map, for a backbone whose tokens have no known places."""

    class Tokens(Colours):
        def forward_features(self, pixels: Tensor) -> Tensor:
            return super().forward_features(pixels).flatten(2).transpose(1, 2)

        def forward_head(self, places: Tensor) -> Tensor:
            return places.mean(dim=1)

    network = colours()
    network.backbone = Tokens()
    with pytest.raises(UserError, match="keeps no map of places"):
        heat(network, noise(1), noise(2))


def test_other_channels_are_refused() -> None:
    """A chip with an edge channel is refused as when it is embedded."""
    chip = Chip(np.zeros((8, 8, 4), np.uint8), ("red", "green", "blue", "edge"))
    with pytest.raises(UserError, match="takes 3 channels"):
        heat(colours(), chip, chip)


@pytest.mark.skipif(
    not (RUNS / "nyala-arcface" / "model.safetensors").is_file() or not DATA.is_dir(),
    reason="no trained weights, or no photos",
)
def test_covering_what_is_hot_costs_more_than_covering_what_is_cold() -> None:
    """On a trained network and photos of one nyala: a fifth of the pixels, hot against cold."""
    network, _ = load(RUNS / "nyala-arcface" / "model.safetensors")
    embedder = _embedder(network)
    costs = [_costs(embedder, *pair) for pair in _pairs()]
    assert np.mean([hot for hot, _ in costs]) > 0.05 + np.mean([cold for _, cold in costs])
    assert np.mean([hot > cold for hot, cold in costs]) >= 0.8


def _pairs() -> list[tuple[Chip, Chip]]:
    """Return pairs of photos of one individual that the weights were not trained on."""
    import csv  # noqa: PLC0415 - only where the data are

    from fieldmark.images import open_photo  # noqa: PLC0415

    by: dict[str, list[Path]] = {}
    with (RUNS / "nyala-arcface" / "split.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["split"] != "train":
                by.setdefault(row["individual"], []).append(Path(row["path"]))
    several = [paths for paths in by.values() if len(paths) > 1][:6]
    return [(Chip(open_photo(one)), Chip(open_photo(other))) for one, other, *_ in several]


def _costs(embedder: DeepEmbedder, one: Chip, other: Chip) -> tuple[float, float]:
    """Return what the cosine loses when the hottest fifth is painted over, and the coldest."""
    hot, _ = embedder.heat(one, other)
    order = np.argsort(hot, axis=None, kind="stable")
    fifth = len(order) // 5
    whole = _cosine(embedder, one, other)
    hidden = [_hidden(one, hot, places) for places in (order[-fifth:], order[:fifth])]
    costs = [whole - _cosine(embedder, chip, other) for chip in hidden]
    return costs[0], costs[1]


def _hidden(chip: Chip, hot: Mask, places: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> Chip:
    pixels = chip.pixels.copy()
    rows, columns = np.unravel_index(places, hot.shape)
    pixels[rows, columns] = chip.pixels.mean(axis=(0, 1)).astype(np.uint8)
    return Chip(pixels)


def _cosine(embedder: DeepEmbedder, one: Chip, other: Chip) -> float:
    vectors: list[Floats] = [made.values for made in embedder.embed([one, other])]
    return float(vectors[0] @ vectors[1])
