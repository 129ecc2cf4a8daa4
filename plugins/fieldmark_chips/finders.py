"""Which way of finding the animal the options ask for."""

from fieldmark.components import Context
from fieldmark_chips.background import Finder
from fieldmark_chips.settings import BackgroundOptions


def finder(options: BackgroundOptions, context: Context) -> Finder | None:
    """Return what finds the animal; None for the centre prior, which needs no finding.

    Raises:
        UserError: if the weights of a network are missing, or are no such network.
        ImportError: if a library is missing.
    """
    if options.method == "grabcut":
        from fieldmark_chips.grabcut import GrabCut  # noqa: PLC0415 -- one method is used

        return GrabCut(options.size)
    if options.method == "model":
        from fieldmark_chips.networks import Segmenter  # noqa: PLC0415

        return Segmenter(context.weights(), options.network)
    if options.method == "rembg":
        from fieldmark_chips.adapter import Rembg  # noqa: PLC0415

        return Rembg(context.weights(), options.session)
    return None
