"""The options of `yolox`, and which label each class of a network gets."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Annotated, Self, TypeAlias

from pydantic import Field, field_validator, model_validator

from fieldmark.components import Options
from fieldmark.errors import UserError
from fieldmark_yolox.coco import CLASSES, LABELS

Label: TypeAlias = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$")]
Share: TypeAlias = Annotated[float, Field(ge=0, le=1)]


class YoloxOptions(Options):
    """Options of `yolox`."""

    size: int | None = Field(
        None,
        ge=32,
        le=2048,
        multiple_of=32,
        description="Pixels of the square that the network sees; none: as the network says.",
    )
    confidence: float = Field(
        0.25, ge=0, le=1, description="A box with a lower score is no detection."
    )
    thresholds: dict[Label, Share] = Field(
        {}, description="The same for single labels, as in {person: 0.4}."
    )
    iou: float = Field(
        0.45,
        ge=0,
        le=1,
        description="Boxes of one label that share more of their area show one animal.",
    )
    classes: dict[str, Label] = Field(
        LABELS,
        min_length=1,
        description=(
            "The label of each class of the network, by its name in COCO or its number from 0;"
            " classes that are not named are dropped."
        ),
    )
    untrained: bool = Field(
        False, description="Bright and dark places in place of a network, for tests."
    )

    @field_validator("classes", mode="before")
    @classmethod
    def _numbers_may_be_written_bare(cls, given: object) -> object:
        if not isinstance(given, Mapping):
            return given
        return {str(key) if isinstance(key, int) else key: label for key, label in given.items()}

    @field_validator("classes")
    @classmethod
    def _classes_exist(cls, given: dict[str, str]) -> dict[str, str]:
        for name in given:
            if not (_is_number(name) or name in CLASSES):
                words = "a class is named as in COCO, such as 'zebra', or by its number"
                raise ValueError(f"{words} (got {name!r}){_hint(name, CLASSES)}")
        return given

    @model_validator(mode="after")
    def _thresholds_have_labels(self) -> Self:
        labels = sorted(set(self.classes.values()))
        for name in self.thresholds:
            if name not in labels:
                words = f"no class has the label {name!r} under thresholds; there are"
                raise ValueError(f"{words} {', '.join(labels)}{_hint(name, labels)}")
        return self

    def threshold(self, label: str) -> float:
        """Return the least score of a label's detections."""
        return self.thresholds.get(label, self.confidence)


def labels_of(classes: Mapping[str, str], count: int) -> tuple[str | None, ...]:
    """Return the label of each of a network's classes; None: it is dropped.

    Raises:
        UserError: if a class is named that the network has not.
    """
    if count != len(CLASSES) and not all(map(_is_number, classes)):
        raise UserError(
            f"these weights tell {count} classes apart and not the {len(CLASSES)} of COCO, so their"
            " names are not known; write their numbers, as in the option classes: {0: animal}"
        )
    numbered = {int(k) if _is_number(k) else CLASSES.index(k): v for k, v in classes.items()}
    beyond = sorted(number for number in numbered if number >= count)
    if beyond:
        raise UserError(
            f"these weights tell {count} classes apart, with the numbers 0 to {count - 1}; there is"
            f" no {beyond[0]}, which the option classes names"
        )
    return tuple(numbered.get(number) for number in range(count))


def _is_number(name: str) -> bool:
    return name.isascii() and name.isdigit()


def _hint(word: str, known: tuple[str, ...] | list[str]) -> str:
    close = get_close_matches(word, known, n=1, cutoff=0.6)
    return f"; did you mean {close[0]!r}?" if close else ""
