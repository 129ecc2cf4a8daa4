"""What to compare, on what, and how."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from fieldmark.catalog.project import DATABASE
from fieldmark.evaluate.learnt import Way
from fieldmark.evaluate.sizes import Vary
from fieldmark.jobs import default_workers
from fieldmark.learn.overlay import Setting
from fieldmark.learn.rows import Data
from fieldmark_registry.licences import Policy


@dataclass(frozen=True)
class Growth:
    """A training-size study beside the comparison; see `fieldmark.api.sizes.Asked`."""

    sizes: tuple[int, ...]
    vary: tuple[Vary, ...] = ("photos",)
    seeds: int = 3
    recipe: str | None = None
    fine_tune: str | None = None
    typed: tuple[Setting, ...] = ()


@dataclass(frozen=True)
class Request:
    """What to compare.

    Attributes:
        data: the labelled sets; each is compared on by itself.
        species: the profile's name or file.
        pipelines: names; empty: all of the profile that can run here.
        protocols: names; empty: the one that the data allow.
        splits: split files of an earlier comparison, instead of protocols.
        settings: of the protocols, such as `share`.
        seed: of everything that is drawn.
        where: use only rows of tables with these values in these columns.
        columns: which column of the tables to use for what.
        split_column: the column of the tables that says who is enrolled and who asks.
        group: `given`: encounters as the data tell them. `looks`: where they tell none, photos of
            one individual that look like one moment or place are one encounter.
        controls: whether to run the controls, under the first protocol.
        way: how to learn from the scores.
        examples: how many of each kind to show for each pipeline.
        out: the folder for everything that is written.
        cache: the folder of features; None: that of the first project, else in `out`.
        workers: processes that make features.
        licences: `permissive` refuses weights whose licence does not allow every use.
        growth: the training-size study; None: none.
        command: as it was typed.
    """

    data: tuple[Data, ...]
    species: str
    out: Path
    pipelines: tuple[str, ...] = ()
    protocols: tuple[str, ...] = ()
    splits: tuple[Path, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    seed: int = 0
    where: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    split_column: str | None = None
    group: str = "given"
    controls: bool = True
    way: Way = field(default_factory=Way)
    examples: int = 4
    cache: Path | None = None
    workers: int = field(default_factory=default_workers)
    licences: Policy = "any"
    growth: Growth | None = None
    command: str = ""

    @property
    def features(self) -> Path:
        """The folder of features: a project's own, if there is one."""
        projects = (data.path for data in self.data if (data.path / DATABASE).is_file())
        shared = next(projects, None)
        return self.cache or (self.out if shared is None else shared) / "cache"
