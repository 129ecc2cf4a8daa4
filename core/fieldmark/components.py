"""What a plugin offers: four roles, and the record that describes one component of a role.

A plugin module yields records and imports nothing heavy; the heavy imports sit inside `build`.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar, get_args, runtime_checkable

from pydantic import BaseModel, ConfigDict, ValidationError

from fieldmark.errors import BadRecordError, UserError
from fieldmark.training import Label, Training, merged
from fieldmark.types import (
    Candidate,
    Chip,
    Detection,
    Explanation,
    FeatureKind,
    Features,
    Floats,
    Ids,
    Judged,
    Mask,
    Pixels,
    Query,
    SetAside,
)

NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


class Role(StrEnum):
    """The four kinds of component."""

    DETECTOR = "detector"
    PREPROCESSOR = "preprocessor"
    EMBEDDER = "embedder"
    MATCHER = "matcher"


@runtime_checkable
class Detector(Protocol):
    """Finds animals, people and vehicles in photos."""

    def detect(self, photos: Sequence[Pixels]) -> Sequence[Sequence[Detection]]:
        """Return for each photo (H×W×3 uint8, RGB) what it shows; an empty list for nothing."""
        ...


@runtime_checkable
class Preprocessor(Protocol):
    """Changes a chip, or sets it aside with a reason."""

    def apply(self, chip: Chip) -> Chip | SetAside:
        """Return a new chip; the given one is never modified."""
        ...


@runtime_checkable
class SideJudge(Preprocessor, Protocol):
    """A preprocessor that says which side of the animal is seen; for `sides.classifier`.

    Its `apply` gives a chip the side only where nobody has said it.
    """

    def judge(self, chip: Chip) -> Judged:
        """Return what is seen, whatever the chip says of its side."""
        ...


@runtime_checkable
class Embedder(Protocol):
    """Makes features from chips."""

    def embed(self, chips: Sequence[Chip]) -> Sequence[Features]:
        """Return one `Features` per chip, in order.

        The result is deterministic and does not depend on the other chips of the call.
        """
        ...


@runtime_checkable
class Explaining(Embedder, Protocol):
    """An embedder that can show where in two chips it finds them alike."""

    def heat(self, query: Chip, candidate: Chip) -> tuple[Mask, Mask]:
        """Return a map over the pixels of each chip, ≥ 0: how much each place adds to the likeness.

        At most 1; all 0 where nothing speaks for the likeness. The maps repeat, and those of
        `heat(candidate, query)` are the same two in the other order.

        Raises:
            UserError: if this network cannot show it.
        """
        ...


class Rules(Protocol):
    """What may be compared with what, and what is already known; given to `Index.search`."""

    def weights(self, query: int, ids: Ids) -> Floats:
        """Return for each gallery annotation in `ids` (n,) a weight 0–1, float32 (n,).

        0: the pair must never be compared (own encounter, incomparable side, known to differ).
        Between 0 and 1: its evidence counts for less. 1: it counts in full.
        """
        ...

    def individuals(self, ids: Ids) -> Ids:
        """Return for each annotation in `ids` (n,) the number of its individual, int64 (n,).

        Annotations not yet named have numbers of their own, so equal numbers always mean that
        the two are known, or assumed within one encounter, to show the same animal.
        """
        ...


@runtime_checkable
class Index(Protocol):
    """A searchable gallery."""

    @property
    def ids(self) -> Ids:
        """The annotations in the index, int64 (n,), ascending."""
        ...

    def add(self, ids: Sequence[int], features: Sequence[Features]) -> None:
        """Add annotations; one that is there already is replaced."""
        ...

    def remove(self, ids: Sequence[int]) -> None:
        """Remove annotations; one that is not there is ignored."""
        ...

    def search(self, queries: Sequence[Query], k: int, rules: Rules) -> Sequence[list[Candidate]]:
        """Return for each query at most `k` candidates, the highest score first.

        A query without usable features, and an empty gallery, give an empty list. Ties are broken
        by the individual's number, so that results repeat. A query never matches its own id.
        """
        ...

    def explain(
        self, query: Query, candidates: Sequence[int], rules: Rules
    ) -> Sequence[Explanation]:
        """Return what the query shares with each of some gallery annotations, in their order.

        Annotations that the rules forbid are explained as if they did not.

        Raises:
            KeyError: if an annotation is not in the index.
        """
        ...

    def save(self, folder: Path) -> None:
        """Write the index into `folder`, so that a kill at any moment leaves the old or the new."""
        ...


@runtime_checkable
class Matcher(Protocol):
    """Compares features."""

    def index(self) -> Index:
        """Return a new, empty index."""
        ...

    def load(self, folder: Path) -> Index:
        """Return an index that `save` wrote.

        Raises:
            UserError: if the folder holds no readable index; the caller rebuilds it.
        """
        ...


class Options(BaseModel):
    """Base of every component's options: unknown keys are refused, values are frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class NoOptions(Options):
    """For a component that has nothing to set."""


def _no_weights() -> Path:
    raise UserError(
        "this component needs weights and the profile names none; beside 'use:' add the 'weights:"
        " file:///path/model.safetensors#sha256=<64-hex>' that 'fieldmark train --species NAME"
        " --pipeline NAME --data PROJECT' or 'fieldmark models pin FILE' prints, or the name of a"
        " model card (see: fieldmark models list)"
    )


@dataclass(frozen=True)
class Context:
    """What the core gives to `build`.

    Attributes:
        device: `auto` (the best there is), `cpu`, `cuda`, `cuda:1`, `mps`.
        weights: returns the local, verified weights file that the profile names; may take time
            at the first call.
        cache: a folder that may be deleted at any time; None when nothing may be written.
        progress: call it with one sentence when something takes long.
    """

    device: str = "cpu"
    weights: Callable[[], Path] = _no_weights
    cache: Path | None = None
    progress: Callable[[str], None] = lambda _sentence: None


OptionsT = TypeVar("OptionsT", bound=Options)
RoleT_co = TypeVar("RoleT_co", bound=Detector | Preprocessor | Embedder | Matcher, covariant=True)


@dataclass(frozen=True)
class Component(Generic[OptionsT, RoleT_co]):
    """The record of one component.

    Attributes:
        name: lower case words joined by hyphens, unique within the role.
        summary: one line for lists.
        options: the pydantic class of its options.
        build: makes the component; heavy imports belong inside it.
        version: raise it whenever the same options give other results; part of the fingerprint.
        extra: the extra of *this plugin's distribution* to install when a library is missing,
            written as for pip, e.g. `fieldmark[deep]`.
        example: options for contract tests; must build offline.
        emits: an embedder's kind of features.
        takes: a matcher's kind of features.
        parallel: whether the core may run copies of it in several processes (CPU components).
        opens_pickles: whether it opens pickled weights itself, in a way that runs nothing of them;
            other components are given tensors that were copied out of a pickle.
        training: how it is trained; None: it cannot be.
    """

    name: str
    summary: str
    options: type[OptionsT]
    build: Callable[[OptionsT, Context], RoleT_co]
    version: int = 1
    extra: str | None = None
    example: Mapping[str, object] = field(default_factory=dict)
    emits: FeatureKind | None = None
    takes: FeatureKind | None = None
    parallel: bool = True
    opens_pickles: bool = False
    training: Training | None = None

    def check(self, role: Role) -> None:
        """Refuse a record that breaks the contract.

        Raises:
            BadRecordError: with every fault in one message.
        """
        faults = list(self._faults(role))
        if faults:
            raise BadRecordError(f"{role} {self.name!r}: " + "; ".join(faults))

    def _faults(self, role: Role) -> Iterator[str]:
        if not NAME.fullmatch(self.name):
            yield f"the name must be lower case words joined by hyphens, got {self.name!r}"
        if not self.summary.strip() or "\n" in self.summary:
            yield "the summary must be one non-empty line"
        declared: object = self.options  # a stranger's plugin need not be type-checked
        if not (isinstance(declared, type) and issubclass(declared, Options)):
            yield "options must be a subclass of fieldmark.components.Options"
        if role is Role.EMBEDDER and self.emits is None:
            yield "an embedder must say which kind of features it emits"
        if role is Role.MATCHER and self.takes is None:
            yield "a matcher must say which kind of features it takes"
        if self.training is not None:
            yield from _training_faults(self.training)


def _training_faults(training: Training) -> Iterator[str]:
    if training.label not in get_args(Label):
        allowed = " or ".join(get_args(Label))
        yield f"the training's label must be {allowed}, got {training.label!r}"
    declared: object = training.settings
    if not (isinstance(declared, type) and issubclass(declared, Options)):
        yield "the training's settings must be a subclass of fieldmark.components.Options"
        return
    try:
        defaults = declared().model_dump(mode="json")
    except ValidationError as error:
        yield f"every setting of the training must have a default: {_first_fault(error)}"
        return
    try:
        declared.model_validate(merged(defaults, training.fine_tune))
    except ValidationError as error:
        yield f"fine_tune holds what is no setting of the training: {_first_fault(error)}"


def _first_fault(error: ValidationError) -> str:
    first = error.errors()[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"


def fingerprint(
    record: Component[Any, Any], options: Options, weights_sha256: str | None = None
) -> str:
    """Return 64 hex digits that change whenever the component's results may change.

    The digest of the name, the code version, the options with all defaults filled in, and the
    digest of the weights.
    """
    identity = [record.name, record.version, options.model_dump(mode="json"), weights_sha256]
    text = json.dumps(identity, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()
