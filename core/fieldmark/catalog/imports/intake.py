"""The work that every import shares: batches of photos, read by two threads, written by one."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

from fieldmark.catalog.encounters import group_encounters
from fieldmark.catalog.imports.animals import AnimalWriter
from fieldmark.catalog.imports.files import Examined, Rejected, examine
from fieldmark.catalog.imports.items import Item
from fieldmark.catalog.imports.labels import Naming
from fieldmark.catalog.imports.photos import PhotoWriter, unchanged
from fieldmark.catalog.imports.plan import Plan
from fieldmark.catalog.imports.summary import ImportSummary, Progress, Tally
from fieldmark.catalog.imports.xmp import read_tags, tagged
from fieldmark.catalog.project import Project
from fieldmark.catalog.runs import finish_run, start_run

BATCH = 100
"""Photos, or rows, per transaction."""

WORKERS = 2


def take_in(
    project: Project,
    plan: Plan,
    items: Iterable[Item],
    tally: Tally,
    total: int | None,
    progress: Progress,
) -> ImportSummary:
    """Import items in their order; at any kill the finished batches stay.

    Raises:
        ProjectError: when the disk is full or another process never stops writing.
    """
    with project.writing() as session:
        run = start_run(session, plan.command, plan.options).id
    done, seen = 0, set[int]()
    with ThreadPoolExecutor(WORKERS) as pool:
        for batch in _batches(items):
            found = _read(project, batch, pool)
            if plan.tagged:
                batch = _with_tags(batch, found, plan, tally)  # noqa: PLW2901 - the same photos
            _write(project, plan, tally, run, seen, list(zip(batch, found, strict=True)))
            done += len(batch)
            progress(done, total, batch[-1].shown)
    with project.writing() as session:
        summary = tally.summary(run, group_encounters(session))
        finish_run(session, run, summary.as_json())
    return summary


def _batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    stream = iter(items)
    while batch := list(islice(stream, BATCH)):
        yield batch


def _read(
    project: Project, batch: Sequence[Item], pool: ThreadPoolExecutor
) -> list[Examined | Rejected | int]:
    """Return what is in each file; of one that is as it was, the number of its photo."""
    with project.reading() as session:
        known = unchanged(session, batch)
    paths = dict.fromkeys(item.path for i, item in enumerate(batch) if i not in known)
    read = dict(zip(paths, pool.map(examine, paths), strict=True))
    return [known[i] if i in known else read[item.path] for i, item in enumerate(batch)]


def _with_tags(
    batch: Sequence[Item], found: Sequence[Examined | Rejected | int], plan: Plan, tally: Tally
) -> list[Item]:
    """Return the items with what the tags in new or changed photos say."""
    forced = plan.options.get("species") is not None
    naming = Naming(plan.species, forced=forced, names=(), tally=tally)
    return [
        tagged(item, read_tags(item.path), naming, tally) if isinstance(seen, Examined) else item
        for item, seen in zip(batch, found, strict=True)
    ]


def _write(
    project: Project,
    plan: Plan,
    tally: Tally,
    run: int,
    seen: set[int],
    batch: Sequence[tuple[Item, Examined | Rejected | int]],
) -> None:
    names = any(animal.name for item, _ in batch for animal in item.animals)
    with project.deciding() if names else project.writing() as session:
        photos = PhotoWriter(session, tally, run, seen)
        animals = AnimalWriter(session, tally, run, plan)
        for item, found in batch:
            photo = photos.write(item, found)
            if photo is not None:
                animals.write(item, photo)
        animals.finish()
