"""What is on this computer: `verify`, `gc`, `test`."""

from pathlib import Path

import click

from fieldmark.cli.options import yes_option


@click.command("verify")
@click.argument("names", nargs=-1)
def verify(names: tuple[str, ...]) -> int:
    """Compute the digests of weights anew; without NAMES of all that are here."""
    from fieldmark.api.models import here
    from fieldmark.api.weights import shelf
    from fieldmark.cli import REFUSED
    from fieldmark_registry.problems import RegistryProblem

    wrong = 0
    for name in names or here():
        try:
            path = shelf().verified(name, anew=True)
        except RegistryProblem as problem:
            wrong += 1
            click.echo(f"Error: {problem}", err=True)
        else:
            click.echo(f"ok  {name}  {path}")
    return REFUSED if wrong else 0


@click.command("gc")
@click.option(
    "-p",
    "--project",
    type=click.Path(path_type=Path),
    default=Path(),
    help="A project whose profiles are asked, too; default: this folder.",
)
@yes_option
def gc(project: Path, yes: bool) -> None:
    """Delete weights that fieldmark fetched and that no profile and no card names.

    Profiles of other projects are not known: name the project with -p, or pull again.
    """
    from fieldmark.api.models import named_anywhere
    from fieldmark.api.weights import in_words, shelf
    from fieldmark.cli.sizes import in_bytes
    from fieldmark_registry.gc import collect, garbage

    with in_words():
        items = garbage(shelf(), named_anywhere(project))
    if not items:
        click.echo("Nothing to delete: everything that fieldmark fetched is named somewhere.")
        return
    for item in items:
        click.echo(f"{in_bytes(item.size):>8}  {item.what}  {item.path}")
    total = in_bytes(sum(item.size for item in items))
    if yes or click.confirm(f"Delete these {total}?"):
        with in_words():
            collect(items)
        click.echo(f"Deleted {total}.")


@click.command("test")
@click.argument("name")
def test(name: str) -> int:
    """Check that a model gives on this machine the vectors that it gave where it was published."""
    from fieldmark.api.models import subject_of
    from fieldmark.api.selftest import run_self_test
    from fieldmark.cli import REFUSED

    outcome = run_self_test(subject_of(name))
    if outcome.cosine is None:
        click.echo(f"{name}: compared with {outcome.against}")
        return 0
    verdict = "ok" if outcome.passed else "DIFFERENT"
    click.echo(
        f"{verdict}  {name}: lowest cosine {outcome.cosine:.6f}, at least {outcome.tolerance} is"
        f" asked, against {outcome.against}"
    )
    if outcome.passed:
        return 0
    click.echo(
        "Its vectors must not be compared with those of another machine; see which versions of"
        " torch and timm are installed: fieldmark doctor",
        err=True,
    )
    return REFUSED
