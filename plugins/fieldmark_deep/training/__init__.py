"""Training of deep networks: what `fieldmark train` calls."""

from fieldmark_deep.training.preview import preview
from fieldmark_deep.training.running import run

__all__ = ["preview", "run"]
