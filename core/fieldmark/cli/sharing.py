"""What commands that write for others share: the question whether it may leave the house."""

import click

private_option = click.option(
    "--private",
    is_flag=True,
    help="With true paths, stations, coordinates and people's names; not for sharing.",
)


def warn(private: bool) -> None:
    """Say loudly that what was written must stay here; nothing where it may be shared."""
    if private:
        from fieldmark.exports.sharing import PRIVATE

        click.secho(PRIVATE, fg="red", bold=True, err=True)
