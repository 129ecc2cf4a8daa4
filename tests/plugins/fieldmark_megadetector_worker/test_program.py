"""The worker's answers, without the library."""

from io import BytesIO

import numpy as np
import pytest

from fieldmark_megadetector_worker.program import Worker, order_of, photos_of, serve
from fieldmark_megadetector_worker.wire import WireError, receive, send


def test_an_error_is_an_answer_and_the_talk_goes_on() -> None:
    """Every request is answered in turn, also one that cannot be."""
    requests, answers = BytesIO(), BytesIO()
    send(requests, {"do": "dance"}, [])
    send(requests, {"do": "detect", "shapes": []}, [])
    requests.seek(0)
    serve(Worker(), requests, answers)
    answers.seek(0)
    first, second = receive(answers), receive(answers)
    assert first is not None
    assert second is not None
    assert first[0]["error"] == "expected one of hello, load, detect, got 'dance'"
    assert "WireError" in first[0]["traceback"]
    assert second[0]["error"].startswith("a network must be loaded before")
    assert receive(answers) is None


def test_photos_are_cut_out_of_the_bytes() -> None:
    """Photos of several shapes come back as they were, and may be written to."""
    rng = np.random.default_rng(0)
    given = [rng.integers(0, 255, (h, w, 3), np.uint8) for h, w in ((2, 3), (5, 1), (4, 4))]
    header = {"shapes": [photo.shape[:2] for photo in given]}
    found = photos_of(header, b"".join(photo.tobytes() for photo in given))
    assert all(np.array_equal(a, b) for a, b in zip(given, found, strict=True))
    assert all(photo.flags.writeable for photo in found)
    assert photos_of({"shapes": []}, b"") == []


def test_bytes_of_another_number_are_refused() -> None:
    """Too few bytes for the shapes are a fault of the talk, not black pixels."""
    with pytest.raises(WireError, match="expected 18 bytes of photos, got 17"):
        photos_of({"shapes": [[2, 3]]}, bytes(17))


def test_an_order_names_the_visible_card() -> None:
    """Which card is settled by what the process can see, so the worker's is always the first."""
    header = {"version": "MDV5a", "weights": None, "device": "cuda:3"}
    order = order_of(header | {"floor": 0.1, "iou": 0.5, "side": None, "batch": 2})
    assert (order.device, order.weights, order.variant.version) == ("cuda", None, "a")
