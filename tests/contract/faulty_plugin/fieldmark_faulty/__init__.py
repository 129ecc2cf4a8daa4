"""Every component here breaks one rule; `BREAKS` says which check must name it."""

import socket
import uuid
from collections.abc import Iterator
from typing import Any

import cv2  # the plugin's own fault: a heavy library at the top
from fieldmark_toy import LEARNT_COLOUR
from fieldmark_toy.pictures import Contrast, Trim
from pydantic import ConfigDict, Field

from fieldmark.components import Component, Context, NoOptions, Options, Role
from fieldmark.hookspecs import hookimpl
from fieldmark.types import FeatureKind
from fieldmark_faulty import embedders, matchers, pictures, trainings

VECTOR, KEYPOINTS = FeatureKind.VECTOR, FeatureKind.KEYPOINTS
OPENCV = cv2.__version__
BREAKS: dict[str, str] = {"plugin:fieldmark_faulty": "import_is_light"}
"""The one check that must fail, by component."""


class Careless(Options):
    """Ignores what it does not know."""

    model_config = ConfigDict(extra="ignore")


class Undescribed(Options):
    """Does not say what its option means."""

    width: int = 3


class Restless(Options):
    """Has another value every time."""

    token: str = Field(default_factory=lambda: uuid.uuid4().hex, description="A new one each time.")


class Strict(Options):
    """Wants scores that `contrast` never gives."""

    confidence: float = Field(0.95, description="The least score.")
    thresholds: dict[str, float] = Field({}, description="The same for single labels.")


def _contrast(options: Options, context: Context) -> Contrast:
    return Contrast()


def _trim(options: Options, context: Context) -> Trim:
    return Trim(0.0)


def _downloads(options: Options, context: Context) -> Trim:
    socket.create_connection(("fieldmark.invalid", 443), timeout=1)
    return Trim(0.0)


def _wants_weights(options: Options, context: Context) -> Trim:
    context.weights()
    return Trim(0.0)


def _wrong_role(options: Options, context: Context) -> Any:
    return embedders.MeanColour(4)


def _record(
    role: Role, name: str, check: str, kind: FeatureKind | None = None, **more: Any
) -> Component[Any, Any]:
    """Return a record, and note which check must fail for it."""
    BREAKS[f"{role}:{name}"] = check
    kinds = {"emits": kind} if role is Role.EMBEDDER else {"takes": kind}
    defaults: dict[str, Any] = {"summary": f"Breaks {check}", "options": NoOptions} | kinds
    return Component(**{"name": name, **defaults, **more})


def _preprocessor(name: str, check: str, build: Any = _trim, **more: Any) -> Component[Any, Any]:
    return _record(Role.PREPROCESSOR, name, check, build=build, **more)


def _of(role: Role, module: Any, kind: FeatureKind | None = None) -> list[Component[Any, Any]]:
    """Return a record for every faulty class of a module; its first line of help is the check."""
    return [
        _record(role, name, check, kind, build=lambda _options, _context, make=make: make())
        for name, check, make in module.FAULTS
    ]


PREPROCESSORS = [
    _preprocessor("Bad Name", "name_is_lower_case_words"),
    _preprocessor("long-winded", "summary_is_one_line", summary="Two\nlines"),
    _preprocessor("careless", "options_refuse_unknown_keys", options=Careless),
    _preprocessor("undescribed", "options_are_described", options=Undescribed),
    _preprocessor("restless", "options_have_a_fingerprint", options=Restless),
    _preprocessor("downloads", "example_builds_offline", _downloads),
    _preprocessor("wants-weights", "example_builds_offline", _wants_weights),
    _preprocessor("wrong-role", "example_builds_offline", _wrong_role),
    *_of(Role.PREPROCESSOR, pictures.Preprocessors),
]
DETECTORS = [
    *_of(Role.DETECTOR, pictures.Detectors),
    *(
        _record(
            Role.DETECTOR,
            name,
            "detect_keeps_its_thresholds",
            build=_contrast,
            options=Strict,
            example=example,
        )
        for name, example in (
            ("lax", {}),
            ("lax-with-animals", {"confidence": 0.1, "thresholds": {"animal": 0.95}}),
        )
    ),
]
EMBEDDERS = [
    *_of(Role.EMBEDDER, embedders, VECTOR),
    *_of(Role.EMBEDDER, embedders.OfKeypoints, KEYPOINTS),
    _record(
        Role.EMBEDDER, "kindless", "kind_is_declared", build=lambda *_: embedders.MeanColour(4)
    ),
]
LEARNERS = [
    _record(
        Role.EMBEDDER,
        name,
        check,
        VECTOR,
        build=LEARNT_COLOUR.build,
        options=LEARNT_COLOUR.options,
        example=LEARNT_COLOUR.example,
        training=training,
    )
    for name, check, training in trainings.FAULTS
]
MATCHERS = [
    *_of(Role.MATCHER, matchers, VECTOR),
    *_of(Role.MATCHER, matchers.OfKeypoints, KEYPOINTS),
]


@hookimpl
def fieldmark_detectors() -> Iterator[Component[Any, Any]]:
    """Offer faulty detectors."""
    yield from DETECTORS


@hookimpl
def fieldmark_preprocessors() -> Iterator[Component[Any, Any]]:
    """Offer faulty preprocessors."""
    yield from PREPROCESSORS


@hookimpl
def fieldmark_embedders() -> Iterator[Component[Any, Any]]:
    """Offer faulty embedders."""
    yield from EMBEDDERS
    yield from LEARNERS


@hookimpl
def fieldmark_matchers() -> Iterator[Component[Any, Any]]:
    """Offer faulty matchers."""
    yield from MATCHERS
