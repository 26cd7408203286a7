"""The fields of interactions: what was said, when and how."""

from crmcli.fields.forms import stored_moment
from crmcli.fields.headings import CUSTOMER, OWNER, SELLER
from crmcli.fields.model import Table, choice, day_field, field, long
from crmcli.fields.words import CHANNEL, CHANNELS, DIRECTION, DIRECTIONS

_FIELDS = (
    field("customer", CUSTOMER, column="customer_id", required=True),
    field(
        "at",
        "沟通时间, 联系时间, 跟进时间, 拜访时间, 沟通日期, 联系日期, 跟进日期, 拜访日期, "
        "时间, 日期, Date, Time, Contacted At, Contact Date",
        parse=stored_moment,
        needs_zone=True,
        kind="instant",
        required=True,
    ),
    choice(
        "channel",
        CHANNEL,
        CHANNELS,
        "方式, 沟通方式, 联系方式, 跟进方式, 渠道, 沟通渠道, Contact Method, Method, Type",
        default="other",
    ),
    choice("direction", DIRECTION, DIRECTIONS, "方向, 沟通方向", default="out"),
    field("owner", f"{OWNER}, 沟通人, 记录人, 拜访人, {SELLER}"),
    field(
        "participants",
        "参与人, 参加人, 参与人员, 对方人员, 联系人, 联系人姓名, Contact, Contact Name, Attendees",
    ),
    field("topic", "主题, 沟通主题, 沟通内容, 内容, 事项, Subject, Content", default=""),
    long("feedback", "反馈, 客户反馈, 结果, 沟通结果, 跟进记录, 备注, Result, Outcome, Notes, Note"),
    field("next_action", "下一步, 下一步行动, 下一步计划, 后续行动, 待办, Next Step, Next Steps, Follow Up"),
    day_field(
        "next_due",
        "下次日期, 下次时间, 下次跟进时间, 下次跟进日期, 下次联系时间, 下次联系日期, "
        "下一步日期, 截止日期, Next Date, Due Date, Follow Up Date",
    ),
    day_field("next_done_on", "下一步完成日期, 待办完成日期, Next Step Done On", column="next_settled_on"),
)

INTERACTIONS = Table("interactions", "interaction", _FIELDS, ("customer", "at", "topic"))
