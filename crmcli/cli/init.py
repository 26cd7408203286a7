"""`crm init`: a new database with a policy."""

from typing import Annotated

import typer

from crmcli.cli.messages import note
from crmcli.cli.settings import actor, database, moment
from crmcli.i18n import _


def init(
    preset: Annotated[str, typer.Option("--preset", metavar="NAME", help=_("The policy to begin with"))] = "standard",
) -> None:
    """Create the database, with a policy to begin with."""
    from crmcli.grading import policies

    path = database()
    policies.found(path, preset=preset, actor=actor(), now=moment())
    typer.echo(path)
    note(_("created {path} with the policy '{preset}'").format(path=path, preset=preset))
    note(_("next: crm import FILE… brings in your lists; crm policy show prints the rules"))


COMMANDS = {"init": init}
