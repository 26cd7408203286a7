"""Customers that are the same customer: pairs with a score, a band and the reasons, found without training.

Every cell is read in match form (`records`, `companies`, `people`, `addresses`), pairs that share a key are chosen
(`blocking`) and compared field by field (`comparing` and the two modules that end in `_compared`), the levels of
agreement are weighted (`scoring`) and judged (`verdicts`), and pairs become clusters (`clusters`).
"""

from crmcli.cleaning.duplicates.finding import Pair, find

__all__ = ["Pair", "find"]
