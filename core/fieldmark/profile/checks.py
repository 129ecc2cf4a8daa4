"""What can be wrong with a profile beyond its form.

These checks read the document rather than the model, so that they also report when the form is
wrong elsewhere: every mistake is reported at once.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from fieldmark.components import Component, Role
from fieldmark.errors import Mistake, PluginError
from fieldmark.wording import Loc, did_you_mean, listing
from fieldmark.yamlfile import Document


class Installed(Protocol):
    """What is known of the installed components; `fieldmark.plugins.Plugins` is one."""

    def components(self, role: Role) -> Sequence[Component[Any, Any]]:
        """Return the components of a role."""
        ...

    def get(self, role: Role, name: str) -> Component[Any, Any]:
        """Return one component.

        Raises:
            PluginError: if there is none, or more than one, of that name.
        """
        ...


def name_mistakes(document: Document) -> Iterator[Mistake]:
    """Yield where `default` or `fuse` name a pipeline that is not there."""
    pipelines = _mapping(document.get(("pipelines",)))
    default = document.get(("default",))
    if isinstance(default, str) and pipelines and default not in pipelines:
        yield document.mistake(("default",), _no_pipeline(default, list(pipelines)))
    fusions = [name for name, pipeline in pipelines.items() if "fuse" in _mapping(pipeline)]
    others = [name for name in pipelines if name not in fusions]
    for fusion in fusions:
        at: Loc = ("pipelines", fusion, "fuse")
        fused = _list(document.get(at))
        for i, name in enumerate(fused):
            message = _fuse_fault(name, fused[:i], fusions, others)
            if message:
                yield document.mistake((*at, i), message)


def _fuse_fault(
    name: object, before: Sequence[object], fusions: Sequence[str], others: Sequence[str]
) -> str | None:
    if not isinstance(name, str):
        return None
    if name in before:
        return f"{name!r} is named twice"
    if name in fusions:
        return f"{name!r} is itself a combination; name the pipelines that it combines"
    return None if name in others else _no_pipeline(name, others)


def _no_pipeline(name: str, known: Sequence[str]) -> str:
    return f"there is no pipeline {name!r}; there is {listing(known)}{did_you_mean(name, known)}"


def component_mistakes(document: Document, installed: Installed) -> Iterator[Mistake]:
    """Yield where a component is not installed, an option is wrong, or two do not fit."""
    for role, at in _steps(document):
        yield from _step_mistakes(document, installed, role, at)
    for name in _mapping(document.get(("pipelines",))):
        yield from _misfit(document, installed, ("pipelines", name))


def _steps(document: Document) -> Iterator[tuple[Role, Loc]]:
    """Yield the role and the place of every step that names a component."""
    sides: Loc = ("sides", "classifier")
    places: list[tuple[Role, Loc]] = [
        (Role.DETECTOR, ("detect",)),
        (Role.PREPROCESSOR, sides),
        *_chain(document, sides),
    ]
    for name in _mapping(document.get(("pipelines",))):
        at: Loc = ("pipelines", name)
        places += [*_chain(document, at)]
        places += [(Role.EMBEDDER, (*at, "embed")), (Role.MATCHER, (*at, "match"))]
    for role, at in places:
        if isinstance(document.get((*at, "use")), str):
            yield role, at


def _chain(document: Document, at: Loc) -> Iterator[tuple[Role, Loc]]:
    count = len(_list(document.get((*at, "preprocess"))))
    yield from ((Role.PREPROCESSOR, (*at, "preprocess", i)) for i in range(count))


def _step_mistakes(
    document: Document, installed: Installed, role: Role, at: Loc
) -> Iterator[Mistake]:
    try:
        record = installed.get(role, document.get((*at, "use")))
    except PluginError as error:
        yield document.mistake((*at, "use"), str(error))
        return
    options = document.get((*at, "options"))
    if options is None or isinstance(options, dict):
        yield from document.mistakes(record.options, (*at, "options"))


def _misfit(document: Document, installed: Installed, at: Loc) -> Iterator[Mistake]:
    """Yield that the matcher takes another kind of features than the embedder emits."""
    embed, match = (document.get((*at, part, "use")) for part in ("embed", "match"))
    if not (isinstance(embed, str) and isinstance(match, str)):
        return
    try:
        emits = installed.get(Role.EMBEDDER, embed).emits
        takes = installed.get(Role.MATCHER, match).takes
    except PluginError:
        return
    if emits != takes:
        fitting = [m.name for m in installed.components(Role.MATCHER) if m.takes == emits]
        yield document.mistake(
            (*at, "match", "use"),
            f"matcher {match!r} takes {takes}, but embedder {embed!r} makes {emits};"
            f" matchers for {emits}: {listing(fitting)}",
        )


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
