"""A model hub on this computer, for the real client: real repositories, real HTTP, real faults."""

from support.hub.messages import Request
from support.hub.server import UPLOADS, LocalHub, without_xet

__all__ = ["UPLOADS", "LocalHub", "Request", "without_xet"]
