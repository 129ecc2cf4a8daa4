"""The loader: prepares a sample's chip in any process and any thread."""

import pickle
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from fieldmark.api.weights import resolve_weights
from fieldmark.errors import PhotoError, PluginError
from fieldmark.images import open_photo
from fieldmark.learn.chips import PreparedChips
from fieldmark.plugins import Plugins
from fieldmark.profile import PreprocessStep
from fieldmark.training import Sample
from fieldmark.types import Chip
from support.learnable import write_data

DARKER = PreprocessStep.model_validate({"use": "toy-darker"})


@pytest.fixture
def samples(tmp_path: Path) -> list[Sample]:
    """Return samples of eight photos."""
    write_data(tmp_path / "data", 2)
    photos = sorted((tmp_path / "data" / "images").iterdir())
    return [Sample(photo, "cat/1", "cat") for photo in photos]


@pytest.mark.usefixtures("plugins")
def test_chips_are_prepared_alike_after_pickling_and_in_threads(samples: list[Sample]) -> None:
    """Every copy gives what the preprocessors make of the photo."""
    load = PreparedChips([DARKER], resolve_weights)
    load.build()
    copy = pickle.loads(pickle.dumps(load))  # noqa: S301 -- our own bytes
    with ThreadPoolExecutor(4) as pool:
        chips = list(pool.map(copy, samples * 4))
    for sample, chip in zip(samples * 4, chips, strict=True):
        assert isinstance(chip, Chip)
        np.testing.assert_array_equal(chip.pixels, open_photo(sample.photo) // 2)


@pytest.mark.usefixtures("plugins")
def test_a_photo_that_cannot_be_opened_is_an_error_of_its_own(samples: list[Sample]) -> None:
    """The next photo is opened as before."""
    load = PreparedChips([DARKER], resolve_weights)
    samples[0].photo.write_bytes(b"no photo")
    with pytest.raises(PhotoError):
        load(samples[0])
    assert isinstance(load(samples[1]), Chip)


def test_a_missing_preprocessor_is_said_at_once(plugins: Plugins) -> None:
    """Before any photo is opened."""
    step = PreprocessStep.model_validate({"use": "toy-darkr"})
    with pytest.raises(PluginError, match="did you mean 'toy-darker'"):
        PreparedChips([step], resolve_weights).build()
