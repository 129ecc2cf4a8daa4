"""`fieldmark species`: profiles say how a species is identified."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from fieldmark.plugins import Plugins
    from fieldmark.profile import Found, Profile

_PROJECT = click.option(
    "-p",
    "--project",
    type=click.Path(path_type=Path),
    default=Path(),
    help="The project whose own profiles come first; default: this folder.",
)
_FOLDER = click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where to write it; default: your own profiles, which every project finds.",
)


@click.group("species")
def command() -> None:
    """List, show, make, check and share species profiles."""


@command.command("list")
@_PROJECT
def list_(project: Path) -> None:
    """List the profiles that can be used by name.

    Where two have one name, the project's own comes before yours, and yours before the shipped one.
    """
    from fieldmark.profile import every_profile

    used: dict[str, Found] = {}
    for found in every_profile(project):
        if found.name in used:
            about = f"not used, because {used[found.name].path} comes first"
        else:
            used[found.name] = found
            about = _about(found)
        click.echo(f"{found.name:<14} {found.origin:<8} {about}")


def _about(found: "Found") -> str:
    from fieldmark.errors import ProfileError
    from fieldmark.profile import load_profile

    try:
        profile = load_profile(found.path)
    except ProfileError as error:
        return f"cannot be used; type: fieldmark species check {found.path} ({error})"
    names = [f"{n} (default)" if n == profile.default else n for n in profile.pipelines]
    return f"{profile.scientific_name:<24} {', '.join(names):<28}".rstrip()


@command.command("show")
@click.argument("profile")
@click.option("--resolved", is_flag=True, help="With everything that it inherits, and from where.")
@_PROJECT
def show(profile: str, resolved: bool, project: Path) -> None:
    """Print a profile or a base: PROFILE is a name or a file."""
    from fieldmark.profile import find_profile_or_base, resolved_text

    path = find_profile_or_base(profile, project)
    click.echo(f"# {path}", err=True)
    text = resolved_text(path) if resolved else path.read_text(encoding="utf-8")
    click.echo(text, nl=False)


@command.command("new")
@click.argument("what")
@click.option("--name", help="The profile's name; default: made from WHAT.")
@click.option("--scientific", help="As in 'Okapia johnstoni', where WHAT is a name.")
@click.option("--common", help="What people call it, as in 'okapi'.")
@click.option(
    "--base",
    help="What it inherits from; default: as the shipped profiles of the genus, else 'patterned'.",
)
@_FOLDER
def new(
    what: str,
    name: str | None,
    scientific: str | None,
    common: str | None,
    base: str | None,
    folder: Path | None,
) -> None:
    """Write a commented profile for a new species, ready to use.

    WHAT is a name for it (okapi) or the species itself ("Panthera onca").
    """
    from fieldmark.api.species import Wanted, begin_profile

    begun = begin_profile(Wanted(what, name, scientific, common, base, folder))
    click.echo(f"Wrote {begun.path}, which inherits from {begun.base!r}.")
    if begun.shipped is not None:
        click.echo(
            f"Note: {begun.shipped!r} is shipped for this species; if you want to change nothing,"
            f" use it as it is: fieldmark init FOLDER --species {begun.shipped}"
        )
    click.echo(f"Edit it, then type: fieldmark species check {begun.path}")


@command.command("check")
@click.argument("profiles", nargs=-1)
@_PROJECT
def check(profiles: tuple[str, ...], project: Path) -> int:
    """Check profiles against the installed plugins; without a name, all of them.

    Says of each pipeline whether it can be used now, and what to type if not. Weights that are not
    on this computer are no mistake.
    """
    from fieldmark.cli import REFUSED
    from fieldmark.errors import ProfileError
    from fieldmark.plugins import Plugins
    from fieldmark.profile import find_profile_or_base, list_bases, list_profiles, load_profile

    plugins, wrong = Plugins.installed(), 0
    everything = [found.name for found in (*list_bases(project), *list_profiles(project))]
    for name in profiles or tuple(dict.fromkeys(everything)):
        path = find_profile_or_base(name, project)
        try:
            profile = load_profile(path, plugins)
        except ProfileError as error:
            wrong += 1
            click.echo(str(error), err=True)
        else:
            click.echo(f"ok  {path}")
            _report(profile, plugins)
    return REFUSED if wrong else 0


def _report(profile: "Profile", plugins: "Plugins") -> None:
    """Print what a profile can do on this computer."""
    from fieldmark.api.species import detector_needs, doubts, readiness, side_rule

    click.echo(f"    {'sides':<15} {side_rule(profile)}")
    for doubt in doubts(profile):
        click.secho(f"    {'warning':<15} {doubt}", fg="yellow")
    needed = detector_needs(profile, plugins)
    if needed is not None:
        click.echo(f"    {'detect':<15} {_state(needed)}")
    for each in readiness(profile, plugins):
        compares = f" (compares {each.features})" if each.features and not each.needs else ""
        click.echo(f"    {each.pipeline:<15} {_state(each.needs)}{compares}")


def _state(needs: Sequence[str]) -> str:
    return f"needs {'; '.join(needs)}" if needs else "usable now"


@command.command("add")
@click.argument("source")
@click.option("--replace", is_flag=True, help="Put it in the place of yours; that becomes .bak.")
@_FOLDER
def add(source: str, replace: bool, folder: Path | None) -> None:
    """Copy a shared profile among your own: SOURCE is a web address or a file.

    It is checked first, and named as it names itself.
    """
    from fieldmark.api.species import components
    from fieldmark.plugins import Plugins
    from fieldmark.profile import every_profile
    from fieldmark.profile.sharing import add_profile

    plugins = Plugins.installed()
    added = add_profile(source, plugins, folder, replace=replace)
    if added.kept is not None:
        click.echo(f"Kept the old one as {added.kept}")
    click.echo(f"Wrote {added.path}: {added.profile.name}, {added.profile.scientific_name}")
    for found in every_profile() if folder is None else ():
        if found.name == added.profile.name and found.path != added.path:
            click.echo(f"From now on it comes before {found.path}")
    click.echo(f"    {'components':<15} {', '.join(components(added.profile))}")
    _report(added.profile, plugins)
    click.echo(f"Use it with: fieldmark init FOLDER --species {added.profile.name}")


@command.command("schema")
@click.option("--output", type=click.Path(path_type=Path), help="A file; default: print it.")
def schema(output: Path | None) -> None:
    """Print the JSON Schema of profiles, for editors; it knows the installed plugins' options."""
    import json

    from fieldmark.files import write_text
    from fieldmark.plugins import Plugins
    from fieldmark.profile import json_schema

    text = json.dumps(json_schema(Plugins.installed()), indent=2, ensure_ascii=False) + "\n"
    if output is None:
        click.echo(text, nl=False)
    else:
        write_text(output, text)
        click.echo(f"Wrote {output}")
