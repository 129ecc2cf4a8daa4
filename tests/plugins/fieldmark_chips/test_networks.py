"""Segmentation networks: real ONNX files, and what is made of their answers."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmark.components import Context
from fieldmark.errors import UserError
from fieldmark.types import WHOLE, Box, Chip
from fieldmark_chips import BACKGROUND
from fieldmark_chips.networks import Segmenter, read
from fieldmark_chips.places import Grid
from fieldmark_chips.settings import NetworkOptions

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
from support import segmenters

PLAIN = {"height": 64, "width": 64, "mean": [0, 0, 0], "std": [1, 1, 1]}
"""The networks of the tests take pixels in 0–1."""


ANIMAL = Box(0.2, 0.3, 0.5, 0.4)


def scene(*, animal: Box = ANIMAL, where: Box = WHOLE) -> Chip:
    """Return a red animal on grey, and the box in which it is said to be."""
    pixels = np.full((90, 140, 3), 120, np.uint8)
    left, top, right, bottom = animal.pixels(140, 90)
    pixels[top:bottom, left:right] = (230, 40, 30)
    return Chip(pixels, animal=where)


def found(chip: Chip, path: Path, *, tighten: bool = False, **network: Any) -> Chip:
    """Return the chip in which a network has looked for the animal."""
    options = BACKGROUND.options.model_validate(
        {"method": "model", "network": PLAIN | network, "tighten": tighten}
    )
    done = BACKGROUND.build(options, Context(weights=lambda: path)).apply(chip)
    assert isinstance(done, Chip)
    return done


def is_the_animal(mask: object, animal: Box) -> bool:
    """Return whether a mask is high inside the animal, and low elsewhere."""
    assert isinstance(mask, np.ndarray)
    inside = np.zeros(mask.shape, bool)
    left, top, right, bottom = animal.pixels(mask.shape[1], mask.shape[0])
    inside[top:bottom, left:right] = True
    return bool(mask[inside].mean() > 0.9 and mask[~inside].mean() < 0.1)


@pytest.mark.parametrize("kind", ["salient", "logits", "seven answers", "classes"])
def test_every_kind_of_network_finds_the_animal(kind: str, tmp_path: Path) -> None:
    """One map, with or without its sigmoid, the first of seven, and classes say where it is."""
    path = tmp_path / "net.onnx"
    network: dict[str, Any] = {}
    if kind == "classes":
        segmenters.classes(path)
        network = {"kind": "classes"}
    else:
        segmenters.salient(path, logits=kind == "logits", answers=7 if "seven" in kind else 1)
        network = {"sigmoid": kind == "logits"}
    chip = scene()
    done = found(chip, path, **network)
    assert is_the_animal(done.mask, ANIMAL)
    assert np.array_equal(done.pixels, chip.pixels)


def test_all_animals_of_a_network_count_together(tmp_path: Path) -> None:
    """Whether a nyala is taken for a horse or a sheep does not matter; a chair is no animal."""
    horse, chair = (segmenters.classes(tmp_path / f"{n}.onnx", animal=n) for n in (13, 9))
    assert is_the_animal(found(scene(), horse, kind="classes").mask, ANIMAL)
    assert is_the_prior(found(scene(), chair, kind="classes"))


def is_the_prior(chip: Chip) -> bool:
    """Return whether the centre prior stands in the chip's mask."""
    prior = Grid.of(chip.animal, *chip.size).centre_prior()
    return chip.mask is not None and bool(np.abs(chip.mask - prior).max() < 0.02)


@pytest.mark.parametrize(
    "chip",
    [
        Chip(np.full((90, 140, 3), 120, np.uint8)),
        scene(animal=Box(0.5, 0.5, 0.04, 0.04)),
        scene(animal=Box(0.6, 0.6, 0.3, 0.3), where=Box(0.0, 0.0, 0.5, 0.5)),
        scene(animal=Box(0.0, 0.0, 1.0, 1.0)),
    ],
    ids=["nothing", "a crumb", "another animal", "all of it"],
)
def test_what_is_not_plausible_gives_the_centre_prior(chip: Chip, tmp_path: Path) -> None:
    """Where a network sees nothing, too little, another animal or all, the centre weighs most."""
    path = segmenters.classes(tmp_path / "net.onnx")
    assert is_the_prior(found(chip, path, kind="classes"))


@pytest.mark.parametrize(("highest", "seen"), [(0.4, False), (0.8, True)])
def test_noise_is_not_stretched_to_an_animal(highest: float, seen: bool) -> None:
    """A map that is low everywhere says that there is nothing; another is stretched to 0–1."""
    values = np.linspace(0.1, highest, 64, dtype=np.float32).reshape(1, 1, 8, 8)
    made = read(values, NetworkOptions())
    assert (made is not None) == seen
    if made is not None:
        assert (made.min(), made.max()) == (0, 1)


def test_outside_the_box_nothing_is_the_animal(tmp_path: Path) -> None:
    """Of two animals in a chip, only what lies in the box counts."""
    chip = scene(animal=Box(0.1, 0.3, 0.35, 0.4), where=Box(0.05, 0.2, 0.45, 0.6))
    pixels = chip.pixels.copy()
    pixels[30:60, 90:130] = (230, 40, 30)
    both = Chip(pixels, animal=chip.animal)
    mask = found(both, segmenters.salient(tmp_path / "net.onnx")).mask
    assert mask is not None
    assert mask[:, 85:].max() == 0
    assert mask[45, 30] > 0.9


def test_tighten_cuts_to_what_the_network_found(tmp_path: Path) -> None:
    """The chip is cut to the animal and its margin."""
    done = found(scene(), segmenters.salient(tmp_path / "net.onnx"), tighten=True)
    assert done.region.w == pytest.approx(0.5 * 1.12, abs=0.06)


def test_given_mask_wins(tmp_path: Path) -> None:
    """What a person or an import said of the animal's shape is not asked of a network."""
    mask = np.zeros((90, 140), np.float32)
    mask[:45] = 1
    given = Chip(scene().pixels, mask=mask)
    assert found(given, segmenters.salient(tmp_path / "net.onnx")).mask is mask


def test_a_file_that_is_no_network_is_refused(tmp_path: Path) -> None:
    """The message names the file and what would do."""
    path = tmp_path / "net.onnx"
    path.write_bytes(b"hello" * 100)
    with pytest.raises(UserError, match=r"cannot open net\.onnx as a network; name an ONNX file"):
        found(scene(), path)


@pytest.mark.parametrize(
    ("network", "wrong"),
    [
        ({"height": 32}, "background.network"),
        ({"kind": "classes"}, "knows 1 classes"),
    ],
)
def test_options_that_do_not_fit_are_refused_at_once(
    network: dict[str, object], wrong: str, tmp_path: Path
) -> None:
    """A wrong size or kind shows when the network is opened, not at the first photo."""
    path = segmenters.salient(tmp_path / "net.onnx")
    with pytest.raises(UserError, match=wrong):
        Segmenter(path, NetworkOptions.model_validate(PLAIN | network))


def test_several_maps_need_their_kind(tmp_path: Path) -> None:
    """A network for classes read as one for salient objects is refused."""
    path = segmenters.classes(tmp_path / "net.onnx")
    with pytest.raises(UserError, match="expected one map for kind 'salient'"):
        Segmenter(path, NetworkOptions.model_validate(PLAIN))


@given(st.integers(0, 40), st.floats(-30, 30))
def test_a_common_shift_of_all_classes_changes_nothing(seed: int, shift: float) -> None:
    """The weights are shares of all classes, whatever their level, and stay in 0–1."""
    values = np.random.default_rng(seed).normal(0, 4, (1, 21, 6, 7)).astype(np.float32)
    options = NetworkOptions(kind="classes")
    one, other = read(values, options), read(values + np.float32(shift), options)
    assert (one is None) == (other is None)
    if one is not None and other is not None:
        assert np.allclose(one, other, atol=1e-3)
        assert 0 <= one.min() <= one.max() <= 1 + 1e-6
