"""`crm clean`: what is wrong with the data, and mending it; one module a verb."""

from crmcli.cli.clean.check import check
from crmcli.i18n import _

COMMANDS = {"clean": {"check": check}}
HELP = {"clean": _("What is wrong with the data, and mending it")}
