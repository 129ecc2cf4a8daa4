"""`fieldmark plugins`: what is installed, and whether it keeps the contract."""

import click

_MARK = {
    "passed": ("ok", "green"),
    "failed": ("!!", "red"),
    "skipped": ("--", "yellow"),
    "known": ("--", "yellow"),
}


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
    installed = {o.module for o in plugins.offers} | {b.module for b in plugins.broken}
    for module in modules or tuple(sorted(installed - {""})):
        click.secho(module, bold=True)
        for outcome in run_contract(module):
            failed += outcome.status == "failed"
            mark, colour = _MARK[outcome.status]
            click.secho(f"  {mark}  ", fg=colour, nl=False)
            reason = f": {outcome.reason}" if outcome.reason else ""
            click.echo(f"{outcome.subject} {outcome.check}{reason}")
    click.echo(f"{failed} checks failed" if failed else "All checks passed.")
    return REFUSED if failed else 0
