"""The composition root: what the command line does, as functions for Python."""
