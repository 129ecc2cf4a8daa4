"""The feature cache returns what was stored under exactly that identity, or nothing."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmark.cache import FeatureCache, feature_key
from fieldmark.errors import ProjectError
from fieldmark.types import Box, Keypoints, SetAside, Side, Vector

KEY = feature_key("a" * 64, Box(), None, Side.LEFT, "f" * 64)


def keypoints(n: int, dtype: type = np.uint8) -> Keypoints:
    """Return n keypoints."""
    random = np.random.default_rng(n)
    return Keypoints(
        xy=random.random((n, 2), np.float32) * 100,
        scale=random.random(n, np.float32),
        angle=random.random(n, np.float32),
        weight=random.random(n, np.float32),
        descriptors=(random.random((n, 16)) * 255).astype(dtype),
        size=(80, 120),
        animal=Box(0.1, 0.2, 0.5, 0.6),
        region=Box(0.25, 0.25, 0.5, 0.5),
    )


@pytest.mark.parametrize("n", [0, 1, 40])
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_keypoints_come_back_as_they_were(tmp_path: Path, n: int, dtype: type) -> None:
    """Every field survives, to the bit."""
    cache, stored = FeatureCache(tmp_path), keypoints(n, dtype)
    cache.write(KEY, stored)
    back = cache.read(KEY)
    assert isinstance(back, Keypoints)
    for name in ("xy", "scale", "angle", "weight", "descriptors"):
        np.testing.assert_array_equal(getattr(back, name), getattr(stored, name))
    assert (back.size, back.animal, back.region) == (stored.size, stored.animal, stored.region)


def test_vectors_and_reasons_come_back(tmp_path: Path) -> None:
    """A vector keeps its values; a chip that was set aside keeps its reason."""
    cache = FeatureCache(tmp_path)
    cache.write(KEY, Vector(np.arange(4, dtype=np.float32)))
    back = cache.read(KEY)
    assert isinstance(back, Vector)
    assert back.values.tolist() == [0, 1, 2, 3]
    assert cache.outcome(KEY) is True
    cache.write(KEY, SetAside("too dark: ждать дня"))
    assert cache.read(KEY) == cache.outcome(KEY) == SetAside("too dark: ждать дня")


def test_nothing_stored_is_nothing(tmp_path: Path) -> None:
    """A cache that was deleted is an empty cache."""
    cache = FeatureCache(tmp_path / "gone")
    assert cache.read(KEY) is None
    assert cache.outcome(KEY) is False


@pytest.mark.parametrize("keep", [0, 10, 200])
def test_a_torn_file_is_made_again(tmp_path: Path, keep: int) -> None:
    """What a power cut damaged counts as not stored, and is cleared away."""
    cache = FeatureCache(tmp_path)
    cache.write(KEY, keypoints(20))
    (path,) = tmp_path.rglob("*.npz")
    path.write_bytes(path.read_bytes()[:keep])
    assert cache.outcome(KEY) is False
    cache.write(KEY, keypoints(20))
    path.write_bytes(path.read_bytes()[:keep])
    assert cache.read(KEY) is None
    assert not path.exists()


def test_a_damaged_content_is_noticed(tmp_path: Path) -> None:
    """A flipped bit inside an array fails its checksum."""
    cache = FeatureCache(tmp_path)
    cache.write(KEY, keypoints(60))
    (path,) = tmp_path.rglob("*.npz")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)
    back = cache.read(KEY)
    assert back is None


def test_a_cache_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    """The error says what to do."""
    (tmp_path / "features").write_text("a file where the folder should be")
    with pytest.raises(ProjectError, match="same command again"):
        FeatureCache(tmp_path).write(KEY, SetAside("dark"))


BOXES = st.builds(lambda x, y: Box(x, y, 1 - x, 1 - y), st.floats(0, 0.9), st.floats(0, 0.9))


@given(BOXES, BOXES)
def test_another_box_has_another_key(one: Box, other: Box) -> None:
    """Keys agree exactly when the boxes do."""
    keys = {feature_key("a" * 64, box, None, Side.LEFT, "f") for box in (one, other)}
    assert (len(keys) == 1) == (one == other)


def test_everything_that_decides_the_features_is_in_the_key() -> None:
    """Photo, box, mask, side and pipeline each change the key."""
    box = Box(0.1, 0.1, 0.5, 0.5)
    keys = {
        feature_key("a" * 64, box, None, Side.LEFT, "f"),
        feature_key("b" * 64, box, None, Side.LEFT, "f"),
        feature_key("a" * 64, replace(box, x=0.2), None, Side.LEFT, "f"),
        feature_key("a" * 64, box, "c" * 64, Side.LEFT, "f"),
        feature_key("a" * 64, box, None, Side.RIGHT, "f"),
        feature_key("a" * 64, box, None, Side.LEFT, "g"),
    }
    assert len(keys) == 6
