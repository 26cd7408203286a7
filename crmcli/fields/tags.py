"""The fields of tags: what customers are marked with, `dimension:value`."""

from crmcli.fields.forms import stored_tag_word
from crmcli.fields.headings import CUSTOMER
from crmcli.fields.model import Table, choice, day_field, field
from crmcli.fields.words import TAG_SOURCE, TAG_SOURCES

_FIELDS = (
    field("customer", CUSTOMER, column="customer_id", required=True),
    field(
        "dimension", "标签维度, 标签类别, 标签分类, Tag Dimension, Tag Category", parse=stored_tag_word, required=True
    ),
    field("value", "标签值, 标签名称, 标签, Tag Value, Tag Name, Tag", parse=stored_tag_word, required=True),
    choice("source", TAG_SOURCE, TAG_SOURCES, "标签来源, Tag Source", default="hand"),
    day_field("since", "打标日期, 打标时间, 标签日期, Tagged On"),
)

TAGS = Table("tags", "tag", _FIELDS, ("customer", "dimension", "value"))
