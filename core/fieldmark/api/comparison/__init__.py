"""Comparing pipelines on labelled data: the run itself, around what `evaluate` measures."""

from fieldmark.api.comparison.request import Request
from fieldmark.api.comparison.run import Compared, compare

__all__ = ["Compared", "Request", "compare"]
