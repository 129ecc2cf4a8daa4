"""`fieldmark species`: profiles say how a species is identified."""

from pathlib import Path

import click

_PROJECT = click.option(
    "-p",
    "--project",
    type=click.Path(path_type=Path),
    default=Path(),
    help="The project whose own profiles come first; default: this folder.",
)


@click.group("species")
def command() -> None:
    """List, show, make and check species profiles."""


@command.command("list")
@_PROJECT
def list_(project: Path) -> None:
    """List the profiles that can be used by name."""
    from fieldmark.errors import ProfileError
    from fieldmark.profile import list_profiles, load_profile

    for found in list_profiles(project):
        try:
            profile = load_profile(found.path)
        except ProfileError as error:
            about = f"cannot be used; type: fieldmark species check {found.path} ({error})"
        else:
            names = [f"{n} (default)" if n == profile.default else n for n in profile.pipelines]
            about = f"{profile.scientific_name:<24} {', '.join(names):<28}"
        click.echo(f"{found.name:<14} {found.origin:<8} {about}")


@command.command("show")
@click.argument("profile")
@_PROJECT
def show(profile: str, project: Path) -> None:
    """Print a profile: PROFILE is a name or a file."""
    from fieldmark.profile import find_profile

    path = find_profile(profile, project)
    click.echo(f"# {path}", err=True)
    click.echo(path.read_text(encoding="utf-8"), nl=False)


@command.command("new")
@click.argument("name")
@click.option("--scientific", default="Genus species", help="As in 'Okapia johnstoni'.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where to write it; default: your own profiles, which every project finds.",
)
def new(name: str, scientific: str, folder: Path | None) -> None:
    """Write a commented profile for a new species, ready to use."""
    from fieldmark.errors import UserError
    from fieldmark.files import write_text
    from fieldmark.profile import new_profile_text, user_folder

    text = new_profile_text(name, scientific)
    path = (folder or user_folder()) / f"{name}.yaml"
    if path.exists():
        raise UserError(f"{path} exists already; choose another name, or edit that file")
    write_text(path, text)
    click.echo(f"Wrote {path}\nEdit it, then type: fieldmark species check {path}")


@command.command("check")
@click.argument("profiles", nargs=-1)
@_PROJECT
def check(profiles: tuple[str, ...], project: Path) -> int:
    """Check profiles against the installed plugins; without a name, all of them."""
    from fieldmark.cli import REFUSED
    from fieldmark.errors import ProfileError
    from fieldmark.plugins import Plugins
    from fieldmark.profile import find_profile, list_profiles, load_profile

    plugins, wrong = Plugins.installed(), 0
    for name in profiles or tuple(found.name for found in list_profiles(project)):
        path = find_profile(name, project)
        try:
            load_profile(path, plugins)
        except ProfileError as error:
            wrong += 1
            click.echo(str(error), err=True)
        else:
            click.echo(f"ok  {path}")
    return REFUSED if wrong else 0


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
