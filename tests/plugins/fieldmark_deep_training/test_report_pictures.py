"""Chips as pictures inside a page."""

from pathlib import Path

import numpy as np
import pytest

from fieldmark.training import Sample
from fieldmark.types import Side
from fieldmark_deep.training.report_pictures import caption, data_uri


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_chips_of_any_channels_have_a_picture(channels: int) -> None:
    """RGB are the first three channels; fewer are shown in grey."""
    uri = data_uri(np.full((channels, 300, 600), 200, np.uint8))
    assert uri.startswith("data:image/jpeg;base64,/9j/")
    assert len(uri) < 20_000


def test_captions_leave_out_what_is_not_known() -> None:
    """A side or an encounter is named only where it is known."""
    assert caption(Sample(Path("dir/x.jpg"), "a", "cat")) == "x.jpg"
    known = Sample(Path("x.jpg"), "a", "cat", side=Side.LEFT, encounter="v1")
    assert caption(known) == "x.jpg · left side · encounter v1"
