"""客户分层标签手册, the handbook of tags: what each one means, who sets it, and how many have it."""

from collections.abc import Iterator

from crmcli.grading.handbook import Handbook
from crmcli.grading.handbook import handbook as entries
from crmcli.i18n import _
from crmcli.reports.deliverables.frame import Asked, document, table
from crmcli.reports.deliverables.words import spoken
from crmcli.reports.documents import Document
from crmcli.store.workspace import Workspace
from crmcli.tables import Column, Table


def handbook(ws: Workspace, asked: Asked) -> Document:
    """A table for each dimension, in the order of the policy; the tags that it does not name come last."""
    return document(
        ws,
        _("Handbook of customer tags"),
        list(_dimensions(entries(ws))),
        scope=asked.scope,
        definitions=[
            (_("by rule"), _("set and taken away by each tag run")),
            (_("by hand"), _("set and taken away by people: crm tag add, crm tag remove")),
        ],
        notes=[_("In a dimension, the first value whose rule holds is the customer's.")],
    )


def _dimensions(book: Handbook) -> Iterator[Table]:
    sources = {"rule": _("by rule"), "hand": _("by hand"), "own": _("by hand")}
    names = list(dict.fromkeys(entry.dimension for entry in book.entries))
    for name in names:
        rows = [
            {
                "tag": entry.label,
                "key": f"{entry.dimension}:{entry.value}",
                "meaning": entry.meaning,
                "starts": [*entry.starts],
                "set": sources[entry.source],
                "customers": entry.customers,
                "version": entry.version,
            }
            for entry in book.entries
            if entry.dimension == name
        ]
        yield table(
            spoken("dimension", name),
            (
                Column("tag", title=_("Tag")),
                Column("key", "id", title=_("Key")),
                Column("meaning", title=_("Who gets it")),
                Column("starts", "list", title=_("Starts")),
                Column("set", title=_("Set")),
                "customers",
                Column("version", "number", title=_("Since policy version")),
            ),
            rows,
        )
