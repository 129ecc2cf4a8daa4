"""Comparing pipelines on labelled data: the run itself, around what `evaluate` measures."""

from fieldmark.api.comparison.request import Growth, Request
from fieldmark.api.comparison.run import Compared, compare

__all__ = ["Compared", "Growth", "Request", "compare"]
