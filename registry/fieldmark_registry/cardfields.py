"""What the entries of a model card may be."""

import re
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PositiveInt

from fieldmark_registry.references import CARD, inside, web_name


def _like(pattern: str, words: str) -> AfterValidator:
    def check(value: str) -> str:
        if not re.fullmatch(pattern, value, re.ASCII):
            raise ValueError(f"must be {words}")
        return value

    return AfterValidator(check)


def _path(value: str) -> str:
    if not inside(value):
        raise ValueError("must be a file's path inside the repository, as in model.safetensors")
    return value


def _address(value: str) -> str:
    if web_name(value) is None:
        raise ValueError("must be the address of a file, as in https://example.org/model.ckpt")
    return value


Text: TypeAlias = Annotated[str, Field(min_length=1, max_length=2000)]
Sha256: TypeAlias = Annotated[str, _like("[0-9a-f]{64}", "64 digits and letters a–f")]
Md5: TypeAlias = Annotated[str, _like("[0-9a-f]{32}", "32 digits and letters a–f")]
Commit: TypeAlias = Annotated[
    str, _like("[0-9a-f]{40}", "a full commit, 40 digits and letters a–f")
]
Repo: TypeAlias = Annotated[
    str, _like(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", "a repository of the hub, ORG/NAME")
]
Address: TypeAlias = Annotated[str, AfterValidator(_address)]
File: TypeAlias = Annotated[str, AfterValidator(_path)]
Name: TypeAlias = Annotated[str, _like(CARD.pattern, "small letters, digits, - and .")]


class Part(BaseModel):
    """Base of every part of a card: unknown keys are refused, values are frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Score(Part):
    """A result that was published for the model.

    Attributes:
        data: what it was measured on.
        measure: what was measured, such as `top-1` or `mAP`.
        value: the result, as published; fractions lie in 0–1.
        source: where it was published.
    """

    data: Text
    measure: Text
    value: float
    source: Text


class ConfigFile(Part):
    """The file beside the weights that says how the network is built."""

    file: File
    sha256: Sha256 | None = None


class Input(Part):
    """The pictures that the network takes, in pixels."""

    height: PositiveInt
    width: PositiveInt
    channels: PositiveInt = 3
