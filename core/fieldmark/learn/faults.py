"""What is wrong with a recipe, wherever it was said: in the file, or on the command line."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ValidationError

from fieldmark.components import Component, Role
from fieldmark.errors import Mistake, PluginError, ProfileError, UserError
from fieldmark.learn.models import ROLES
from fieldmark.learn.overlay import Setting
from fieldmark.profile.checks import Installed
from fieldmark.wording import Loc, dotted, listing, sentences
from fieldmark.yamlfile import Document


@dataclass
class Findings:
    """Mistakes of one recipe, gathered so that all are reported at once.

    Attributes:
        document: the file.
        settings: what was laid over it.
        value: both together.
    """

    document: Document
    settings: Sequence[Setting]
    value: Any
    mistakes: list[Mistake] = field(default_factory=list)
    typed: list[str] = field(default_factory=list)

    def add(self, loc: Loc, message: str, *, about_key: bool = False) -> None:
        """Note a fault at a place of `value`."""
        for setting in reversed(self.settings):
            if setting.covers(loc):
                inside = dotted(loc[len(setting.path) :])
                self.typed.append(f"{setting.said}: {inside + ': ' if inside else ''}{message}")
                return
        self.mistakes.append(self.document.mistake(loc, message, about_key=about_key))

    def check(self, model: type[BaseModel], at: Loc = ()) -> None:
        """Note everything that a model refuses in the part at a path."""
        part = self.get(at)
        try:
            model.model_validate({} if at and part is None else part)
        except ValidationError as error:
            for loc, message, about_key in sentences(error, model):
                inside = without_tags(part, loc)
                self.add((*at, *inside), message, about_key=about_key)

    def get(self, at: Loc) -> Any:  # noqa: ANN401 -- plain YAML values
        """Return the plain value at a path, or None."""
        value = self.value
        for part in at:
            items = dict(enumerate(value)) if isinstance(value, list) else value
            if not isinstance(items, dict) or part not in items:
                return None
            value = items[part]
        return value

    def refuse(self) -> None:
        """Raise with every mistake, if there are any.

        Raises:
            ProfileError: if all of them are in the file.
            UserError: if some were typed.
        """
        typed = list(dict.fromkeys(self.typed))
        if not typed:
            self.document.refuse(self.mistakes)
            return
        try:
            self.document.refuse(self.mistakes)
        except ProfileError as error:
            typed = [str(error), *typed]
        raise UserError("\n".join(typed))


def without_tags(value: object, loc: Loc) -> Loc:
    """Return a place as it is in the file: pydantic puts a union's `kind` into its places."""
    kept: list[int | str] = []
    for i, part in enumerate(loc):
        tag = isinstance(value, dict) and part not in value and part in value.values()
        if tag and i < len(loc) - 1:
            continue
        kept.append(part)
        if isinstance(value, dict):
            value = value.get(part)
        elif isinstance(value, list) and isinstance(part, int) and part < len(value):
            value = value[part]
        else:
            value = None
    return tuple(kept)


def check_components(findings: Findings, installed: Installed) -> None:
    """Note components that are not installed or cannot be trained, and options that are wrong."""
    for i, _step in enumerate(_list(findings.get(("preprocess",)))):
        _check_step(findings, installed, Role.PREPROCESSOR, ("preprocess", i))
    for key, role in ROLES.items():
        record = _check_step(findings, installed, role, (key,))
        if record is not None:
            _check_training(findings, installed, role, record, key)


def _check_training(
    findings: Findings, installed: Installed, role: Role, record: Component[Any, Any], key: str
) -> None:
    if record.training is None:
        able = listing(r.name for r in installed.components(role) if r.training is not None)
        message = f"the {role} {record.name!r} cannot be trained; {role}s that can: {able}"
        findings.add((key, "use"), message)
    elif isinstance(findings.get(("train",)), dict | None):
        findings.check(record.training.settings, ("train",))


def _check_step(
    findings: Findings, installed: Installed, role: Role, at: Loc
) -> Component[Any, Any] | None:
    name = findings.get((*at, "use"))
    if not isinstance(name, str):
        return None
    try:
        record = installed.get(role, name)
    except PluginError as error:
        findings.add((*at, "use"), str(error))
        return None
    if isinstance(findings.get((*at, "options")), dict | None):
        findings.check(record.options, (*at, "options"))
    return record


def _list(value: object) -> Iterator[object]:
    yield from value if isinstance(value, list) else ()
