"""Records of components, and the fingerprint of what they make."""

from typing import Any, Literal

import pytest
from pydantic import Field, ValidationError

from fieldmark.components import (
    NAME,
    Component,
    Context,
    NoOptions,
    Options,
    Role,
    fingerprint,
)
from fieldmark.errors import BadRecordError, UserError
from fieldmark.training import Training
from fieldmark.types import FeatureKind


class Grid(Options):
    """Options with a default."""

    cells: int = 4


class Step(Options):
    """A group of settings, which must say its kind."""

    kind: Literal["step"]
    factor: float = Field(0.5, gt=0)


class Lessons(Options):
    """Settings of a training."""

    epochs: int = Field(3, ge=1)
    schedule: Step = Step(kind="step")


class Demanding(Options):
    """Settings of which one has no default."""

    epochs: int


def build(options: Options, context: Context) -> Any:
    """Build nothing."""


def record(**changes: Any) -> Component[Any, Any]:
    """Return a good record with some parts changed."""
    good: dict[str, Any] = {"name": "grid", "summary": "A grid", "options": Grid, "build": build}
    return Component(**{**good, **changes})


@pytest.mark.parametrize("name", ["sift", "snow-leopard", "mdv6-c", "a", "a1-2-b"])
def test_good_names(name: str) -> None:
    """Lower case words and digits, joined by single hyphens, are names."""
    assert NAME.fullmatch(name)
    record(name=name).check(Role.PREPROCESSOR)


@pytest.mark.parametrize("name", ["", "SIFT", "a_b", "-a", "a-", "a--b", "1a", "a b", "ä", "a\n"])
def test_bad_names(name: str) -> None:
    """Anything else is refused."""
    with pytest.raises(BadRecordError, match="lower case words joined by hyphens"):
        record(name=name).check(Role.PREPROCESSOR)


def test_all_faults_of_a_record_at_once() -> None:
    """A bad record is refused with every fault in one message."""
    bad = record(name="Grid", summary="two\nlines", options=dict)
    with pytest.raises(BadRecordError) as caught:
        bad.check(Role.EMBEDDER)
    assert str(caught.value) == (
        "embedder 'Grid': the name must be lower case words joined by hyphens, got 'Grid';"
        " the summary must be one non-empty line;"
        " options must be a subclass of fieldmark.components.Options;"
        " an embedder must say which kind of features it emits"
    )


def test_kind_is_needed_where_it_means_something() -> None:
    """A matcher must say what it takes; a detector need not say anything."""
    with pytest.raises(BadRecordError, match="which kind of features it takes"):
        record(emits=FeatureKind.VECTOR).check(Role.MATCHER)
    record(takes=FeatureKind.VECTOR).check(Role.MATCHER)
    record().check(Role.DETECTOR)


def training(**changes: Any) -> Training:
    """Return a good training with some parts changed."""
    return Training(**{"settings": Lessons, "run": build, "preview": build, **changes})


@pytest.mark.parametrize("fine_tune", [{}, {"epochs": 1}, {"schedule": {"factor": 0.9}}])
def test_good_trainings(fine_tune: dict[str, object]) -> None:
    """What differs when fine-tuning is laid over the defaults, group by group."""
    record(training=training(fine_tune=fine_tune)).check(Role.PREPROCESSOR)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        (
            {"settings": dict},
            "the training's settings must be a subclass of fieldmark.components.Options",
        ),
        (
            {"settings": Demanding},
            "every setting of the training must have a default: epochs: Field required",
        ),
        (
            {"label": "colour"},
            "the training's label must be individual or species or side, got 'colour'",
        ),
        (
            {"fine_tune": {"epoch": 1}},
            "fine_tune holds what is no setting of the training: epoch:"
            " Extra inputs are not permitted",
        ),
        (
            {"fine_tune": {"schedule": {"factor": -1}}},
            "fine_tune holds what is no setting of the training: schedule.factor:"
            " Input should be greater than 0",
        ),
    ],
)
def test_bad_trainings(changes: dict[str, Any], fault: str) -> None:
    """A record whose training cannot be set up is refused, in words."""
    with pytest.raises(BadRecordError) as caught:
        record(training=training(**changes)).check(Role.PREPROCESSOR)
    assert str(caught.value) == f"preprocessor 'grid': {fault}"


def test_options_are_closed_and_frozen() -> None:
    """Unknown keys are refused, and options never change once they are made."""
    with pytest.raises(ValidationError, match="extra_forbidden"):
        Grid.model_validate({"cels": 3})
    with pytest.raises(ValidationError, match="frozen"):
        Grid().cells = 5  # type: ignore[misc] # the point of the test


def test_context_without_weights_says_what_to_write() -> None:
    """A component that asks for weights that no profile names gets an answer in words."""
    with pytest.raises(UserError, match=r"the 'weights: file:///path/model\.safetensors#sha256="):
        Context().weights()
    Context().progress("nobody listens")


def test_fingerprint_depends_on_what_changes_results() -> None:
    """Name, version, options and weights each change the fingerprint; defaults are filled in."""
    one = fingerprint(record(), Grid())
    assert one == fingerprint(record(summary="Other words"), Grid(cells=4))
    assert len(one) == 64
    others = [
        fingerprint(record(name="other"), Grid()),
        fingerprint(record(version=2), Grid()),
        fingerprint(record(), Grid(cells=5)),
        fingerprint(record(), Grid(), "ab" * 32),
        fingerprint(record(options=NoOptions), NoOptions()),
    ]
    assert len({one, *others}) == 6
