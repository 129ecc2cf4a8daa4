"""What a floor learns from: every photo's numbers, made once and held in memory."""

import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from fieldmark.errors import FieldmarkError, UserError
from fieldmark.training import LoadChip, Sample, TrainingContext
from fieldmark.types import Chip, Floats, SetAside

_NAMED = 3
"""Photos that are named when some cannot be used."""
T = TypeVar("T")


@dataclass(frozen=True)
class Lessons:
    """Samples and what was made of their chips: n of each."""

    samples: tuple[Sample, ...]
    rows: tuple[Floats, ...]

    def __len__(self) -> int:
        return len(self.samples)


def prepared(
    samples: Sequence[Sample],
    load: LoadChip,
    make: Callable[[Chip], Floats],
    context: TrainingContext,
) -> Lessons:
    """Open every photo and make its numbers; say which cannot be used, and leave them out.

    Args:
        samples: any number.
        load: as in `fieldmark.training.TrainingData`; called in `context.workers` threads.
        make: chip → numbers, called in this thread.
        context: where progress is told.

    Raises:
        UserError: if none can be used.
    """
    kept: list[tuple[Sample, Floats]] = []
    lost: list[str] = []
    with ThreadPoolExecutor(context.workers) as pool:
        chips = _ahead(pool, samples, load, 4 * context.workers)
        for done, (sample, chip) in enumerate(zip(samples, chips, strict=True), 1):
            if isinstance(chip, Chip):
                kept.append((sample, make(chip)))
            else:
                lost.append(f"{sample.photo.name} ({chip})")
            context.progress(done, len(samples), "chips")
    _tell(lost, len(samples), context)
    return Lessons(tuple(sample for sample, _ in kept), tuple(row for _, row in kept))


def _ahead(
    pool: ThreadPoolExecutor, samples: Sequence[Sample], load: LoadChip, count: int
) -> Iterator[Chip | str]:
    """Yield chips, or why there is none, in order, with `count` of them under way."""
    flying = [pool.submit(_opened, load, sample) for sample in samples[:count]]
    for sample in samples[count:]:
        yield flying.pop(0).result()
        flying.append(pool.submit(_opened, load, sample))
    for future in flying:
        yield future.result()


def _opened(load: LoadChip, sample: Sample) -> Chip | str:
    try:
        chip = load(sample)
    except FieldmarkError as problem:
        return str(problem)
    return f"set aside: {chip.reason}" if isinstance(chip, SetAside) else chip


def _tell(lost: Sequence[str], total: int, context: TrainingContext) -> None:
    some = "; ".join(lost[:_NAMED]) + (" …" if len(lost) > _NAMED else "")
    if lost and len(lost) == total:
        raise UserError(f"none of the {total} photos can be used: {some}")
    if lost:
        context.say(f"{len(lost)} of {total} photos cannot be used and are left out: {some}")


def peak_bytes() -> int:
    """Return the highest memory this process has held; 0 where the system does not say."""
    if sys.platform == "win32":
        return 0
    import resource  # noqa: PLC0415 -- not on every system

    highest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return highest if sys.platform == "darwin" else highest * 1024
