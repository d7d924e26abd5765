"""The words by which readers look for a page or a part of one where its title does not have them, in both
languages (`pages.searching`)."""

from jobs.reports import repeats
from jobs.reports.complaining import complaint_words
from jobs.reports.wording import Text

# Further words that find a page of the first level, before what only its parts or other pages say.
OWN_WORDS = {
    "about.html": "口径 统计口径 指标口径 methodology",
    "work.html": "待办事项 任务 逾期 逾期事项 overdue tasks late deadlines",
    "plans.html": "不合格批次 不合格产品 failed failing batches non-conforming results",
    "items.html": "不合格项目 failed failing items",
    "guidance.html": complaint_words(),
    "lookup.html": "网店 销售者 商家 生产者 召回 被召回 shops sellers producers brands "
    "recall recalls recalled",
}
RESTRICTED = "失信惩戒 限制 受限 restricted restriction restrictions"  # of shops
# What readers look for by a word that no title has: where it is, and the words.
HELP = (
    (
        "about.html#interval",
        Text("如何理解区间", "How to read an interval"),
        "置信区间 区间方法 上下限 误差 抽样误差 confidence interval limits uncertainty margin of error "
        "sampling error",
    ),
    (
        "about.html#rate",
        Text("分母：哪些批次计入", "The denominator: which batches count"),
        "分母 检出率 不合格检出率 denominator detection rate",
    ),
    (
        "about.html#rate",
        Text("不合格率的区间用什么方法计算", "By which method the limits of rates are computed"),
        "区间方法 置信区间 interval method methods limits Wilson Korn–Graubard Korn-Graubard Kish",
    ),
    (
        "about.html#design-effect",
        Text("设计效应和有效样本量", "Design effect and effective sample size"),
        "设计效应 有效样本量 区间所用 有效批次 design effect deff effective sample size number interval Kish",
    ),
    (
        "about.html#violation-rate",
        Text("违法及不合格率：分母和区间方法", "Violation rate: denominator and method of its limits"),
        "区间方法 interval method limits exact Clopper–Pearson Clopper-Pearson",
    ),
    (
        "about.html#complaint-rate",
        Text("万单投诉率的区间用什么方法计算", "By which method the limits of complaint rates are computed"),
        "区间方法 泊松 interval method limits exact Poisson Garwood",
    ),
    (
        "about.html#rate",
        Text("加权不合格率如何计算", "How the exposure rate is weighted"),
        "加权 权重 暴露率 weighted weights rate",
    ),
    (
        "about.html#kaplan-meier",
        Text("卡普兰–迈耶估计：中位天数", "Kaplan–Meier estimate: median days"),
        "卡普兰–迈耶 卡普兰-迈耶 卡普兰迈耶 生存分析 中位天数 删失 "
        "Kaplan–Meier Kaplan-Meier survival median days censored",
    ),
    (
        "about.html#effect",
        Text("双重差分：措施的效果", "Difference in differences: effect of measures"),
        "双重差分 倍差法 净变化 difference in differences difference-in-differences DiD net change",
    ),
    (
        "about.html#multiple-comparisons",
        Text("多重比较校正", "Correction for multiple comparisons"),
        "多重比较 多重检验 校正 multiple comparison comparisons testing correction "
        "Holm Benjamini–Hochberg Benjamini-Hochberg FDR false discovery rate",
    ),
    (
        "about.html#change",
        Text("同比和差值：如何计算，区间", "Change from a year earlier: how it is computed, its limits"),
        "差异 同比 year on year year-on-year difference MOVER",
    ),
    (
        "credit.html#reply",
        Text("当事人意见：说明和异议", "Right of reply: comments and objections"),
        "申诉 申辩 复议 异议 appeal appeals objection reply",
    ),
    (
        "about.html#procedure",
        Text("抽查程序：结果告知后的异议和复检", "The procedure: objections and retests after notification"),
        "申诉 复议 异议 异议期 复检 appeal appeals objection objections retest",
    ),
    (
        "about.html#bundles",
        Text("发布包：位置和现行修订", "Published bundles: where they lie"),
        "发布包 已发布 公开数据 开放数据 冻结 修订 更正 下载 "
        "published bundle bundles releases frozen open data revision revisions revised csv download",
    ),
    (
        "guide/publish.html",
        Text("已公布数据的静态JSON接口（API）", "The static JSON API of what is published"),
        "API 接口 JSON openapi endpoint endpoints static",
    ),
    (
        "about.html#cite",
        Text("如何引用，数据的使用许可", "How to cite, and the licence of the data"),
        "如何引用 引用 怎样引用 许可 使用许可 版权 转载 citation reference license copyright reuse CC BY 4.0",
    ),
    (
        "guide/operate.html#a-past-day-as-it-was-known-then",
        Text("回到过去某一天所知的情况：重算", "A past day as it was known then: run it again"),
        "重算 重跑 复算 如何复算 怎样复算 重新运行 重新计算 补跑 回填 历史 过去某一天 复现 快照 "
        "snapshot rerun re-run reproduce repeat as-of backfill",
    ),
    (
        "guide/exchange.html",
        Text("各收件方收到什么", "What each recipient gets"),
        "发件箱 数据包 收件方 outbox package packages recipients receives",
    ),
    (
        "index.html#changes",
        Text("较上次运行的变化", "What changed since the previous run"),
        "变化 今日 changes today",
    ),
    (
        "index.html#nation",
        Text("全国加权不合格率", "The nation's exposure rate"),
        "不合格率 多少批次不合格 failure failing failed defect rate how many batches",
    ),
    (
        "index.html#contact",
        Text("数据咨询（联系方式）", "Whom to ask about the data"),
        "联系 联系人 联系我们 咨询 邮箱 contact ask question email",
    ),
    (
        "credit.html",
        Text("生效中的网店限制", "Restrictions of shops in effect"),
        f"{RESTRICTED} 受限网店 shop",
    ),
    (
        "freshness.html",
        Text("下次交付日期", "When the next delivery is due"),
        "下次交付 下次报送 交付日期 报送期限 next delivery due deadline",
    ),
    (
        "sources.html#after-refusal",
        Text("文件被拒收之后：原因和改正", "After a file was refused: why, and how to correct it"),
        "拒收 拒收后 文件被拒收 被拒收 怎么办 不改正 不重报 不处理 谁在等 行号 哪一行 第几行 "
        "refused rejected refusal file what next nothing uncorrected waits line number row record",
    ),
    *(
        (
            path,
            Text(f"{zh}的档次和位次", f"Tiers and ranks of {en}"),
            "分档 排名 排行 最差 最好 rank ranking tier worst best",
        )
        for path, zh, en in (
            ("platforms.html", "平台", "platforms"),
            ("regions.html", "地区", "provinces"),
        )
    ),
    (
        "tracing.html#hotspots",
        Text("两批次以上不合格的生产者和产业集群", "Producers and clusters with two or more failing batches"),
        "屡次 反复 多次 不合格 生产者 厂家 制造商 来源 hotspots repeated repeatedly offenders worst failing "
        "producers manufacturers makers sources that",
    ),
    (
        "tracing.html#shops",
        Text("全国屡次检出不合格的网店", "Shops of the nation that fail repeatedly"),
        f"{repeats.WORDS} {repeats.ASKED} 全国 which have non-conforming batches",
    ),
    (
        "platforms.html#overview",
        Text("并排比较平台", "Compare platforms side by side"),
        "比较 对比 compare comparison difference",
    ),
    (
        "regions.html#compare",
        Text("并排比较地区", "Compare regions side by side"),
        "比较 对比 compare comparison difference provinces",
    ),
    (
        "categories.html#compare",
        Text("并排比较品类", "Compare product categories side by side"),
        "比较 对比 compare comparison difference",
    ),
    (
        "about.html#comparable",
        Text("哪些数据可以与其他单位比较", "Which figures may be compared with another unit's"),
        "可比 能比 可以比较 能否比较 不可比 与其他 外省 comparable compared may compare",
    ),
    (
        "quality.html#weights",
        Text("指数的权重、评分上下限及理由", "Weights and goalposts of the index, with reasons"),
        "权重 指数权重 标尺 怎么算 怎样算 如何计算 weights weighting goalposts index how computed set",
    ),
    (
        "work.html#offices",
        Text("各承办单位的待办和逾期", "Tasks of each office, and those overdue"),
        "县局 县级 市局 省局 监管所 落后 我的待办 公布结果 待公布 待签 签发 签批 "
        "county counties offices behind publish sign mine",
    ),
    (
        "work.html#tasks",
        Text("待公布的抽查结果：各监管部门的待办事项", "Results to publish: tasks of the authorities"),
        "公布 签字 审批 签发 签批 批准 publish publication sign approve approval",
    ),
    (
        "credit.html",
        Text("待复核的网店限制：由监管部门决定", "Restrictions to review: for authorities to decide"),
        "决定 复核 认定 签字 审批 批准 sign decide decision approve approval review reviews",
    ),
    (
        "freshness.html",
        Text("迟报的数据流", "Feeds that are late"),
        "迟报 未按时 late delayed feeds",
    ),
    (
        "about.html#period",
        Text("期间：哪些不列，为什么", "Periods: which are not shown, and why"),
        "缺失 缺少 缺月 空缺 月份 没有数据 missing gaps months periods empty",
    ),
    (
        "gate.html",
        Text("本次运行所用各表的版本", "The version of each table in this run"),
        "版本 运行版本 夜间版本 表版本 versions version night run delta tables",
    ),
    (
        "about.html#method",
        Text("计算方法的版本", "Versions of the methods"),
        "版本 方法版本 versions version method methods",
    ),
    (
        "notebooks/index.html",
        Text("笔记本：逐步算出各项数据", "Notebooks: figures, computed step by step"),
        "笔记本 复现 复算 代码 notebook notebooks jupyter ipynb reproduce code",
    ),
    (
        "workbooks/index.html",
        Text("工作簿 (XLSX)", "Workbooks (XLSX)"),
        "工作簿 表格 电子表格 下载 workbook workbooks excel xlsx spreadsheet download",
    ),
)
