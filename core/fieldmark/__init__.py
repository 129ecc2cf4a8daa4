"""fieldmark: identify individual wild animals from photographs."""

__version__ = "0.1.0"
