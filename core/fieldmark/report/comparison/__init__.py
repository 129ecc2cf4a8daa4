"""The report of a comparison: one HTML page that opens offline, and its numbers as tables."""

from fieldmark.report.comparison.page import write_comparison
from fieldmark.report.comparison.stored import read_results, write_tables

__all__ = ["read_results", "write_comparison", "write_tables"]
