"""Checks for matchers: an index grows, shrinks, is saved and is loaded."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from fieldmark.components import Index
from fieldmark.errors import UserError
from fieldmark.testing.galleries import Gallery, annotation, gallery, queries, same, search
from fieldmark.testing.subjects import ContractError, Subject, require


@contextmanager
def _folder() -> Iterator[Path]:
    with TemporaryDirectory(prefix="fieldmark-contract-") as name:
        yield Path(name)


def _agree(subject: Subject, index: Index, wanted: Gallery, fault: str) -> None:
    """Require that an index is as good as a new one over the wanted gallery."""
    ids, got = sorted(wanted.ids), sorted(index.ids.tolist())
    require(got == ids, f"{fault}: expected the ids {ids}, got {got}")
    fresh = search(wanted.index(subject), queries(subject))
    found = search(index, queries(subject))
    require(same(fresh, found), f"{fault}: a search differs from that in a new index")


def ids_are_ascending(subject: Subject) -> None:
    """The index names its annotations in ascending order, as int64, in whatever order added."""
    index = gallery(subject).reversed().index(subject)
    ids = np.asarray(index.ids)
    require(ids.dtype == np.int64, f"ids must be int64, got {ids.dtype}")
    require(list(ids) == sorted(gallery(subject).ids), f"ids must be ascending, got {ids.tolist()}")


def add_grows_the_index(subject: Subject) -> None:
    """Adding in parts, in any order, is the same as adding everything at once."""
    shown = gallery(subject)
    late = shown.ids[:3]
    index = shown.without(*late).index(subject)
    search(index, queries(subject))
    index.add(late, shown.features[:3])
    _agree(subject, index, shown, "after adding in two parts")


def add_replaces(subject: Subject) -> None:
    """Adding an annotation that is there replaces it."""
    shown = gallery(subject)
    swapped = Gallery(shown.ids, (shown.features[-1], *shown.features[1:]))
    index = swapped.index(subject)
    index.add(shown.ids[:1], shown.features[:1])
    _agree(subject, index, shown, "after replacing an annotation")


def remove_shrinks_the_index(subject: Subject) -> None:
    """Removing is the same as never having added; removing what is not there is ignored."""
    shown = gallery(subject)
    gone = (annotation(1, 0), annotation(3, 1), annotation(4, 1))
    index = shown.index(subject)
    index.remove([*gone, 123456])
    _agree(subject, index, shown.without(*gone), "after removing")
    back = [i for i, id_ in enumerate(shown.ids) if id_ in gone]
    index.add([shown.ids[i] for i in back], [shown.features[i] for i in back])
    _agree(subject, index, shown, "after removing and adding again")


def save_and_load_agree(subject: Subject) -> None:
    """A loaded index is the saved one, and grows as that would; saving again replaces it."""
    shown = gallery(subject)
    late = shown.ids[:3]
    with _folder() as folder:
        index = shown.without(*late).index(subject)
        index.save(folder)
        loaded: Index = subject.fresh().made.load(folder)
        _agree(subject, loaded, shown.without(*late), "after loading")
        loaded.add(late, shown.features[:3])
        _agree(subject, loaded, shown, "after loading and adding")
        loaded.save(folder)
        _agree(subject, subject.made.load(folder), shown, "after saving a second time")


def save_keeps_an_empty_index(subject: Subject) -> None:
    """An empty index can be saved and loaded."""
    with _folder() as folder:
        subject.made.index().save(folder)
        _agree(subject, subject.made.load(folder), Gallery((), ()), "after loading an empty index")


def load_refuses_garbage(subject: Subject) -> None:
    """An empty, missing or damaged folder is a UserError, so that the index is built again."""
    with _folder() as folder:
        _refused(subject, folder, "an empty folder")
        _refused(subject, folder / "missing", "a missing folder")
        good = folder / "good"
        good.mkdir()
        gallery(subject).index(subject).save(good)
        for file in [path for path in good.rglob("*") if path.is_file()]:
            _refuses_damage(subject, folder, file.relative_to(good))


def _refuses_damage(subject: Subject, folder: Path, file: Path) -> None:
    content = (folder / "good" / file).read_bytes()
    damaged = {"cut short": content[: len(content) // 2], "empty": b"", "garbage": b"\x93" * 500}
    for how, text in damaged.items():
        if text == content:
            continue
        copy = folder / "copy"
        shutil.copytree(folder / "good", copy)
        (copy / file).write_bytes(text)
        _refused(subject, copy, f"a folder whose file {file.name} is {how}")
        shutil.rmtree(copy)


def _refused(subject: Subject, folder: Path, what: str) -> None:
    try:
        subject.made.load(folder)
    except UserError:
        return
    except Exception as error:  # the point of the check
        raise ContractError(
            f"loading {what} raises {type(error).__name__}; raise UserError"
        ) from error
    raise ContractError(f"loading {what} is not noticed; raise UserError")


CHECKS = (
    ids_are_ascending,
    add_grows_the_index,
    add_replaces,
    remove_shrinks_the_index,
    save_and_load_agree,
    save_keeps_an_empty_index,
    load_refuses_garbage,
)
