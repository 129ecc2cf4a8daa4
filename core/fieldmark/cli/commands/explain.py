"""`fieldmark explain`."""

from pathlib import Path

import click

from fieldmark.cli.options import pipeline_option, project_option, quiet_option, workers_option


@click.command("explain")
@click.argument("one")
@click.argument("other")
@project_option
@pipeline_option
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The picture to write; default: explain-ONE-OTHER.png in the project.",
)
@workers_option
@quiet_option
def command(
    one: str,
    other: str,
    folder: Path,
    pipeline: str | None,
    out: Path | None,
    workers: int | None,
    quiet: bool,
) -> None:
    """Draw what the annotations ONE and OTHER share, side by side.

    Each is a number, or the end of a photo's path such as cam1/IMG_0007.jpg. Local pipelines show
    matched points; networks show a heat map of where the likeness comes from. What lies outside
    the animal's box is not drawn, but counted.
    """
    from fieldmark.api.explain import explain_pair
    from fieldmark.catalog import Project
    from fieldmark.cli.progress import progress
    from fieldmark.jobs import default_workers

    with Project.open(folder) as project, progress(quiet=quiet) as report:
        pair = explain_pair(
            project, one, other, pipeline, out, workers or default_workers(), report
        )
    for reason in pair.never_compared:
        click.echo(f"Note: identification never compares these two: {reason}.")
    for part in pair.parts:
        if len(pair.parts) > 1:
            click.echo(f"Pipeline {part.pipeline}:")
        for sentence in part.sentences:
            click.echo(sentence)
        for warning in part.warnings:
            click.secho(f"Warning: {warning}", fg="yellow")
    click.echo(f"Wrote {pair.path}")
