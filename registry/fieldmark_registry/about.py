"""What the publisher of a model knows of it, and what its weights say of themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from fieldmark_registry.licences import Licence


class Row(NamedTuple):
    """One line of the evaluation table.

    Attributes:
        data: what was searched, such as `new individuals`.
        measure: what was measured, such as `top-1` or `mAP`.
        value: the result; a share lies in 0–1.
        note: how it was measured, or empty.
    """

    data: str
    measure: str
    value: float
    note: str = ""


class Dataset(NamedTuple):
    """A set of photos that the model was trained on, by name, and its licence if it is known."""

    name: str
    licence: str | None = None


@dataclass(frozen=True, slots=True)
class About:
    """What the publisher knows of a model.

    Attributes:
        title: what people call it.
        licence: of the weights, as SPDX writes it.
        species: scientific or common names.
        viewpoints: the sides of the animal that it was trained on.
        base_model: what its training began from: `ORG/NAME` on the hub, or words.
        base_licence: the licence of those weights; None with a base model: none is stated.
        permission: who allowed it to be published where the base's licence does not, in words.
        datasets: what it was trained on.
        record: how it was made, as the weights say it; empty if they say nothing.
        recipe: the training recipe as YAML; None: the `recipe.yaml` in the folder.
        scores: how well it does; empty: what the record says was measured.
        self_test: pictures and vectors for `fieldmark models test`; None: what is in the folder.
        contact: where questions go, such as an address of an organisation.
        repo: where it will be published, `ORG/NAME`.
    """

    title: str
    licence: str
    species: tuple[str, ...] = ()
    viewpoints: tuple[str, ...] = ()
    base_model: str | None = None
    base_licence: Licence | None = None
    permission: str | None = None
    datasets: tuple[Dataset, ...] = ()
    record: Mapping[str, Any] = field(default_factory=dict)
    recipe: str | None = None
    scores: Sequence[Row] = ()
    self_test: bytes | None = None
    contact: str | None = None
    repo: str = "ORG/NAME"

    @property
    def rows(self) -> tuple[Row, ...]:
        """The evaluation table: the publisher's, or the record's."""
        return tuple(self.scores) or measured(self.record)

    @property
    def sets(self) -> tuple[Dataset, ...]:
        """The data: the publisher's, or those that the record names."""
        named = (str(each.get("name")) for each in self.record.get("data", ()))
        return self.datasets or tuple(Dataset(name) for name in named)


def measured(record: Mapping[str, Any]) -> tuple[Row, ...]:
    """Return what a training measured of itself, as rows; counts become notes."""
    found = {k: v for k, v in record.get("measured", {}).items() if isinstance(v, int | float)}
    rows = []
    for key, value in found.items():
        data, _, measure = key.rpartition(" ")
        if not data or measure in ("queries", "samples"):
            continue
        queries = found.get(f"{data} queries")
        rows.append(Row(data, measure, value, f"{queries:.0f} queries" if queries else ""))
    return tuple(rows)
