"""Tags by hand, and what tags there are."""

from crmcli.errors import InvalidInput, NotFound, Refused
from crmcli.i18n import _
from crmcli.store import finding, journal
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace

_LONGEST = 60


def add_tag(ws: Workspace, customer: str, tag: str) -> Row:
    """Set `dimension:value` by hand; rules of that dimension give this customer no tag any more.

    Returns code, dimension, value, source and since.

    Raises:
        NotFound: the customer. InvalidInput: it is no tag, or the policy names the dimension's values and this is none.
    """
    row = finding.customer(ws, customer)
    dimension, value = _known(ws, *_parsed(tag))
    present = _of(ws, row["id"], dimension)
    same = next((found for found in present if found["value"] == value), None)
    journal.remove(ws, "tag", [p["id"] for p in present if p["source"] == "rule" and p is not same])
    since = same["since"] if same else ws.today.isoformat()
    given = {"dimension": dimension, "value": value, "source": "hand", "since": since}
    if same is None:
        journal.add(ws, "tag", [{"customer_id": row["id"], **given}])
    else:
        journal.change(ws, "tag", same["id"], {"source": "hand"})
    ws.summary = _("{code}: tag {tag}").format(code=row["code"], tag=f"{dimension}:{value}")
    return {"code": row["code"], **given}


def remove_tag(ws: Workspace, customer: str, tag: str) -> Row:
    """Take away a tag that was set by hand; the next run gives what the rules say.

    Raises:
        NotFound: the customer, or it has no such tag. Refused: a rule gives the tag.
    """
    row = finding.customer(ws, customer)
    dimension, value = _parsed(tag)
    name = f"{dimension}:{value}"
    found = next((found for found in _of(ws, row["id"], dimension) if found["value"] == value), None)
    if found is None:
        has = ", ".join(f"{t['dimension']}:{t['value']}" for t in tags(ws, row["code"]))
        raise NotFound(
            _("{code} has no tag {tag}").format(code=row["code"], tag=name),
            hint=_("it has: {tags}").format(tags=has) if has else None,
        )
    if found["source"] == "rule":
        raise Refused(
            _("{tag} is given by a rule of the policy").format(tag=name),
            hint=_("set another value by hand, it wins: crm tag add {code} {dimension}:…").format(
                code=row["code"], dimension=dimension
            ),
        )
    journal.remove(ws, "tag", [found["id"]])
    ws.summary = _("{code}: tag {tag} removed").format(code=row["code"], tag=name)
    return {"code": row["code"], **{key: found[key] for key in ("dimension", "value", "source", "since")}}


def tags(ws: Workspace, customer: str | None = None, *, dimension: str | None = None) -> list[Row]:
    """The tags of one customer or of all: code, dimension, value, source (rule or hand) and since.

    Raises:
        NotFound: the customer.
    """
    conditions, params = ["true"], {"dimension": dimension}
    if customer is not None:
        conditions.append("tag.customer_id = :id")
        params["id"] = finding.customer(ws, customer)["id"]
    if dimension is not None:
        conditions.append("tag.dimension = :dimension")
    return ws.db.rows(
        f"""
        SELECT c.code, tag.dimension, tag.value, tag.source, tag.since
        FROM tag JOIN customer AS c ON c.id = tag.customer_id
        WHERE {" AND ".join(conditions)} ORDER BY c.code, tag.dimension, tag.value
        """,
        params,
    )


def _of(ws: Workspace, customer_id: int, dimension: str) -> list[Row]:
    return ws.db.rows(
        "SELECT * FROM tag WHERE customer_id = :id AND dimension = :dimension",
        {"id": customer_id, "dimension": dimension},
    )


def _parsed(text: str) -> tuple[str, str]:
    """`dimension:value`; a Chinese keyboard's colon will do."""
    dimension, _colon, value = (part.strip() for part in text.replace("：", ":").partition(":"))
    plain = all(character.isprintable() for character in text)
    if not (dimension and value) or ":" in value or not plain or len(text) > _LONGEST:
        raise InvalidInput(
            _("'{text}' is no tag").format(text=text[:_LONGEST]),
            hint=_("write dimension:value, like risk:churn-risk; at most {limit} characters").format(limit=_LONGEST),
        )
    return dimension, value


def _known(ws: Workspace, dimension: str, value: str) -> tuple[str, str]:
    """The tag by its key, where the policy names the dimension's values; a dimension of one's own is free."""
    declared = [tag for tag in ws.policy.tags if tag.dimension == dimension]
    if not declared:
        known = ", ".join(dict.fromkeys(tag.dimension for tag in ws.policy.tags))
        ws.notes.append(
            _("'{dimension}' is a dimension of your own; those of the policy are {known}").format(
                dimension=dimension, known=known or _("none")
            )
        )
        return dimension, value
    for tag in declared:
        if value in (tag.value, tag.label.en, tag.label.zh):
            return dimension, tag.value
    raise InvalidInput(
        _("the policy has no {dimension}:{value}").format(dimension=dimension, value=value),
        hint=_("there are: {names}").format(names=", ".join(f"{dimension}:{tag.value}" for tag in declared)),
    )
