"""The command line. Nothing heavy is imported before a command runs.

Exit status: 0 all done; 1 done, but something was skipped and is listed; 2 not done, with one
sentence that says what to type; 130 stopped by Ctrl-C (the same command continues).
"""

import sys
import traceback

import click

from fieldmark import __version__
from fieldmark.cli.lazy import LazyGroup
from fieldmark.errors import FieldmarkError, ProfileError

SKIPPED = 1
REFUSED = 2
INTERRUPTED = 130

_COMMANDS = {
    "demo": "Make a small synthetic survey and identify its animals.",
    "init": "Start a project: a folder with a catalogue.",
    "import": "Add photos to a project.",
    "annotate": "Exchange boxes, sides and names with other programs.",
    "photos": "Check the photos' times, copies and faults; correct clocks.",
    "detect": "Find the animals, people and vehicles in the photos.",
    "sides": "Say which side of each animal is seen.",
    "calibrate": "Learn from named animals how likely a score means the same individual.",
    "identify": "Rank the individuals that each photo may show.",
    "cluster": "Group all photos of a survey into proposed individuals.",
    "explain": "Show why two annotations look alike.",
    "compare": "Compare pipelines on labelled animals, honestly.",
    "train": "Train a component from labelled photos, as a recipe says.",
    "fine-tune": "Train weights on, with your own photos.",
    "export": "Write the catalogue as files for other programs.",
    "blur-people": "Write copies of photos in which the people found are covered.",
    "species": "List, show, make, share and check species profiles.",
    "models": "Find, pull, check, publish and carry trained weights.",
    "plugins": "List and check the installed plugins.",
    "doctor": "Say what is installed, what is missing and what to type.",
}


@click.group(cls=LazyGroup, commands_help=_COMMANDS, package="fieldmark.cli.commands")
@click.version_option(__version__, prog_name="fieldmark")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def cli(debug: bool) -> None:
    """Identify individual wild animals from photographs, offline."""


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return the exit status."""
    typed = sys.argv[1:] if arguments is None else arguments
    try:
        status = cli.main(typed, prog_name="fieldmark", standalone_mode=False)
    except click.exceptions.Abort:
        return _say("stopped; the same command continues where it was", INTERRUPTED)
    except click.ClickException as error:
        error.show()
        return REFUSED
    except FieldmarkError as error:
        if "--debug" in typed:
            traceback.print_exc()
        return _say(_message(error), REFUSED)
    except Exception as error:
        if "--debug" in typed:
            raise
        return _say(_unexpected(error), REFUSED)
    return status if isinstance(status, int) else 0


def _unexpected(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename is not None:
        return _unwritten(error)
    return (
        f"unexpected {type(error).__name__}: {error}\n"
        "This is a fault of fieldmark. Run the same command as 'fieldmark --debug ...' for the"
        " details to report."
    )


def _unwritten(error: OSError) -> str:
    """Return what the system refuses, of which file, in words."""
    return (
        f"Error: {error.filename} cannot be used ({error.strerror}); choose another place, or free"
        " some space, and type the same command again"
    )


def _message(error: FieldmarkError) -> str:
    return str(error) if isinstance(error, ProfileError) else f"Error: {error}"


def _say(text: str, status: int) -> int:
    click.echo(text, err=True)
    return status
