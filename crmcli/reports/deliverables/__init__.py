"""The plan's deliverables by name: each is data first, a `Document`, and gets its format from whoever asks for it."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass

from crmcli.errors import UsageError
from crmcli.i18n import _
from crmcli.reports.deliverables.frame import Asked
from crmcli.reports.documents import Document
from crmcli.store.workspace import Workspace


@dataclass(frozen=True)
class Deliverable:
    """What a deliverable is about, in a line, and what can be chosen: a part of the base, one customer, a period."""

    about: str
    of_part: bool = True
    of_one: bool = False
    of_days: bool = False


def deliverables() -> dict[str, Deliverable]:
    """All of them, in the order of the plan."""
    return {
        "base": Deliverable(_("who the customers are, whom to call, what they buy")),
        "tiers": Deliverable(_("the tiers: who belongs to them, what they get, how many they are")),
        "plan": Deliverable(_("what is to be done for whom and when, and how it stands"), of_days=True),
        "contacts": Deliverable(
            _("the talks of a period: with whom, about what, what follows"), of_one=True, of_days=True
        ),
        "value": Deliverable(_("what the customers are worth, or one of them, and what to sell it next"), of_one=True),
        "stage": Deliverable(_("figures against their targets, tiers, and what followed the contacts"), of_days=True),
        "diagnosis": Deliverable(_("who is leaving and why, what is late, what customers said"), of_days=True),
        "cases": Deliverable(_("enquiries, complaints and crises against their clocks, and lessons"), of_days=True),
        "funnel": Deliverable(
            _("leads by source and owner: won, lost, and how long it took"), of_part=False, of_days=True
        ),
        "quality": Deliverable(
            _("how complete and how right the data is, and who completed it"), of_part=False, of_days=True
        ),
        "handbook": Deliverable(_("what the tags mean and how many have them"), of_part=False),
    }


def report(ws: Workspace, name: str, asked: Asked) -> Document:
    """The deliverable called `name`.

    Raises:
        UsageError: there is none of that name, or it takes no customer, or no days.
    """
    known = deliverables()
    if name not in known:
        raise UsageError(_("there is no report '{name}'").format(name=name), hint=", ".join(known))
    if asked.customer is not None and not known[name].of_one:
        raise UsageError(_("the report {name} is not about one customer").format(name=name))
    if asked.condition != "true" and not known[name].of_part:
        raise UsageError(_("the report {name} is of the whole base: it takes no choice of customers").format(name=name))
    if (asked.since or asked.until) and not known[name].of_days:
        of_days = ", ".join(key for key, one in known.items() if one.of_days)
        raise UsageError(
            _("the report {name} is of today: it takes no --since and no --until").format(name=name),
            hint=_("of a period are: {names}").format(names=of_days),
        )
    make: Callable[[Workspace, Asked], Document] = getattr(
        importlib.import_module(f"crmcli.reports.deliverables.{name}"), name
    )
    return make(ws, asked)
