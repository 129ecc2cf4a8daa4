"""Protocols: who is enrolled, who asks, and what that hides."""

from fieldmark.evaluate.protocols.drawing import PROTOCOLS, default_protocol, draw
from fieldmark.evaluate.protocols.parts import Protocol

__all__ = ["PROTOCOLS", "Protocol", "default_protocol", "draw"]
