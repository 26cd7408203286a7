"""The fields of leads: customers of the stage `lead`, and the grade that they were given."""

from dataclasses import replace

from crmcli.fields.customers import CUSTOMERS
from crmcli.fields.model import Field, Table, choice, field, long
from crmcli.fields.words import GRADE, GRADES

_HEADINGS = {
    "name": ("线索名称", "线索公司", "Lead", "Lead Name", "Lead Company"),
    "stage": ("线索状态", "线索阶段", "Lead Stage", "Lead Status"),
    "owner": ("线索负责人", "线索所有人", "线索所有者"),
    "since": ("线索日期", "线索创建时间", "获取时间", "Lead Date"),
}


def _of_lead(known: Field) -> Field:
    found = replace(known, headings=(*known.headings, *_HEADINGS.get(known.name, ())))
    return replace(found, default="lead") if known.name == "stage" else found


_FIELDS = (
    *map(_of_lead, CUSTOMERS.fields),
    choice("grade", GRADE, GRADES, "线索等级, 线索级别, 线索评级, 意向等级, 意向级别, Lead Grade, Lead Rating"),
    long("grade_reason", "评级理由, 评级依据, 等级说明, Grade Reason"),
    field(
        "campaign",
        "活动名称, 市场活动, 推广活动, 营销活动, 渠道名称, 来源明细, 具体来源, 展会名称, 落地页, Campaign Name, "
        "UTM Campaign, Lead Source Detail, Original Source Drill-Down 1",
    ),
)

LEADS = Table("leads", "customer", _FIELDS, ("code",))
