"""The fields of surveys: what customers answered when they were asked how satisfied they are."""

from crmcli.fields.forms import stored_moment, stored_score
from crmcli.fields.headings import CUSTOMER
from crmcli.fields.model import Table, choice, field, long
from crmcli.fields.words import SURVEY_KIND, SURVEY_KINDS

_FIELDS = (
    field("customer", CUSTOMER, column="customer_id", required=True),
    choice("kind", SURVEY_KIND, SURVEY_KINDS, "调查类型, 问卷类型, 类型, Survey Type, Type", default="csat"),
    field(
        "score",
        "评分, 得分, 分数, 满意度, 满意度评分, NPS评分, 推荐度, Rating, Satisfaction, NPS, CSAT",
        parse=stored_score,
        kind="number",
        required=True,
    ),
    field(
        "at",
        "调查时间, 评价时间, 回复时间, 填写时间, 提交时间, 调查日期, 评价日期, 时间, 日期, "
        "Date, Surveyed At, Responded At, Submitted At, Response Date",
        parse=stored_moment,
        needs_zone=True,
        kind="instant",
        required=True,
    ),
    long("comment", "评价, 评价内容, 意见, 建议, 反馈, 备注, 留言, Comments, Feedback, Note, Notes"),
    field(
        "case",
        "工单, 工单号, 工单编号, 投诉编号, 服务单号, Case Number, Case No, Case ID, Ticket Number, Ticket ID",
        column="case_number",
        kind="id",
    ),
)

SURVEYS = Table("surveys", "survey", _FIELDS, ("customer", "kind", "at"))
