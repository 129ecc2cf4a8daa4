"""The page that shows what a training reached."""

from pathlib import Path

from fieldmark_deep.training.checkpoints import Progress
from fieldmark_deep.training.loop import Course


def write_report(course: Course, weights: Path, progress: Progress) -> Path | None:
    """Write `report.html`."""
    return None
