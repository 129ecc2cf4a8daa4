import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.edges import agreement, reference
from fieldmark.components import Context
from fieldmark.errors import UserError
from fieldmark.types import Box, Chip, Pixels, Side
from fieldmark_leopard import EDGE_CHANNEL
from fieldmark_leopard.edges import EdgeChannel, edges
from fieldmark_leopard.settings import EdgeOptions

DATA = Path(__file__).parents[3].parent / "shared" / "data" / "SpotIDLeopard"


def spots(bright: int = 180, dark: int = 60) -> Pixels:
    """Return a coat of square spots, 20 pixels wide and 20 apart: 80 × 160."""
    rows, columns = np.indices((80, 160))
    spot = ((rows // 20) % 2 == 0) & ((columns // 20) % 2 == 0)
    return np.repeat(np.where(spot, dark, bright).astype(np.uint8)[:, :, None], 3, axis=2)


def apply(chip: Chip, **options: object) -> Chip:
    """Return what the step makes of a chip."""
    return EdgeChannel(EdgeOptions.model_validate(options)).apply(chip)


def test_the_channel_is_appended() -> None:
    """Colours stay as they are; the fourth channel, named edge, holds 0 and 255 alone."""
    pixels = spots()
    found = apply(Chip(pixels, side=Side.LEFT, region=Box(0.1, 0.1, 0.5, 0.5)))
    assert found.channels == ("red", "green", "blue", "edge")
    assert np.array_equal(found.pixels[:, :, :3], pixels)
    assert set(np.unique(found.pixels[:, :, 3])) == {0, 255}
    assert found.side is Side.LEFT
    assert found.region == Box(0.1, 0.1, 0.5, 0.5)
    assert np.array_equal(pixels, spots())


def test_edges_lie_where_spots_end() -> None:
    """Every edge is within two pixels of a spot's border, and every border has one."""
    found = edges(spots(), EdgeOptions()) > 0
    across = np.nonzero(found[10])[0]  # through the middle of a row of spots
    borders = np.arange(20, 160, 20) - 0.5
    assert all(np.abs(borders - x).min() <= 2 for x in across)
    assert all(np.abs(across - x).min() <= 2 for x in borders)
    assert not found[30].any()  # between two rows of spots


def test_dim_light_keeps_edges() -> None:
    """Equalisation brings out a coat that is nearly black."""
    assert np.array_equal(edges(spots(26, 20), EdgeOptions()), edges(spots(), EdgeOptions()))


def test_an_even_chip_has_no_edges() -> None:
    """Grey all over gives an empty channel, not an error."""
    assert not edges(np.full((8, 8, 3), 90, np.uint8), EdgeOptions()).any()


def test_one_pixel_is_enough() -> None:
    """The smallest chip passes."""
    assert apply(Chip(np.zeros((1, 1, 3), np.uint8))).pixels.shape == (1, 1, 4)


def test_edges_off_the_animal_stay_unless_told() -> None:
    """A mask alone changes nothing; with `masked`, edges outside are taken away."""
    mask = np.zeros((80, 160), np.float32)
    mask[:, :80] = 1
    chip = Chip(spots(), mask=mask)
    kept, masked = apply(chip).pixels[:, :, 3], apply(chip, masked=True).pixels[:, :, 3]
    assert kept[:, 80:].any()
    assert not masked[:, 80:].any()
    assert np.array_equal(masked[:, :80], kept[:, :80])


def test_colours_are_found_by_name() -> None:
    """The order of channels does not matter, and further ones are kept."""
    noise = np.random.default_rng(0).integers(0, 256, (80, 160, 1), np.uint8)
    coloured = spots() // np.array([1, 2, 3], np.uint8)
    plain = apply(Chip(coloured)).pixels[:, :, 3]
    mixed = Chip(
        np.concatenate([noise, coloured[:, :, ::-1]], axis=2), ("heat", "blue", "green", "red")
    )
    found = apply(mixed)
    assert found.channels == ("heat", "blue", "green", "red", "edge")
    assert np.array_equal(found.pixels[:, :, 4], plain)


def test_wrong_chips_are_explained() -> None:
    """Without colours, or with edges already, the message says what to write."""
    with pytest.raises(UserError, match="this one has grey; write edge-channel once"):
        apply(Chip(np.zeros((4, 4, 1), np.uint8), ("grey",)))
    with pytest.raises(UserError, match="has red, green, blue, edge"):
        apply(apply(Chip(spots())))


def test_thresholds_are_in_order() -> None:
    """A low threshold above the high one is refused when the profile is read."""
    with pytest.raises(ValueError, match=r"low \(300\) must not be above high \(200\)"):
        EdgeOptions(low=300)


def test_the_record_builds_it() -> None:
    """The component is what profiles call edge-channel."""
    step = EDGE_CHANNEL.build(EdgeOptions(), Context())
    assert isinstance(step, EdgeChannel)


@pytest.mark.skipif(not DATA.is_dir(), reason="the leopard photos are not here")
def test_the_reference_edges_are_found() -> None:
    """On a real leopard nine in ten reference edges have one of ours within two pixels."""
    with (DATA / "metadata.csv").open(encoding="utf-8") as file:
        row = next(row for row in csv.DictReader(file) if row["kind"] == "crop")
    crop = np.asarray(Image.open(DATA / row["image_path"]).convert("RGB"))
    wanted = reference(DATA / row["image_path"].replace("/cropped/", "/binary/"))
    assert agreement(edges(crop, EdgeOptions()) > 0, wanted).recall > 0.9
