"""What a species profile may say. Every description here becomes help in editors."""

from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    JsonValue,
    Tag,
    field_validator,
)

from fieldmark.components import Role
from fieldmark.errors import UserError
from fieldmark.types import Side
from fieldmark.wording import NAME_PATTERN, did_you_mean, listing
from fieldmark_registry.references import parse_reference

Name: TypeAlias = Annotated[str, Field(pattern=NAME_PATTERN, max_length=60)]
Text: TypeAlias = Annotated[str, Field(min_length=1, max_length=200)]


class Part(BaseModel):
    """Base of every part of a profile: unknown keys are refused, values are frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Encounter(Part):
    """How photos are grouped into visits."""

    gap_seconds: float = Field(
        120,
        ge=0,
        description="Photos of one station at most this many seconds apart belong to one visit.",
    )


class Step(Part):
    """One component and its options."""

    role: ClassVar[Role]

    use: Name = Field(description="The name of the component; see: fieldmark plugins list.")
    options: dict[str, JsonValue] = Field(
        default_factory=dict, description="Its options; what is left out keeps its default."
    )
    weights: str | None = Field(
        None,
        description=(
            "The trained weights, pinned to their content:"
            " hf://ORG/REPO@<40-digit commit>/<file>#sha256=<64-digit digest>,"
            " https://…/<file>#sha256=<digest>, file:///full/path#sha256=<digest>, or the name of a"
            " model card."
        ),
    )

    @field_validator("weights")
    @classmethod
    def _pinned(cls, weights: str | None) -> str | None:
        if weights is not None:
            parse_reference(weights)
        return weights


class DetectStep(Step):
    """What finds the animals in a photo."""

    role = Role.DETECTOR


class PreprocessStep(Step):
    """One change to the cut-out picture of an animal."""

    role = Role.PREPROCESSOR


class SideClassifier(PreprocessStep):
    """What tells from a picture which side of the animal is seen."""

    preprocess: tuple[PreprocessStep, ...] = Field(
        (), description="Changes to the picture before it is judged, in this order."
    )


class Sides(Part):
    """Which sides of the animal are photographed, and what opposite sides prove."""

    views: tuple[Side, ...] = Field(
        (Side.LEFT, Side.RIGHT),
        min_length=1,
        description="The sides from which this animal is identified.",
    )
    opposite: Literal["incomparable", "comparable", "soft"] = Field(
        "incomparable",
        description=(
            "incomparable: the two flanks carry different patterns and are never compared."
            " comparable: they are compared like any other photos."
            " soft: they are compared, and the result counts for less."
        ),
    )
    soft_weight: float = Field(
        0.5, ge=0, le=1, description="What a match of opposite sides counts when they are soft."
    )

    classifier: SideClassifier | None = Field(
        None, description="What tells the sides apart: see fieldmark sides."
    )

    @field_validator("views")
    @classmethod
    def _once(cls, views: tuple[Side, ...]) -> tuple[Side, ...]:
        twice = [view for view in Side if views.count(view) > 1]
        if twice:
            raise ValueError(f"names {', '.join(repr(str(view)) for view in twice)} more than once")
        return views


class EmbedStep(Step):
    """What makes features from a picture."""

    role = Role.EMBEDDER


class MatchStep(Step):
    """What compares features."""

    role = Role.MATCHER


class Pipeline(Part):
    """A way of identifying: change the picture, make features, compare them."""

    preprocess: tuple[PreprocessStep, ...] = Field(
        (), description="Changes to the picture, in this order."
    )
    embed: EmbedStep = Field(description="What makes features from the picture.")
    match: MatchStep = Field(description="What compares the features.")


Gap: TypeAlias = Literal["side", "time", "distance"]


class Fusion(Part):
    """A way of identifying that combines others."""

    fuse: tuple[Name, ...] = Field(
        min_length=2,
        description=(
            "The pipelines whose results are combined. The first one looks at everybody, and"
            " makes the shortlist that the others look at."
        ),
    )
    combine: Literal["mean", "logistic", "lightgbm"] = Field(
        "logistic",
        description=(
            "How. mean: the mean of the calibrated probabilities. logistic: weights learnt from"
            " named animals. lightgbm: trees learnt from them (needs the extra `deep`)."
        ),
    )
    shortlist: tuple[int, ...] | None = Field(
        (10, 25, 50, 100, 250),
        min_length=1,
        description=(
            "Lengths of the shortlist to try; `fieldmark calibrate` keeps the one that does best"
            " on named animals held out for it. null: every pipeline looks at everybody."
        ),
    )
    gaps: tuple[Gap, ...] = Field(
        (),
        description=(
            "What speaks for or against besides looks: whether the sides are equal or unknown, and"
            " how far apart the photos are in time and in space. mean uses none of it."
        ),
    )
    rerank: Literal["none", "k-reciprocal", "query-expansion"] = Field(
        "none",
        description=(
            "Sort the first pipeline's candidates anew by whom they are like themselves, before"
            " the shortlist is made. For pipelines of vectors."
        ),
    )

    @field_validator("shortlist")
    @classmethod
    def _lengths(cls, lengths: tuple[int, ...] | None) -> tuple[int, ...] | None:
        if lengths is not None and (min(lengths) < 1 or sorted(set(lengths)) != list(lengths)):
            raise ValueError(
                f"must be whole numbers from 1 on, each larger than the one before, as in"
                f" [10, 50, 100] (got {list(lengths)})"
            )
        return lengths


def _which(value: object) -> str:
    fuses = isinstance(value, Fusion) or (isinstance(value, dict) and "fuse" in value)
    return "<fusion>" if fuses else "<pipeline>"


AnyPipeline: TypeAlias = Annotated[
    Annotated[Pipeline, Tag("<pipeline>")] | Annotated[Fusion, Tag("<fusion>")],
    Discriminator(_which),
]


class Profile(Part):
    """How one species is identified; once it is read, nothing is left to inherit."""

    extends: Name | None = Field(
        None,
        description=(
            "The base or profile from which this one inherits what it does not say itself."
            " null removes an inherited key."
        ),
    )
    name: Name = Field(description="The profile's name, which is also the name of its file.")
    scientific_name: Text = Field(description="The species, as in 'Panthera tigris'.")
    common_name: Text | None = Field(None, description="What people call it, as in 'tiger'.")
    sides: Sides = Field(Sides(), description="Which sides are photographed and comparable.")
    encounter: Encounter = Field(Encounter(), description="How photos form visits.")
    detect: DetectStep | None = Field(None, description="What finds the animals in a photo.")
    pipelines: dict[Name, AnyPipeline] = Field(
        min_length=1, description="Ways of identifying, by name."
    )
    default: Name = Field(description="The pipeline that is used when none is named.")

    def pipeline(self, name: str | None = None) -> Pipeline | Fusion:
        """Return a pipeline by name; the default one for None.

        Raises:
            UserError: if there is none of that name.
        """
        wanted = self.default if name is None else name
        if wanted not in self.pipelines:
            known, hint = listing(self.pipelines), did_you_mean(wanted, self.pipelines)
            raise UserError(f"{self.name} has no pipeline {wanted!r}; it has {known}{hint}")
        return self.pipelines[wanted]
