"""The exception tree: drawn where people look for it, and safe to pass between processes."""

import pickle
from collections.abc import Iterator

import pytest

from fieldmark import errors
from fieldmark.errors import FieldmarkError, Mistake, ProfileError


def classes() -> Iterator[type[FieldmarkError]]:
    """Yield every error class of the module."""
    for value in vars(errors).values():
        if isinstance(value, type) and issubclass(value, FieldmarkError):
            yield value


def drawn() -> dict[str, int]:
    """Return the names in the docstring's tree with their depth."""
    tree = {}
    for line in (errors.__doc__ or "").splitlines():
        name = line.strip(" │├└─").split(" ")[0]
        if name.endswith("Error"):
            tree[name] = (line.index(name) - 4) // 4
    return tree


def test_docstring_draws_the_tree() -> None:
    """Every error class is in the docstring's tree, at the depth of its inheritance."""
    depths = {cls.__name__: cls.mro().index(FieldmarkError) for cls in classes()}
    assert drawn() == depths


@pytest.mark.parametrize("cls", list(classes()), ids=lambda cls: cls.__name__)
def test_errors_survive_pickling(cls: type[FieldmarkError]) -> None:
    """An error raised in a worker process arrives whole."""
    if cls is ProfileError:
        error: FieldmarkError = ProfileError("x.yaml", [Mistake(3, 1, "a", "no")])
    else:
        error = cls("a sentence")
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 -- our own bytes
    assert type(again) is cls
    assert str(again) == str(error)
    assert vars(again) == vars(error)


def test_mistakes_are_sorted_by_place() -> None:
    """A profile's mistakes are shown in the order of the file, one line each."""
    error = ProfileError("x.yaml", [Mistake(3, 1, "b", "two"), Mistake(1, 9, "", "one")])
    assert str(error) == "x.yaml:1:9: one\nx.yaml:3:1: b: two"
