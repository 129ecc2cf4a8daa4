"""What the commands on species profiles do: say what a profile can do here, and begin a new one."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from fieldmark.api.weights import shelf
from fieldmark.components import Component
from fieldmark.doctor import EXTRAS, MEGADETECTOR_PYTHON
from fieldmark.errors import UserError
from fieldmark.files import write_text
from fieldmark.plugins import Plugins
from fieldmark.profile import Fusion, Pipeline, Profile, Step, user_folder
from fieldmark.profile.starting import (
    UNNAMED,
    base_for,
    file_name,
    is_scientific,
    new_profile_text,
    refuse_name,
    same_species,
    shipped_kin,
)
from fieldmark.types import Side
from fieldmark_registry.problems import RegistryProblem
from fieldmark_registry.weights import Located, Shelf


@dataclass(frozen=True)
class Readiness:
    """Whether a pipeline can be used on this computer.

    Attributes:
        pipeline: its name.
        features: what it compares: `keypoints` or `vector`; None for a combination.
        needs: what must be done first, each with what to type; empty: it is usable now.
    """

    pipeline: str
    features: str | None
    needs: tuple[str, ...]


def readiness(profile: Profile, plugins: Plugins, weights: Shelf | None = None) -> list[Readiness]:
    """Return for each pipeline of a profile what it still needs; nothing is downloaded.

    Args:
        profile: checked against `plugins`.
        plugins: the installed ones.
        weights: those of this computer; None: the usual ones.
    """
    here = shelf() if weights is None else weights
    return [
        Readiness(name, _features(pipeline, plugins), tuple(_needs(profile, name, plugins, here)))
        for name, pipeline in profile.pipelines.items()
    ]


def detector_needs(
    profile: Profile, plugins: Plugins, weights: Shelf | None = None
) -> list[str] | None:
    """Return what the profile's detector still needs, as in `readiness`; None if it names none."""
    if profile.detect is None:
        return None
    here = shelf() if weights is None else weights
    record = plugins.get(profile.detect.role, profile.detect.use)
    libraries = [_install(record.extra)] if record.extra and _missing(record.extra) else []
    named = profile.detect.weights
    return [*libraries, *(_absent(named, here) if named else ())]


def _install(extra: str) -> str:
    return f"libraries: pip install '{extra}'"


def _features(pipeline: Pipeline | Fusion, plugins: Plugins) -> str | None:
    if isinstance(pipeline, Fusion):
        return None
    return str(plugins.get(pipeline.embed.role, pipeline.embed.use).emits)


def _needs(profile: Profile, name: str, plugins: Plugins, weights: Shelf) -> Iterator[str]:
    pipeline = profile.pipelines[name]
    if isinstance(pipeline, Fusion):
        needs = (need for part in pipeline.fuse for need in _needs(profile, part, plugins, weights))
        yield from dict.fromkeys(needs)
        yield f"named animals to learn from: fieldmark calibrate --pipeline {name}"
        return
    extras: list[str] = []
    for step in steps(pipeline):
        record = plugins.get(step.role, step.use)
        if record.extra and record.extra not in extras and _missing(record.extra):
            extras.append(record.extra)
            yield _install(record.extra)
        if step.weights is not None:
            yield from _absent(step.weights, weights)
        elif _untrained(step, record):
            yield _training(profile.name, name, step)


def steps(pipeline: Pipeline) -> tuple[Step, ...]:
    """Return everything that a pipeline runs, in order."""
    return (*pipeline.preprocess, pipeline.embed, pipeline.match)


def components(profile: Profile) -> list[str]:
    """Return the names of everything that a profile runs, each once, in the order of its use."""
    pipelines = [each for each in profile.pipelines.values() if isinstance(each, Pipeline)]
    found = [step.use for pipeline in pipelines for step in steps(pipeline)]
    detect = [profile.detect.use] if profile.detect is not None else []
    judge = profile.sides.classifier
    sides = [] if judge is None else [*(step.use for step in judge.preprocess), judge.use]
    return list(dict.fromkeys([*detect, *sides, *found]))


def _missing(extra: str) -> bool:
    """Say whether a library of one of fieldmark's own extras is missing; imports none of them."""
    package, _, name = extra.removesuffix("]").partition("[")
    if name == "megadetector" and os.environ.get(MEGADETECTOR_PYTHON):
        return False  # another Python has them, which the doctor looks at
    modules = EXTRAS.get(name, ()) if package == "fieldmark" else ()
    return any(find_spec(module) is None for module in modules)


def _untrained(step: Step, record: Component[Any, Any]) -> bool:
    """Say whether a component that is trained names no weights, and does not mean to."""
    return record.training is not None and not step.options.get("untrained")


def _training(species: str, pipeline: str, step: Step) -> str:
    if step.role == "embedder":
        return f"training: fieldmark train --species {species} --pipeline {pipeline} --data PROJECT"
    return f"training of the {step.role} {step.use!r}: fieldmark train RECIPE --data PROJECT"


def _absent(reference: str, weights: Shelf) -> Iterator[str]:
    try:
        located = weights.locate(reference)
    except RegistryProblem as problem:
        yield f"weights: {problem}"
        return
    if located.path is None:
        yield _how(located, reference)


def _how(located: Located, reference: str) -> str:
    if reference.startswith("file:") and not located.pickle:
        return f"weights: there is no file {reference.partition('#')[0].removeprefix('file://')}"
    size = f"{located.size / 1e6:.0f} MB, " if located.size else ""
    convert = "--convert " if located.pickle else ""
    licence = f"licence: {located.licence.text}"
    return f"weights: fieldmark models pull {convert}{located.typed} ({size}{licence})"


def side_rule(profile: Profile) -> str:
    """Return in words which sides a profile knows and what opposite flanks prove."""
    sides = profile.sides
    rule = {
        "incomparable": "opposite flanks are never compared",
        "comparable": "opposite flanks are compared like any others",
        "soft": f"opposite flanks are compared, and count {sides.soft_weight:g}",
    }
    return f"{', '.join(sides.views)}; {rule[sides.opposite]}"


def doubts(profile: Profile) -> list[str]:
    """Return what is no mistake in a profile, and should still be looked at."""
    both = {Side.LEFT, Side.RIGHT} <= set(profile.sides.views)
    if not both or profile.sides.opposite == "incomparable":
        return []
    return [
        "left and right flanks are compared; in most patterned animals they differ, and then two"
        " animals can be taken for one: write opposite: incomparable unless you know better"
    ]


@dataclass(frozen=True)
class Wanted:
    """What is asked for with `species new`.

    Attributes:
        what: the name of a profile, or a scientific name.
        name: of the profile; None: made from `what`.
        scientific: the species; None: `what`, if it is one.
        base: what it extends; None: chosen by kinship.
        folder: where it will lie; None: among the user's own profiles.
    """

    what: str
    name: str | None = None
    scientific: str | None = None
    common: str | None = None
    base: str | None = None
    folder: Path | None = None


@dataclass(frozen=True)
class Begun:
    """A new profile that was written.

    Attributes:
        shipped: the shipped profile of the same species, which would do as well; None: there is
            none.
    """

    path: Path
    name: str
    base: str
    shipped: str | None = None


def begin_profile(wanted: Wanted) -> Begun:
    """Write a commented profile for a new species, ready to use.

    Raises:
        UserError: if the name is taken or cannot be one, or there is no such base.
    """
    latin = is_scientific(wanted.what)
    scientific = wanted.scientific or (" ".join(wanted.what.split()) if latin else UNNAMED)
    name = wanted.name or (file_name(wanted.what) if latin else wanted.what)
    refuse_name(name)
    _refuse_shipped(name)
    base = wanted.base or base_for(scientific)
    folder = wanted.folder or user_folder()
    path = folder / f"{name}.yaml"
    text = new_profile_text(name, scientific, wanted.common, base, folder)
    if path.exists():
        raise UserError(f"{path} exists already; choose another name, or edit that file")
    write_text(path, text)
    kin = same_species(scientific)
    return Begun(path, name, base, kin.name if kin else None)


def _refuse_shipped(name: str) -> None:
    """Refuse to hide a shipped profile by chance."""
    if name in [each.name for each in shipped_kin()]:
        raise UserError(
            f"{name!r} is a shipped profile already: use it with 'fieldmark init FOLDER --species"
            f" {name}', or choose another name for your own: fieldmark species new my-{name}"
            f" --base {name}"
        )
