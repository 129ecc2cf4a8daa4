"""Laying settings over a recipe: what was typed, or what a profile says, wins over the file."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from fieldmark.errors import ProfileError, UserError
from fieldmark.wording import Loc, dotted
from fieldmark.yamlfile import Document


@dataclass(frozen=True)
class Setting:
    """One value that wins over the recipe's.

    Attributes:
        path: where it belongs, e.g. `("train", "epochs")`.
        said: how the person said it, for messages: `--set train.epochs=3`.
    """

    path: tuple[str, ...]
    value: Any
    said: str

    def covers(self, loc: Loc) -> bool:
        """Say whether a place lies in what this setting set."""
        return loc[: len(self.path)] == self.path


def parse_setting(text: str) -> Setting:
    """Read `train.epochs=3`; the value is read as YAML.

    Raises:
        UserError: if it has not that form.
    """
    path, equals, value = text.partition("=")
    parts = tuple(path.strip().split("."))
    if not equals or not all(parts):
        raise UserError(f"--set {text}: write a name and a value, as in --set train.epochs=3")
    said = f"--set {text}"
    try:
        document = Document(f"value: {value}", said)
        document.refuse([])
    except ProfileError as error:
        reason = "; ".join(mistake.message for mistake in error.mistakes)
        raise UserError(f"{said}: the value {reason}") from error
    return Setting(parts, document.get(("value",)), said)


def overlaid(value: Any, settings: Iterable[Setting]) -> Any:  # noqa: ANN401 -- plain YAML values
    """Return a copy of a document's value with settings laid over it, in their order."""
    for setting in settings:
        value = _with(value, setting.path, setting.value)
    return value


def _with(value: Any, path: tuple[str, ...], new: Any) -> Any:  # noqa: ANN401
    if not path:
        return new
    group = value if isinstance(value, dict) else {}
    return group | {path[0]: _with(group.get(path[0]), path[1:], new)}


def differences(before: Any, now: Any, at: Loc = ()) -> Iterator[str]:  # noqa: ANN401
    """Yield where two plain values differ, as `train.epochs was 30 and is 3`."""
    if isinstance(before, dict) and isinstance(now, dict):
        for key in sorted(before.keys() | now.keys()):
            yield from differences(before.get(key), now.get(key), (*at, key))
    elif before != now:
        yield f"{dotted(at)} was {_short(before)} and is {_short(now)}"


def _short(value: Any) -> str:  # noqa: ANN401
    text = "none" if value is None else str(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
