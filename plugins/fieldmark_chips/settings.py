"""What can be set of the steps that prepare chips."""

from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from fieldmark.components import Options

VOC_ANIMALS = (3, 8, 10, 12, 13, 17)
"""Bird, cat, cow, dog, horse and sheep among the 21 classes of PASCAL VOC (0 is background)."""


class CropOptions(Options):
    """Options of `crop`."""

    margin: float = Field(
        0.05, ge=0, le=1, description="What to leave around the box, as a share of its size."
    )


class ResizeOptions(Options):
    """Options of `resize`."""

    long_side: int = Field(
        256, ge=16, le=4096, description="Pixels of the longer side; the shape is kept."
    )
    height: int | None = Field(
        None, ge=1, le=4096, description="Pixels, together with width; the shape is not kept."
    )
    width: int | None = Field(None, ge=1, le=4096, description="Pixels, together with height.")

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if (self.height is None) != (self.width is None):
            raise ValueError("give both height and width, or long_side alone")
        return self


class EqualiseOptions(Options):
    """Options of `equalise`."""

    clip: float = Field(2.0, gt=0, le=100, description="How far contrast may be raised.")
    tiles: int = Field(8, ge=1, le=64, description="Tiles per side, each equalised on its own.")


class NetworkOptions(Options):
    """How a segmentation network is fed, and how its answer is read.

    The defaults are those of U²-Net (Qin et al., Pattern Recognition 106, 2020): 320 × 320 pixels,
    with the means and deviations of ImageNet. IS-Net (Qin et al., ECCV 2022) wants 1,024 × 1,024,
    means of 0.5 and deviations of 1.
    """

    kind: Literal["salient", "classes"] = Field(
        "salient", description="One map of what stands out, or one map for each class."
    )
    height: int = Field(320, ge=16, le=2048, description="Pixels that the network takes.")
    width: int = Field(320, ge=16, le=2048, description="Pixels that the network takes.")
    mean: tuple[float, float, float] = Field(
        (0.485, 0.456, 0.406), description="Taken from red, green and blue, in 0–1."
    )
    std: tuple[float, float, float] = Field(
        (0.229, 0.224, 0.225), description="What they are divided by then."
    )
    sigmoid: bool = Field(
        False, description="For `salient`: the answer is not in 0–1 yet, but logits."
    )
    animals: tuple[int, ...] = Field(
        VOC_ANIMALS,
        min_length=1,
        description="For `classes`: the numbers of the animals; the default is PASCAL VOC's.",
    )

    @field_validator("std")
    @classmethod
    def _positive(cls, std: tuple[float, float, float]) -> tuple[float, float, float]:
        if min(std) <= 0:
            raise ValueError(f"must be three numbers above 0 (got {list(std)})")
        return std

    @field_validator("animals")
    @classmethod
    def _numbers(cls, animals: tuple[int, ...]) -> tuple[int, ...]:
        if min(animals) < 0:
            raise ValueError(f"must be the numbers of classes, 0 or more (got {list(animals)})")
        return animals


class BackgroundOptions(Options):
    """Options of `background`."""

    method: Literal["grabcut", "centre", "model", "rembg"] = Field(
        "grabcut", description="How the animal is found when the annotation has no mask."
    )
    size: int = Field(256, ge=32, le=1024, description="Pixels of the copy GrabCut works on.")
    tighten: bool = Field(True, description="Cut the chip to where the animal was found.")
    margin: float = Field(0.06, ge=0, le=1, description="What to leave around it then.")
    network: NetworkOptions = Field(
        default_factory=NetworkOptions,
        description="For `model`: what the network in `weights` takes and gives.",
    )
    session: Literal["u2net_custom", "dis_custom", "ben_custom"] = Field(
        "u2net_custom", description="For `rembg`: which of its local networks `weights` is."
    )


class PaintOptions(Options):
    """Options of `paint`."""

    hide: Literal["background", "animal"] = Field(
        "background", description="animal: for the control that identifies by background alone."
    )
    fill: Literal["grey", "mean", "blur", "noise"] = Field(
        "mean",
        description=(
            "What is painted there. mean: the mean of what stays. noise: as bright and as varied as"
            " what stays. blur: what is hidden, without detail; its colours are left."
        ),
    )
    soft: float = Field(
        0.01, ge=0, le=0.2, description="How soft the edge is, as a share of the longer side."
    )
    grow: float = Field(
        0.03,
        ge=0,
        le=0.5,
        description="How much more than the animal `hide: animal` hides, share of the longer side.",
    )


class QualityOptions(Options):
    """Options of `quality`."""

    floor: float = Field(
        0.0, ge=0, le=1, description="Photos of a lower quality are set aside; 0: none."
    )
