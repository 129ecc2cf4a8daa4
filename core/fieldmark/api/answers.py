"""Asking the parts of a pipeline batch by batch, so that a kill costs one batch."""

import hashlib
import json
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from fieldmark.components import Rules
from fieldmark.decide.scores import Scores
from fieldmark.evaluate.pieces import read_piece, write_piece
from fieldmark.pipeline.fused import Part, tables

FORMAT = 1
"""Raise it when the tables mean something else; older ones are then made again."""


@dataclass(frozen=True)
class Asking:
    """Who is asked, under which rules, and where the answers are kept.

    Attributes:
        parts: the one that looks at everybody first.
        length: how many individuals the others look at; None: everybody.
        state: a digest that changes whenever an answer may change.
        cache: the project's; answers lie below it.
    """

    parts: tuple[Part, ...]
    rules: Rules
    length: int | None
    state: str
    cache: Path

    @property
    def folder(self) -> Path:
        """Where the answers are kept."""
        told = json.dumps([FORMAT, self.state, self.length, [part.name for part in self.parts]])
        return self.cache / "answers" / hashlib.sha256(told.encode()).hexdigest()[:32]

    def each(self, batches: Iterable[Sequence[int]]) -> Iterator[tuple[Scores, ...]]:
        """Yield for each batch of queries what each part says; what is kept is not asked again."""
        for numbers in batches:
            name = hashlib.sha256(json.dumps(list(numbers)).encode()).hexdigest()[:32]
            yield self._one(numbers, self.folder / f"{name}.npz")

    def forget(self) -> None:
        """Delete the answers; they can be had again."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _one(self, numbers: Sequence[int], path: Path) -> tuple[Scores, ...]:
        if known := read_piece(path):
            return tuple(known[0].values())
        said = tables(numbers, self.parts, self.rules, self.length)
        # Read back in the order of their names.
        write_piece(path, {f"{place:03d}": table for place, table in enumerate(said)}, ())
        return said
