"""Opening a sample's photo and preparing its chip, in any process and any thread."""

from collections.abc import Sequence
from functools import partial
from threading import Lock

from fieldmark.components import Context, Preprocessor, Role
from fieldmark.pipeline.recipe import ResolveWeights
from fieldmark.pipeline.stages import Chain, InTurn, Subject, prepare
from fieldmark.plugins import Plugins
from fieldmark.profile import PreprocessStep
from fieldmark.training import Sample
from fieldmark.types import Chip, SetAside


class PreparedChips:
    """A `fieldmark.training.LoadChip`: preprocessors are built once per thread, when needed.

    Nothing obliges a preprocessor to be safe in threads, so each thread takes a chain of its own;
    one that may not be copied (`parallel` is false) is shared, and waits its turn.
    """

    def __init__(self, steps: Sequence[PreprocessStep], weights: ResolveWeights) -> None:
        self._steps = tuple(steps)
        self._weights = weights
        self._begin()

    def _begin(self) -> None:
        self._lock = Lock()
        self._free: list[Chain] = []
        self._shared: dict[int, Preprocessor] = {}
        self._plugins: Plugins | None = None

    def __call__(self, sample: Sample) -> Chip | SetAside:
        """Return the prepared chip, or why a preprocessor set it aside.

        Raises:
            PhotoError: if the photo cannot be opened.
            PluginError: if a preprocessor is missing.
            UserError: if its weights are missing or damaged.
        """
        chain = self._take()
        try:
            return prepare(Subject(sample.photo, sample.box, sample.side, sample.mask), chain)
        finally:
            self._free.append(chain)

    def build(self) -> None:
        """Build the preprocessors now, so that what is missing is said once, and at once."""
        self._free.append(self._take())

    def _take(self) -> Chain:
        try:
            return self._free.pop()
        except IndexError:
            with self._lock:
                return tuple(self._built(i, step) for i, step in enumerate(self._steps))

    def _built(self, number: int, step: PreprocessStep) -> Preprocessor:
        if number in self._shared:
            return self._shared[number]
        plugins = self._plugins = self._plugins or Plugins.installed()
        made = plugins.build(Role.PREPROCESSOR, step.use, step.options, self._context(step))
        if plugins.get(Role.PREPROCESSOR, step.use).parallel:
            return made
        self._shared[number] = InTurn(made)
        return self._shared[number]

    def _context(self, step: PreprocessStep) -> Context:
        if step.weights is None:
            return Context("auto")
        return Context("auto", weights=partial(self._weights, step.weights))

    def __getstate__(self) -> tuple[tuple[PreprocessStep, ...], ResolveWeights]:
        return self._steps, self._weights

    def __setstate__(self, state: tuple[tuple[PreprocessStep, ...], ResolveWeights]) -> None:
        self._steps, self._weights = state
        self._begin()
