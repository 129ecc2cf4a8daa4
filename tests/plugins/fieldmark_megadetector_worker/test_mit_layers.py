"""The description of the MIT networks."""

import pytest

from fieldmark_megadetector_worker.mit_layers import description


@pytest.mark.parametrize(
    ("version", "counts"),
    [
        # Layers with tensors at their places in YOLOv9-s and YOLOv9-c (arXiv 2402.13616).
        ("MDV6-mit-yolov9-c", {"AConv": (3, 5, 7, 16, 19), "ELAN": (2,), "SPPELAN": (9,)}),
        ("MDV6-mit-yolov9-e", {"ADown": (3, 5, 7, 16, 19), "Conv": (0, 1), "SPPELAN": (9,)}),
    ],
)
def test_layers_stand_where_the_weights_expect_them(
    version: str, counts: dict[str, tuple[int, ...]]
) -> None:
    """Weights are found by the number of a layer, so the order is the contract."""
    layers = description(version, 640, 0.5, 300)["model"]["model"]["layers"]
    kinds = [next(iter(layer)) for layer in layers]
    for kind, places in counts.items():
        assert tuple(i for i, each in enumerate(kinds) if each == kind) == places
    assert [i for i, kind in enumerate(kinds) if kind == "RepNCSPELAN"][-5:] == [8, 12, 15, 18, 21]
    assert (len(kinds), kinds[-1]) == (23, "MultiheadDetection")


def test_what_was_asked_for_stands_in_it() -> None:
    """Size, overlap and the limit of boxes are those of the order."""
    said = description("MDV6-mit-yolov9-c", 320, 0.7, 1000)
    assert said["image_size"] == [320, 320]
    assert said["task"]["nms"] == {"min_confidence": 0.2, "min_iou": 0.7, "max_bbox": 1000}
