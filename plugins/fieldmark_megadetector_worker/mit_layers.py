"""How the networks under the MIT licence are built: YOLOv9-s and YOLOv9-c.

The library downloads two descriptions, `config_v9s.yaml` for its variant `c` and `config_v9c.yaml`
for `e`. They describe the networks of the paper YOLOv9 (arXiv 2402.13616) with the layers and names
of github.com/MultimediaTechLab/YOLO; the same is said here in a table. The auxiliary branch, which
serves training only, is left out: its layers come after all others, and no box depends on it.
"""

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

Layer: TypeAlias = dict[str, dict[str, Any]]
STRIDES = [8, 16, 32]
"""Pixels between neighbouring places at which the three heads look."""


def description(version: str, side: int, iou: float, most: int) -> dict[str, Any]:
    """Return what the library's configuration file would say.

    Args:
        version: `MDV6-mit-yolov9-c` or `MDV6-mit-yolov9-e`.
        side: of the square that the network looks at, in pixels.
        iou: boxes of one kind that overlap by more are one.
        most: boxes in one photo.
    """
    small = version == "MDV6-mit-yolov9-c"
    layers = list(_small() if small else _large())
    nms = {"min_confidence": 0.2, "min_iou": iou, "max_bbox": most}
    return {
        "image_size": [side, side],
        "model": {
            "name": "v9-s" if small else "v9-c",
            "anchor": {"reg_max": 16, "strides": STRIDES},
            "model": {"layers": layers},
        },
        "task": {"data": {"source": None}, "nms": nms},
    }


def _small() -> Iterator[Layer]:
    yield _conv(32, source=0)
    yield _conv(64)
    yield {"ELAN": {"args": {"out_channels": 64, "part_channels": 64}}}
    for width, tag in ((128, "B3"), (192, "B4"), (256, "B5")):
        yield _layer("AConv", width)
        yield _thrice(width, tag)
    yield _layer("SPPELAN", 256, tags="N3")
    yield from _upwards("B4")
    yield _thrice(192, "N4")
    yield from _upwards("B3")
    yield _thrice(128, "P3")
    for narrow, other, width, tag in ((96, "N4", 192, "P4"), (128, "N3", 256, "P5")):
        yield _layer("AConv", narrow)
        yield {"Concat": {"source": [-1, other]}}
        yield _thrice(width, tag)
    yield _heads()


def _large() -> Iterator[Layer]:
    yield _conv(64, source=0)
    yield _conv(128)
    yield _elan(256, 128)
    for narrow, width, part, tag in (
        (256, 512, 256, "B3"),
        (512, 512, 512, "B4"),
        (512, 512, 512, "B5"),
    ):
        yield _layer("ADown", narrow)
        yield _elan(width, part, tag)
    yield _layer("SPPELAN", 512, tags="N3")
    yield from _upwards("B4")
    yield _elan(512, 512, "N4")
    yield from _upwards("B3")
    yield _elan(256, 256, "P3")
    for narrow, other, tag in ((256, "N4", "P4"), (512, "N3", "P5")):
        yield _layer("ADown", narrow)
        yield {"Concat": {"source": [-1, other]}}
        yield _elan(512, 512, tag)
    yield _heads()


def _layer(kind: str, width: int, **more: object) -> Layer:
    return {kind: {"args": {"out_channels": width}, **more}}


def _conv(width: int, **more: object) -> Layer:
    args = {"out_channels": width, "kernel_size": 3, "stride": 2}
    return {"Conv": {"args": args, **more}}


def _elan(width: int, part: int, tag: str | None = None, **more: object) -> Layer:
    args = {"out_channels": width, "part_channels": part, **more}
    return {"RepNCSPELAN": {"args": args, **({"tags": tag} if tag else {})}}


def _thrice(width: int, tag: str) -> Layer:
    return _elan(width, width, tag, csp_args={"repeat_num": 3})


def _upwards(other: str) -> Sequence[Layer]:
    return (
        {"UpSample": {"args": {"scale_factor": 2, "mode": "nearest"}}},
        {"Concat": {"source": [-1, other]}},
    )


def _heads() -> Layer:
    return {"MultiheadDetection": {"source": ["P3", "P4", "P5"], "tags": "Main", "output": True}}
