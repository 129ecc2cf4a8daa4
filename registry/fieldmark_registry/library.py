"""The parts of huggingface_hub, imported when they are needed: it is slow, and may be missing."""

from types import ModuleType

from fieldmark_registry.problems import HubProblem


def settings() -> ModuleType:
    """Return the library's settings, as the environment gave them; this part is quick to import.

    Raises:
        HubProblem: if the library is not installed.
    """
    try:
        from huggingface_hub import constants
    except ImportError:
        raise HubProblem(
            "the model hub needs the library huggingface_hub; type: pip install huggingface_hub"
        ) from None
    # The setting and not its variable, which is read at import: another library may have been
    # first. The hub is not told what is installed here, nor asked which programs it runs in.
    constants.HF_HUB_DISABLE_TELEMETRY = True
    return constants


def tools() -> ModuleType:
    """Return the library's helpers: its lock, its headers, its reading of answers.

    As a module, because not every version declares them to type checkers.
    """
    settings()
    from huggingface_hub import utils

    return utils
