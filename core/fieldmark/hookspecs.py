"""The four hooks of a fieldmark plugin; each takes nothing and yields records.

A plugin is a module named in the entry-point group `fieldmark`::

    # pyproject.toml
    [project.entry-points.fieldmark]
    stripes = "fieldmark_stripes"

    # fieldmark_stripes/__init__.py
    from fieldmark.components import Component, Context, Options
    from fieldmark.hookspecs import hookimpl

    class StripeOptions(Options):
        width: int = 64

    def _build(options: StripeOptions, context: Context):
        from fieldmark_stripes.embedder import Stripes   # heavy imports belong here
        return Stripes(options)

    STRIPES = Component(
        "stripes", "Counts stripes", StripeOptions, _build, emits=FeatureKind.VECTOR
    )

    @hookimpl
    def fieldmark_embedders():
        yield STRIPES

The species profile decides which component runs, never the order of installation.
"""

from collections.abc import Iterable
from typing import Any

import pluggy

from fieldmark.components import Component, Detector, Embedder, Matcher, Preprocessor

GROUP = "fieldmark"
"""The entry-point group, and pluggy's project name."""

hookspec = pluggy.HookspecMarker(GROUP)
hookimpl = pluggy.HookimplMarker(GROUP)


class Hooks:
    """The hook specifications, for pluggy."""

    @hookspec
    def fieldmark_detectors(self) -> Iterable[Component[Any, Detector]]:
        """Yield the detectors that the plugin offers."""
        return ()

    @hookspec
    def fieldmark_preprocessors(self) -> Iterable[Component[Any, Preprocessor]]:
        """Yield the preprocessors that the plugin offers."""
        return ()

    @hookspec
    def fieldmark_embedders(self) -> Iterable[Component[Any, Embedder]]:
        """Yield the embedders that the plugin offers."""
        return ()

    @hookspec
    def fieldmark_matchers(self) -> Iterable[Component[Any, Matcher]]:
        """Yield the matchers that the plugin offers."""
        return ()
