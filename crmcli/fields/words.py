"""The words that stand in cells of a few choices, and the stored word of each."""

from collections.abc import Iterable

# The words that the database accepts: `store.models` has its constraints from here.
KINDS = ("company", "person")
STAGES = ("lead", "prospect", "active", "dormant", "lost")
CONSENTS = ("yes", "no", "unknown")
ROLES = ("decider", "influencer", "user", "buyer")
CHANNELS = ("visit", "video", "call", "email", "wechat", "push", "event", "other")
DIRECTIONS = ("out", "in")
ORDER_STATUSES = ("paid", "open", "cancelled", "returned")
GRADES = ("A", "B", "C")
CASE_KINDS = ("enquiry", "complaint", "crisis")
SEVERITIES = ("minor", "major")
CASE_STATUSES = ("open", "responded", "resolved", "closed")
PHASES = ("warning", "assess", "intervene", "review")
"""Of a crisis, in order."""
SURVEY_KINDS = ("csat", "nps")
TAG_SOURCES = ("hand", "rule")


def words(stored: Iterable[str], **spoken: str) -> dict[str, str]:
    """Every accepted word with its stored word.

    `spoken` has more words for a stored one, apart by spaces; `_` is a space inside of one.
    """
    words = {word: word for word in stored}
    for word, others in spoken.items():
        words.update(dict.fromkeys((other.replace("_", " ") for other in others.split()), word.rstrip("_")))
    return words


KIND = words(
    KINDS,
    company="企业 公司 单位 机构 法人 企业客户 organization business b",
    person="个人 自然人 个人客户 individual c",
)
STAGE = words(
    STAGES,
    lead="线索 潜在线索 subscriber marketingqualifiedlead mql",
    prospect="潜在 潜在客户 意向 意向客户 跟进中 opportunity salesqualifiedlead sql",
    active="成交 已成交 成交客户 合作 合作中 正式 正式客户 customer evangelist",
    dormant="沉睡 沉睡客户 休眠 inactive",
    lost="流失 已流失 流失客户 终止合作",
)
CONSENT = words(
    CONSENTS,
    yes="是 同意 已同意 y true 1 √",
    no="否 不同意 拒绝 已拒绝 退订 已退订 勿扰 免打扰 unsubscribe unsubscribed n false 0 ×",
    unknown="未知 不详 未询问",
)
ROLE_WORDS = words(
    ROLES,
    decider="决策人 决策者 拍板人 负责人 decision-maker",
    influencer="影响人 影响者 技术把关",
    user="使用人 使用者 用户",
    buyer="采购 采购人 采购者 购买者 purchaser",
)
CHANNEL = words(
    CHANNELS,
    visit="拜访 上门 面谈 上门拜访 当面 meeting",
    video="视频 视频会议 线上会议",
    call="电话 通话 来电 去电 phone",
    email="邮件 邮箱 e-mail",
    wechat="微信 企业微信 im",
    push="群发 推送 短信 sms",
    event="活动 展会 会议",
    other="其他 其它",
)
DIRECTION = words(DIRECTIONS, out="去 主动 呼出 我方 outbound", in_="来 被动 呼入 来访 客户 inbound")
STATUS = words(
    ORDER_STATUSES,
    paid="已付 付清 已付清 全款 已到账 已签收 已交付 "
    "已付款 已支付 已完成 完成 已收款 已发货 已结清 completed 赢单 closed_won "
    "complete done finished delivered shipped dispatched in_transit out_for_delivery fulfilled success successful "
    "succeeded resolved approved captured settled payment_received paid_in_full "
    "partially_shipped partially_fulfilled partially_refunded partial_refund "
    "买家已付款 买家已付款等待卖家发货 卖家已发货 卖家已发货等待买家确认 卖家部分发货 "
    "成功 交易成功 交易完成 订单完成 付款成功 支付成功 成交 已成交 部分发货 已出库 配送中 派送中 运输中 已送达 已妥投 "
    "待收货 待确认收货 等待确认收货 已收货 确认收货 已确认收货 待评价 已评价 部分退款 已部分退款 部分退货",
    open="未付 部分付款 部分支付 欠款 待收款 未收款 待发货 待确认 定金 已付定金 "
    "未付款 待付款 未支付 待支付 进行中 处理中 unpaid pending "
    "proposal negotiation qualification prospecting contract_sent presentation_scheduled appointment_scheduled "
    "qualified_to_buy decision_maker_bought-in needs_analysis value_proposition proposal/price_quote "
    "negotiation/review "
    "new created placed confirmed accepted processing in_process in_progress on_hold hold holded authorized invoiced "
    "disputed unfulfilled backordered partially_paid pending_payment payment_pending payment_review awaiting_payment "
    "awaiting_fulfillment awaiting_shipment awaiting_pickup "
    "等待付款 等待买家付款 买家待付款 已下单 新订单 待处理 待审核 审核中 待接单 已接单 备货中 等待发货 待出库 等待出库 "
    "退款中 退货中 退款处理中",
    cancelled="已取消 取消 作废 已作废 已关闭 canceled void 输单 closed_lost "
    "closed voided failed failure unavailable expired rejected declined denied abandoned trash "
    "关闭 交易关闭 订单关闭 交易取消 订单取消 失败 交易失败 付款失败 支付失败 已失效 已过期 已撤销 已拒绝 已拒单",
    returned="退货 已退货 退款 已退款 refunded fully_refunded charged_back chargeback "
    "退款成功 退款完成 退货成功 退货完成 退货退款 已退货退款 全额退款 已全额退款",
)
RENEWED = words(("yes", "no"), yes="是 已续签 已续约 续签 续约 y true 1 √", no="否 未续签 未续约 不续签 n false 0 ×")
GRADE = words(GRADES, A="A级 A类 甲 高 hot", B="B级 B类 乙 中 warm", C="C级 C类 丙 低 cold")
CASE_KIND = words(
    CASE_KINDS,
    enquiry="咨询 询问 询价 问题 question inquiry",
    complaint="投诉 抱怨 售后 problem",
    crisis="危机 舆情 事故 incident",
)
SEVERITY = words(
    SEVERITIES,
    minor="一般 普通 轻微 低 中 low medium normal",
    major="重大 严重 紧急 高 重要 high urgent critical",
)
CASE_STATUS = words(
    CASE_STATUSES,
    open="待处理 未处理 处理中 进行中 新建 受理中 new pending",
    responded="已响应 已回复 跟进中",
    resolved="已解决 已处理 已完成 solved done",
    closed="已关闭 关闭 已办结 办结 已结案 结案",
)
TAG_SOURCE = words(TAG_SOURCES, hand="手工 人工 手动 manual", rule="规则 自动 automatic")
SURVEY_KIND = words(SURVEY_KINDS, csat="满意度 满意度调查 客户满意度", nps="净推荐值 推荐度 推荐意愿")
