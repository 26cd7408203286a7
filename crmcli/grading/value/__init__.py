"""Value analysis: who brought how much, how recently and how often, and what is to be expected.

docs/value.md has every definition and its source.
"""

from crmcli.grading.value.listing import Value, value
from crmcli.grading.value.segments import segment_words
from crmcli.grading.value.sheet import Category, Month, Sheet, sheet
from crmcli.grading.value.summaries import MEASURES, Cell, Class, Segment, grid, pareto, segments

__all__ = [
    "MEASURES",
    "Category",
    "Cell",
    "Class",
    "Month",
    "Segment",
    "Sheet",
    "Value",
    "grid",
    "pareto",
    "segment_words",
    "segments",
    "sheet",
    "value",
]
