"""crmcli: a small company's customer-relationship plan as software that runs it.

    import crmcli

    with crmcli.open("crm.db", create=True) as crm:
        receipt = crmcli.import_file(crm, "customers.csv")
        for item in crmcli.due(crm, owner="Li Ming"):
            ...

The block is one transaction and one operation of the journal: it is committed whole at its end, or not at all.
"""

import importlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmcli.store.workspace import Derivation, Workspace

__version__ = "0.1.0"

# What scripts call, and where it lives; imported when it is first asked for.
_PUBLIC = {
    "import_file": "crmcli.intake.importing.import_file",
    "add_customer": "crmcli.intake.records.add_customer",
    "add_contact": "crmcli.intake.records.add_contact",
    "add_order": "crmcli.intake.records.add_order",
    "add_contract": "crmcli.intake.records.add_contract",
    "add_survey": "crmcli.intake.records.add_survey",
    "edit_customer": "crmcli.intake.records.edit_customer",
    "check": "crmcli.cleaning.check.check",
    "fix": "crmcli.cleaning.fixing.fix",
    "find_duplicates": "crmcli.cleaning.duplicates.find",
    "merge": "crmcli.cleaning.merging.merge",
    "merge_certain": "crmcli.cleaning.merging.merge_certain",
    "completeness": "crmcli.cleaning.completeness.completeness",
    "add_lead": "crmcli.care.leads.capturing.add_lead",
    "win_lead": "crmcli.care.leads.winning.win_lead",
    "lose_lead": "crmcli.care.leads.winning.lose_lead",
    "lead_funnel": "crmcli.care.leads.funnel.lead_funnel",
    "log": "crmcli.care.contacts.log",
    "due": "crmcli.care.due.due",
    "assign": "crmcli.care.assigning.assign",
    "hand_over": "crmcli.care.assigning.hand_over",
    "settle": "crmcli.care.settling.settle",
    "watch": "crmcli.care.watching.watch",
    "digests": "crmcli.care.digests.digests",
    "notify": "crmcli.notifying.sending.notify",
    "open_case": "crmcli.care.cases.opening.open_case",
    "respond_case": "crmcli.care.cases.moving.respond_case",
    "resolve_case": "crmcli.care.cases.moving.resolve_case",
    "revisit_case": "crmcli.care.cases.moving.revisit_case",
    "close_case": "crmcli.care.cases.moving.close_case",
    "cases": "crmcli.care.cases.listing.cases",
    "run_tags": "crmcli.grading.tags.run_tags",
    "run_tiers": "crmcli.grading.tiers.run_tiers",
    "why": "crmcli.care.why.why",
    "value": "crmcli.grading.value.value",
    "kpis": "crmcli.reports.kpis.kpis",
    "find": "crmcli.store.finding.find",
    "undo": "crmcli.store.reversing.undo",
    "redo": "crmcli.store.reversing.redo",
}
__all__ = ["__version__", "open", *sorted(_PUBLIC)]


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        module, _dot, function = _PUBLIC[name].rpartition(".")
        return getattr(importlib.import_module(module), function)
    raise AttributeError(f"module 'crmcli' has no attribute {name!r}")


@contextmanager
def open(
    path: str | Path,
    *,
    create: bool = False,
    preset: str = "standard",
    readonly: bool = False,
    dry_run: bool = False,
    now: datetime | None = None,
    actor: str = "script",
    command: str = "script",
    busy_timeout: float = 20.0,
) -> "Iterator[Workspace]":
    """Work in the database at `path`; committed once at the end of the block, or left as it was on an exception.

    Args:
        create: make a missing database, with the policy `preset`.
        dry_run: do everything, then take it back.
        now: the moment called now, the real one unless given; a naive one is of the policy's time zone.
        actor: the name in the journal; `command` says there what was done.
        busy_timeout: seconds to wait for another writer.

    Raises:
        crmcli.errors.CrmError: the family says what to do about it.
    """
    from crmcli.store import workspace
    from crmcli.store.database import location

    file = location(str(path))
    now = now or datetime.now(UTC)
    with ExitStack() as stack:
        if create and not file.exists():
            from crmcli.errors import Refused
            from crmcli.grading import policies

            if dry_run:
                from tempfile import TemporaryDirectory

                # What would happen needs a database to happen in; it goes with the answer.
                file = Path(stack.enter_context(TemporaryDirectory())) / "crm.db"
            # Another process may be first: then its database is the one to work in.
            with suppress(Refused):
                policies.found(file, preset=preset, actor=actor, now=now)
        yield stack.enter_context(
            workspace.opened(
                file,
                now=now,
                actor=actor,
                command=command,
                dry_run=dry_run,
                readonly=readonly,
                busy_timeout=busy_timeout,
                derivations=() if readonly else _derivations(),
            )
        )


def _derivations() -> "Sequence[Derivation]":
    """What follows from a write; a reader goes without, and without the time that it takes to import them."""
    from crmcli.care.derivations import DERIVATIONS

    return DERIVATIONS
