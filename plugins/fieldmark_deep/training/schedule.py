"""The learning rate as a pure function of time, so that resuming needs no state."""

from math import cos, pi

from fieldmark_deep.settings import Schedule


def factor(schedule: Schedule, epoch: float, epochs: int) -> float:
    """Return the share of the full learning rate at a moment of the training.

    Args:
        schedule: how it moves.
        epoch: epochs that have passed, with fractions: 0 at the first step.
        epochs: of the whole training.
    """
    warm = schedule.warmup_epochs
    if epoch < warm:
        return schedule.warmup_start + (1 - schedule.warmup_start) * epoch / warm
    passed = epoch - warm
    if schedule.kind == "step":
        return float(schedule.gamma ** int(passed // schedule.step_epochs))
    if schedule.kind == "cosine":
        share = passed / max(epochs - warm, 1)
        return schedule.floor + (1 - schedule.floor) * (1 + cos(pi * min(share, 1.0))) / 2
    if schedule.kind == "exponential":
        return max(float(schedule.gamma ** int(passed)), schedule.floor)
    return 1.0
