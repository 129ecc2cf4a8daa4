"""pydantic's errors, and near misses, in words that an ecologist can act on."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, NamedTuple, TypeAlias, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from fieldmark.components import NAME

NAME_PATTERN = f"^{NAME.pattern}$"
"""What a component's or profile's name looks like, anchored as JSON Schema needs it."""
Loc: TypeAlias = tuple[int | str, ...]
_OWN = re.compile(r"<[a-z ]+>|\[key\]")


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `; did you mean 'x'?` for the nearest known word, or nothing."""
    close = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"; did you mean {close[0]!r}?" if close else ""


def listing(words: Iterable[str]) -> str:
    """Return the words quoted and separated by commas, or `none`."""
    return ", ".join(repr(word) for word in words) or "none"


def dotted(path: Sequence[int | str]) -> str:
    """Return a path as it is written in messages: `pipelines.local.preprocess[0].use`."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{_clipped(part)}" for part in path)
    text = "".join(parts)
    return text.removeprefix(".")


_KEY_FAULTS = ("missing", "extra_forbidden")


class Sentence(NamedTuple):
    """One fault found by pydantic: where, relative to the model, and what is wrong in words."""

    loc: Loc
    message: str
    about_key: bool
    """Whether the key is at fault (it is unknown, or missing) rather than its value."""


def sentences(error: ValidationError, model: type[BaseModel]) -> Iterator[Sentence]:
    """Yield every fault in words.

    The parts of a `loc` that are pydantic's own, such as the name of the chosen model, are left
    out when they are written in `<>` or `[]`.
    """
    for details in error.errors(include_url=False):
        loc = tuple(part for part in details["loc"] if not _OWN.fullmatch(str(part)))
        about_key = details["type"] in _KEY_FAULTS or "[key]" in details["loc"]
        yield Sentence(loc, _sentence(details, model), about_key)


def options_in_words(error: ValidationError, model: type[BaseModel]) -> str:
    """Return every fault in one line, for options that come from no file."""
    return "; ".join(f"{dotted(loc)}: {message}" for loc, message, _ in sentences(error, model))


def _sentence(details: ErrorDetails, model: type[BaseModel]) -> str:
    if details["type"] == "extra_forbidden":
        known = keys_at(model, details["loc"][:-1])
        return "no such key" + did_you_mean(str(details["loc"][-1]), known)
    if details["input"] is None and details["type"] != "missing":
        return "has no value; write one or delete the line"
    say = _WORDS.get(details["type"])
    return say(details) if say else _plain(details)


def _plain(details: ErrorDetails) -> str:
    text = details["msg"].removeprefix("Value error, ").replace("Input should", "must")
    return f"{text[:1].lower()}{text[1:]} (got {_short(details['input'])})"


def _short(value: object) -> str:
    return _clipped(repr(value))


def _clipped(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."


def _must_be(what: str) -> Callable[[ErrorDetails], str]:
    return lambda details: f"must be {what} (got {_short(details['input'])})"


def _choice(details: ErrorDetails) -> str:
    expected = str(details.get("ctx", {}).get("expected", "another value"))
    known = [word.strip("'") for word in expected.replace(" or ", ", ").split(", ")]
    return f"must be {expected} (got {_short(details['input'])})" + did_you_mean(
        str(details["input"]), known
    )


def _own_words(details: ErrorDetails) -> str:
    return details["msg"].removeprefix("Value error, ")


def _pattern(details: ErrorDetails) -> str:
    if details.get("ctx", {}).get("pattern") != NAME_PATTERN:
        return _plain(details)
    words = "small letters and digits, joined by hyphens, as in 'snow-leopard'"
    return f"must be {words} (got {_short(details['input'])})"


_MAPPING = _must_be("a group of 'key: value' lines")
_WORDS: Mapping[str, Callable[[ErrorDetails], str]] = {
    "missing": lambda _details: "is missing",
    "value_error": _own_words,
    "enum": _choice,
    "literal_error": _choice,
    "string_type": lambda details: (
        f"must be text; put it in quotes (got {_short(details['input'])})"
    ),
    "string_too_short": lambda _details: "must not be empty",
    "too_short": lambda details: (
        f"needs at least {details.get('ctx', {}).get('min_length')} entries"
        f" (got {details.get('ctx', {}).get('actual_length')})"
    ),
    "string_pattern_mismatch": _pattern,
    "model_type": _MAPPING,
    "model_attributes_type": _MAPPING,
    "dict_type": _MAPPING,
    "tuple_type": _must_be("a list, as in [left, right]"),
    "list_type": _must_be("a list, as in [left, right]"),
    "int_parsing": _must_be("a whole number"),
    "int_type": _must_be("a whole number"),
    "int_from_float": _must_be("a whole number"),
    "float_parsing": _must_be("a number"),
    "float_type": _must_be("a number"),
    "bool_parsing": _must_be("true or false"),
    "bool_type": _must_be("true or false"),
}


def keys_at(annotation: Any, loc: Loc) -> set[str]:  # noqa: ANN401 -- annotations have no type
    """Return the keys that the pydantic model at `loc` below `annotation` knows.

    Where a container or a choice of models lies on the way, the keys of every model that could
    be meant are returned: they only feed suggestions.
    """
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        fields = annotation.model_fields
        if not loc:
            return set(fields)
        here = fields.get(str(loc[0]))
        return keys_at(here.annotation, loc[1:]) if here else set()
    inside: set[str] = set()
    for argument in get_args(annotation):
        inside |= keys_at(argument, loc)
        if loc:
            inside |= keys_at(argument, loc[1:])
    return inside
