"""What a training recipe may say. Every description here becomes help in editors."""

from collections.abc import Mapping
from typing import Self

from pydantic import Field, JsonValue, model_validator

from fieldmark.components import Role
from fieldmark.profile.models import Name, Part, PreprocessStep, Text

ROLES: Mapping[str, Role] = {
    "embed": Role.EMBEDDER,
    "match": Role.MATCHER,
    "preprocessor": Role.PREPROCESSOR,
}
"""The keys of a recipe that can name what is trained, and what kind of component that is."""


class TrainedStep(Part):
    """The component that is trained, and its options."""

    use: Name = Field(description="The name of the component; see: fieldmark plugins list.")
    options: dict[str, JsonValue] = Field(
        default_factory=dict, description="Its options; what is left out keeps its default."
    )


class Split(Part):
    """What is kept out of training, so that retrieval is measured on it."""

    individuals: float = Field(
        0.2, ge=0, lt=1, description="Share of each species' individuals that are held out whole."
    )
    encounters: float = Field(
        0.1, ge=0, lt=1, description="Share of the other individuals' encounters held out."
    )
    column: Text | None = Field(
        None,
        description=(
            "The column of the tables that says train, val or test; it then decides alone: val is"
            " measured on, test and everything else is left out."
        ),
    )
    seed: int = Field(0, ge=0, description="Another number draws another split.")


class Recipe(Part):
    """How one component is trained."""

    name: Name = Field(description="The recipe's name, which is also the name of its file.")
    summary: Text | None = Field(None, description="One line for lists.")
    species: Name = Field(
        "any", description="The profile that says which sides of the animal may be compared."
    )
    embed: TrainedStep | None = Field(None, description="The embedder that is trained.")
    match: TrainedStep | None = Field(None, description="Or the matcher that is trained.")
    preprocessor: TrainedStep | None = Field(
        None, description="Or the preprocessor that is trained, such as a gate."
    )
    preprocess: tuple[PreprocessStep, ...] = Field(
        (), description="Changes to the picture before it is learnt from, in this order."
    )
    split: Split = Field(Split(), description="What is kept out of training.")
    train: dict[str, JsonValue] = Field(
        default_factory=dict,
        description="The component's training settings; what is left out keeps its default.",
    )

    @model_validator(mode="after")
    def _one(self) -> Self:
        named = [key for key in ROLES if getattr(self, key) is not None]
        if len(named) != 1:
            got = " and ".join(named) or "none"
            raise ValueError(f"must name one of {', '.join(ROLES)}, which is trained (got {got})")
        return self

    @property
    def key(self) -> str:
        """Which key names what is trained: `embed`, `match` or `preprocessor`."""
        return next(key for key in ROLES if getattr(self, key) is not None)

    @property
    def role(self) -> Role:
        """What kind of component is trained."""
        return ROLES[self.key]

    @property
    def component(self) -> TrainedStep:
        """The component that is trained."""
        step: TrainedStep = getattr(self, self.key)
        return step
