"""`fieldmark plugins`: what is installed, and whether it keeps the contract."""

import click


@click.group("plugins")
def command() -> None:
    """List and check the installed plugins."""


@command.command("list")
def list_() -> int:
    """List every component that the installed plugins offer, and the plugins that are broken."""
    from fieldmark.cli import SKIPPED
    from fieldmark.components import Role
    from fieldmark.plugins import Plugins

    plugins = Plugins.installed()
    for role in Role:
        offers = [offer for offer in plugins.offers if offer.role is role]
        click.secho(f"{role}s{'' if offers else ': none installed'}", bold=True)
        for offer in offers:
            click.echo(f"  {offer.record.name:<14} {offer.record.summary}  [{offer.source}]")
    faults = [f"{b.name} ({b.source}): {b.reason}" for b in plugins.broken]
    faults += [str(clash) for clash in plugins.clashes()]
    for fault in faults:
        click.secho(f"broken: {fault}", fg="red", err=True)
    return SKIPPED if faults else 0


@command.command("check")
@click.argument("modules", nargs=-1)
def check(modules: tuple[str, ...]) -> int:
    """Run the contract tests on plugins; MODULES are import names, default: all installed."""
    from fieldmark.cli import REFUSED
    from fieldmark.plugins import Plugins
    from fieldmark.testing import run_contract

    failed = 0
    plugins = Plugins.installed()
    for module in modules or tuple(sorted({offer.module for offer in plugins.offers})):
        click.secho(module, bold=True)
        for outcome in run_contract(module):
            failed += not outcome.passed
            mark, colour = ("ok", "green") if outcome.passed else ("!!", "red")
            click.secho(f"  {mark}  ", fg=colour, nl=False)
            click.echo(f"{outcome.id}" + (f": {outcome.message}" if outcome.message else ""))
    click.echo(f"{failed} checks failed" if failed else "All checks passed.")
    return REFUSED if failed else 0
