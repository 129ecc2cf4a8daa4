"""The page docs/cli.md, made from the commands themselves.

Write it again with: python tests/support/cli_docs.py
"""

from collections.abc import Iterator
from pathlib import Path

import click

from fieldmark.cli import cli

PAGE = Path(__file__).parents[2] / "docs" / "cli.md"

HEAD = """# Command line

This page is made from the commands' own help (`python tests/support/cli_docs.py`); a test keeps it
in step.

Exit status: 0 all done; 1 done, but something was skipped and is listed; 2 not done, with one
sentence that says what to type; 130 stopped by Ctrl-C. Long work can be killed; the same command
continues. `--debug` before the command shows the traceback of an error.
"""


def page() -> str:
    """Return the page."""
    sections = [f"## {name}\n\n```text\n{text}\n```\n" for name, text in _helps(cli, "fieldmark")]
    return "\n".join([HEAD, *sections])


def _helps(command: click.Command, name: str) -> Iterator[tuple[str, str]]:
    context = click.Context(command, info_name=name, max_content_width=100, terminal_width=100)
    lines = (line.rstrip() for line in command.get_help(context).splitlines())
    yield name, "\n".join(lines)
    if isinstance(command, click.Group):
        for child in command.list_commands(context):
            found = command.get_command(context, child)
            if found is not None:
                yield from _helps(found, f"{name} {child}")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
