"""The fields of cases: enquiries, complaints and crises."""

from crmcli.fields.forms import stored_deadline, stored_moment
from crmcli.fields.headings import CUSTOMER, OWNER, SELLER
from crmcli.fields.model import Field, Table, choice, field, long
from crmcli.fields.words import CASE_KIND, CASE_KINDS, CASE_STATUS, CASE_STATUSES, SEVERITIES, SEVERITY


def _moment(name: str, headings: str, *, required: bool = False) -> Field:
    return field(name, headings, parse=stored_moment, needs_zone=True, kind="instant", required=required)


def _deadline(name: str, headings: str) -> Field:
    return field(name, headings, parse=stored_deadline, needs_zone=True, kind="instant")


_FIELDS = (
    field(
        "number",
        "工单号, 工单编号, 投诉编号, 投诉单号, 案件编号, 事件编号, 服务单号, Case Number, Case No, Case ID, "
        "Ticket Number, Ticket No, Ticket ID",
        kind="id",
        required=True,
    ),
    field("customer", f"{CUSTOMER}, 投诉客户", column="customer_id", required=True),
    choice(
        "kind",
        CASE_KIND,
        CASE_KINDS,
        "工单类型, 投诉类型, 事件类型, 类型, 类别, Case Type, Ticket Type, Type",
        default="complaint",
    ),
    choice("severity", SEVERITY, SEVERITIES, "严重程度, 严重性, 级别, 优先级, Priority", default="minor"),
    _moment(
        "opened_at",
        "投诉时间, 提交时间, 受理时间, 发生时间, 登记时间, 创建时间, 投诉日期, 受理日期, 创建日期, "
        "Opened, Opened Date, Date/Time Opened, Created, Created At, Created Date, Create Date",
        required=True,
    ),
    _deadline("respond_by", "答复期限, 应答期限, 响应期限, 响应截止时间, Respond By, First Response Due"),
    _moment("responded_at", "答复时间, 响应时间, 首次响应时间, 首次回复时间, 回复时间, Responded, First Response At"),
    _deadline("resolve_by", "解决期限, 解决截止时间, 处理期限, Resolve By, Resolution Due"),
    _moment("resolved_at", "解决时间, 处理完成时间, 解决日期, 办结时间, Resolved, Resolved Date, Date/Time Closed"),
    _deadline("revisit_by", "回访期限, 回访截止时间, Revisit By"),
    _moment("revisited_at", "回访时间, 回访日期, Revisited"),
    field("owner", f"{OWNER}, 处理人, 受理人, 责任人, Case Owner, Assignee, Agent, {SELLER}"),
    field("responder", "首问责任人, 首问人, 首接人, 接待人, 接单人, 受理人员, First Responder"),
    choice("status", CASE_STATUS, CASE_STATUSES, "状态, 工单状态, 处理状态, 投诉状态, Case Status", default="open"),
    field(
        "topic",
        "主题, 标题, 工单主题, 工单标题, 投诉主题, 投诉标题, 事由, 投诉事项, 问题描述, 投诉内容, 问题内容, 工单内容, "
        "事件描述, 内容, 问题, Subject, Title, Summary, Case Subject, Ticket Name, Ticket Subject, Issue",
    ),
    long("cause", "原因, 投诉原因, 问题原因, 根本原因, Reason, Root Cause, Case Reason"),
    long("lesson", "教训, 经验教训, 改进措施, 复盘, Lesson, Lessons Learned"),
)

CASES = Table("cases", "cases", _FIELDS, ("number",))
