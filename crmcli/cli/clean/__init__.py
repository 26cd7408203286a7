"""`crm clean`: what is wrong with the data, and mending it; one module a verb."""

from crmcli.cli.clean.check import check
from crmcli.cli.clean.completeness import completeness
from crmcli.cli.clean.distinct import distinct
from crmcli.cli.clean.duplicates import duplicates
from crmcli.cli.clean.fix import fix
from crmcli.cli.clean.merge import merge
from crmcli.cli.clean.review import review
from crmcli.i18n import _

COMMANDS = {
    "clean": {
        "check": check,
        "fix": fix,
        "completeness": completeness,
        "duplicates": duplicates,
        "merge": merge,
        "review": review,
        "distinct": distinct,
    }
}
HELP = {"clean": _("What is wrong with the data, and mending it")}
