"""Every problem that the registry raises on purpose.

::

    RegistryProblem
    ├── ReferenceProblem   a reference to weights that is not written as it must be
    ├── CardProblem        a model card that is missing, faulty or not pinned
    ├── WeightsProblem     a weights file that is missing, unreadable or another than was named
    ├── HubProblem         the model hub, or its cache on this computer, did not do what was asked
    └── LicenceProblem     weights whose licence the user's policy does not allow

A message is one sentence: what was wrong, what is allowed, what to type.
"""


class RegistryProblem(ValueError):  # noqa: N818 -- read as a sentence beside fieldmark's errors
    """Base of every problem raised on purpose."""


class ReferenceProblem(RegistryProblem):
    """A reference that is not written as it must be; the message says how."""


class CardProblem(RegistryProblem):
    """A model card that does not exist, cannot be read, or is not pinned to one version."""


class WeightsProblem(RegistryProblem):
    """A weights file is missing, unreadable or not the file that was named."""


class HubProblem(RegistryProblem):
    """The model hub, or its cache on this computer, did not do what was asked."""


class LicenceProblem(RegistryProblem):
    """Weights whose licence the user's policy does not allow."""
