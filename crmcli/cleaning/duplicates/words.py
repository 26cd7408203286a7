"""The words of company names that tell companies apart badly or not at all: places, legal forms, trades, titles.

Public knowledge, simplified characters, lower case. A name's distinctive core is what is left without them.
"""


def _list(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


PROVINCES = _list(
    """
    北京 天津 上海 重庆 河北 山西 辽宁 吉林 黑龙江 江苏 浙江 安徽 福建 江西 山东 河南 湖北 湖南 广东 海南 四川 贵州
    云南 陕西 甘肃 青海 台湾 内蒙古 广西 西藏 宁夏 新疆 香港 澳门
    """
)
PROVINCE_ENDINGS = ("壮族自治区", "回族自治区", "维吾尔自治区", "特别行政区", "自治区", "省", "市")

CITIES = _list(
    """
    北京 天津 上海 重庆 香港 澳门 台北 高雄 台中 台南 新北 桃园 新竹 石家庄 唐山 秦皇岛 邯郸 邢台 保定 张家口 承德
    沧州 廊坊 衡水 雄安 太原 大同 阳泉 长治 晋城 朔州 晋中 运城 忻州 临汾 吕梁 呼和浩特 包头 乌海 赤峰 通辽 鄂尔多斯
    呼伦贝尔 巴彦淖尔 乌兰察布 兴安盟 锡林郭勒 阿拉善 沈阳 大连 鞍山 抚顺 本溪 丹东 锦州 营口 阜新 辽阳 盘锦 铁岭
    朝阳 葫芦岛 长春 吉林 四平 辽源 通化 白山 松原 白城 延边 哈尔滨 齐齐哈尔 鸡西 鹤岗 双鸭山 大庆 伊春 佳木斯
    七台河 牡丹江 黑河 绥化 大兴安岭 南京 无锡 徐州 常州 苏州 南通 连云港 淮安 盐城 扬州 镇江 泰州 宿迁 昆山 江阴
    张家港 常熟 太仓 杭州 宁波 温州 嘉兴 湖州 绍兴 金华 衢州 舟山 台州 丽水 义乌 慈溪 余姚 合肥 芜湖 蚌埠 淮南
    马鞍山 淮北 铜陵 安庆 黄山 滁州 阜阳 宿州 六安 亳州 池州 宣城 福州 厦门 莆田 三明 泉州 漳州 南平 龙岩 宁德 晋江
    石狮 南昌 景德镇 萍乡 九江 新余 鹰潭 赣州 吉安 宜春 抚州 上饶 济南 青岛 淄博 枣庄 东营 烟台 潍坊 济宁 泰安 威海
    日照 临沂 德州 聊城 滨州 菏泽 莱芜 郑州 开封 洛阳 平顶山 安阳 鹤壁 新乡 焦作 濮阳 许昌 漯河 三门峡 南阳 商丘
    信阳 周口 驻马店 济源 武汉 黄石 十堰 宜昌 襄阳 鄂州 荆门 孝感 荆州 黄冈 咸宁 随州 恩施 仙桃 潜江 天门 长沙 株洲
    湘潭 衡阳 邵阳 岳阳 常德 张家界 益阳 郴州 永州 怀化 娄底 湘西 广州 韶关 深圳 珠海 汕头 佛山 江门 湛江 茂名 肇庆
    惠州 梅州 汕尾 河源 阳江 清远 东莞 中山 潮州 揭阳 云浮 顺德 南宁 柳州 桂林 梧州 北海 防城港 钦州 贵港 玉林 百色
    贺州 河池 来宾 崇左 海口 三亚 三沙 儋州 琼海 成都 自贡 攀枝花 泸州 德阳 绵阳 广元 遂宁 内江 乐山 南充 眉山 宜宾
    广安 达州 雅安 巴中 资阳 阿坝 甘孜 凉山 贵阳 六盘水 遵义 安顺 毕节 铜仁 黔西南 黔东南 黔南 昆明 曲靖 玉溪 保山
    昭通 丽江 普洱 临沧 楚雄 红河 文山 西双版纳 大理 德宏 怒江 迪庆 拉萨 日喀则 昌都 林芝 山南 那曲 西安 铜川 宝鸡
    咸阳 渭南 延安 汉中 榆林 安康 商洛 兰州 嘉峪关 金昌 白银 天水 武威 张掖 平凉 酒泉 庆阳 定西 陇南 临夏 甘南 西宁
    海东 银川 石嘴山 吴忠 固原 中卫 乌鲁木齐 克拉玛依 吐鲁番 哈密 昌吉 伊犁 喀什 阿克苏 和田 石河子
    """
)

# What follows the last of them is a branch or a note.
LEGAL = _list(
    """
    有限公司公司 集团股份有限公司 股份有限责任公司 集团有限责任公司 集团有限公司 控股集团有限公司 控股有限公司
    股份有限公司 有限责任公司 有限公司 有限责任公 有限公 股份公司 集团公司 总公司 公司
    """
)
# Legal forms that are words too: only at the end of a name.
LEGAL_ENDINGS = _list(
    """
    个体工商户 专业合作社 合作社 事务所 工作室 经营部 服务部 营业部 门市部 销售部 批发部 经销部 商贸行 商行 车行
    总厂 工厂 中心 总店 商店 集团 厂 店 行 部 社 ltd inc llc corp 有限
    """
)
BRANCH = r"分公司|分店|分厂|分部|分行|分校|分院|分所|分社|支行|支公司|办事处|代表处|联络处|营业部|门市部|经营部|项目部"

TRADES = _set(
    """
    企业管理咨询 企业管理 管理咨询 教育咨询 商务咨询 信息咨询 财务咨询 投资咨询 法律咨询 咨询服务 咨询 健康管理
    酒店管理 餐饮管理 投资管理 资产管理 物业管理 供应链管理 供应链 物业服务 物业 管理 投资 资产 实业投资 实业 产业
    控股 集团 资本 基金 创业投资 进出口贸易 进出口 对外贸易 国际贸易 商贸 贸易 国贸 外贸 汽贸 农贸 工贸 经贸 商务
    电商 电子商务 跨境电商 信息技术 信息科技 网络科技 网络技术 网络通信 电子科技 生物科技 生物技术 智能科技 环保科技
    农业科技 新能源科技 能源科技 医药科技 数字科技 数码科技 科技发展 科技 技术开发 技术服务 技术 软件技术 软件开发
    软件 信息 网络 互联网 数据 数码 数字 通信 通讯 智能 智能技术 智能家居 电子设备 电子元件 电子 电器 电气 电力设备
    电力 电工 电机 电缆 电线 电源 电池 光电 光电子 半导体 机械设备 机械制造 机械加工 机械 机电设备 机电 设备
    自动化设备 自动化 仪器仪表 精密仪器 仪器 仪表 工业设备 工业 重工 装备 模具 医疗器械 医疗设备 医疗 医药 药业 制药
    生物医药 生物 医学 中药 大药房 药房 诊所 医院 保健 保健食品 养老 养生 美容 美容美发 化妆品 广告传媒 广告
    广告代理 文化传媒 文化传播 文化发展 文化创意 文化 传媒 传播 影视 影业 影视文化 品牌 品牌管理 策划 营销 营销策划
    会展 会展服务 展览 展示 展览展示 设计 平面设计 装饰设计 创意 建筑工程 建设工程 建筑安装 建筑装饰 建筑装修 建筑
    建设 工程 装饰工程 装饰 装修 装潢 装饰材料 建材 建筑材料 新材料 新型材料 材料 金属材料 金属 金属制品 五金制品
    五金机电 五金 钢铁 钢材 钢结构 铝业 不锈钢 管业 塑胶 塑料 塑料制品 橡塑 橡胶 包装制品 包装材料 包装 纸制品 纸业
    纸品 印刷 印刷包装 印务 标牌 化工 化工原料 化学 涂料 石油 石化 燃气 能源 新能源 节能 节能环保 环保 环境 环境工程
    园林 园林绿化 园林工程 园林艺术 绿化 农业 农业发展 农产品 农资 种业 种植 养殖 牧业 渔业 水产 农化 化肥 饲料 粮油
    林业 木业 食品 食品饮料 饮料 酒业 酒水 茶叶 茶业 乳业 调味品 副食品 副食 土特产品 土特产 干果 鲜果 果业 水果
    冷饮 糖果 糕点 烘焙 肉类 餐饮 餐饮服务 饭店 餐厅 酒店 宾馆 酒家 火锅 咖啡 快餐 小吃 服装 服饰 纺织 纺织品 针织
    制衣 制鞋 鞋业 鞋材 皮革 皮具 箱包 家纺 布艺 床上用品 珠宝 首饰 饰品 眼镜 钟表 玩具 礼品 工艺品 日用品 百货 日化
    文具 办公用品 体育用品 体育 健身 家具 家居 家居用品 厨具 卫浴 洁具 灯饰 照明 灯具 家电 门窗 陶瓷 玻璃 地板 汽车
    汽车销售服务 汽车销售 汽车服务 汽车维修 汽车配件 汽车用品 汽配 汽修 配件 零部件 车业 摩托车 租赁 汽车租赁 物流
    国际物流 货运 货运代理 货代 运输 公路运输 仓储 快递 速递 航空 船舶 旅游 旅行社 国际旅行社 旅行 票务 人力资源
    人力资源服务 人才 劳务 劳务派遣 劳务服务 外包 教育 教育科技 培训 教育培训 学校 幼儿园 房地产 房地产经纪
    房地产开发 房产 地产 置业 不动产 保险 保险代理 保险经纪 财产保险 医疗保险 社会保险 金融 金融信息 财务 会计
    会计师 税务 律师 法律 知识产权 检测 检测仪 检验 认证 安防 消防 消防设施 安全 保安 保洁 家政 家政服务 服务 销售
    销售服务 维修 代理 拍卖 典当 通用 国际 发展 开发 股份 运营 执行 领域 系统 系统工程 制品 用品 产品 制造 加工 艺术
    摄影 传动 特种设备 数控 激光 微电机 阀门 水泵 轴承 紧固件 标准件 玻璃纤维 绝热材料 润滑油 自来水 再生 再生资源
    """
)
# One word for those that a typist takes for one another.
TRADE_SYNONYMS = {
    "商贸": "贸易",
    "经贸": "贸易",
    "工贸": "贸易",
    "技术": "科技",
    "信息科技": "信息技术",
    "网络技术": "网络科技",
    "装修": "装饰",
    "装潢": "装饰",
    "服饰": "服装",
    "电器": "电气",
    "文化传媒": "文化传播",
    "广告传媒": "广告",
    "企业管理咨询": "管理咨询",
    "咨询服务": "咨询",
    "建设工程": "建筑工程",
    "机械制造": "机械设备",
}

ENGLISH_LEGAL = _set(
    """
    ab ag aps as bv co company corp corporation gmbh inc incorporated kg kk limited llc llp lp ltd nv oy plc pte pty
    sa sarl sas spa srl
    """
)
ENGLISH_TRADES = _set(
    """
    automation bar bistro cafe chemicals coffee consulting deli delicatessen design dining electronic electronics
    energy engineering enterprises equipment export food foods global grill group holding holdings hotel import
    industrial industries industry instrument instruments international logistics machinery manufacturing materials
    media medical optics packaging partners pharma pharmaceuticals room service services shop software solutions
    steakhouse systems tech technologies technology textile textiles trade trades trading
    """
)
ENGLISH_FILLERS = _set(
    """
    a an and at by for in of on restaurant restaurants ristorante the
    """
)
ENGLISH_STREETS = {
    "street": "st",
    "avenue": "ave",
    "av": "ave",
    "road": "rd",
    "boulevard": "blvd",
    "blv": "blvd",
    "drive": "dr",
    "lane": "ln",
    "place": "pl",
    "court": "ct",
    "highway": "hwy",
    "square": "sq",
    "parkway": "pkwy",
    "circuit": "cct",
    "crescent": "cres",
    "north": "n",
    "south": "s",
    "east": "e",
    "west": "w",
    "first": "1st",
    "second": "2nd",
    "third": "3rd",
    "fourth": "4th",
    "fifth": "5th",
    "sixth": "6th",
    "seventh": "7th",
    "eighth": "8th",
    "ninth": "9th",
    "tenth": "10th",
}

# What is written where a private customer's company would be.
NOBODY = _set(
    """
    individual n/a na none null private unknown 个人 个人客户 散客 无 暂无 未知 没有 私人
    """
)
TITLES = _list(
    """
    总经理 副总经理 董事长 总监 经理 主任 主管 厂长 部长 科长 处长 局长 院长 校长 所长 店长 队长 会计 出纳 财务 采购
    助理 秘书 律师 医生 老师 教授 老板 老板娘 先生 女士 小姐 太太 阿姨 师傅 法人 工程师 董事 股东 总 工 董 哥 姐
    """
)
COMPOUND_SURNAMES = _set(
    """
    欧阳 司马 上官 诸葛 东方 独孤 南宫 万俟 闻人 夏侯 皇甫 尉迟 公羊 澹台 公冶 宗政 濮阳 淳于 单于 太叔 申屠 公孙
    仲孙 轩辕 令狐 钟离 宇文 长孙 慕容 鲜于 闾丘 司徒 司空 亓官 司寇 呼延 端木 纳兰 西门 拓跋 百里 东郭 南门 赫连
    """
)

FREE_MAIL = _set(
    """
    126.com 139.com 163.com 189.cn 21cn.com aliyun.com aol.com foxmail.com gmail.com gmx.de googlemail.com
    hotmail.com icloud.com live.com me.com msn.com outlook.com proton.me protonmail.com qq.com sina.cn sina.com
    sohu.com tom.com vip.163.com vip.qq.com vip.sina.com web.de yahoo.cn yahoo.com yahoo.com.cn yeah.net
    """
)
