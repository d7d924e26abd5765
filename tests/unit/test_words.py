"""Words: what readers and developers meet is the glossary's and plain, and what was replaced does not
return."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from jobs.environment import REPOSITORY

# Words of pages, contracts, workbooks, notebooks and the guide, with what to write.
ON_PAGES: Mapping[str, str] = {
    "曝险率": "加权不合格率",
    r"(?<!问题)(?<!错误)发现率": "问题发现率",
    "用文字说": "文字摘要",
    "何意": "含义",
    "只重抽抽样所得的比率": "仅反映抽样误差",
    "与基年全国无法区分": "与基期全国水平无显著差异",
    "使指数低于100分?的分数": "失分",
    "最好四分之一": "上四分位",
    "达到上四分位数|按代码的位数|和本国代码": "得分上四分位、按代码末位的零、该国（地区）自编的代码",
    "检前违法退出|违规退出|(?<!检验前)违法退出": "检验前移送查处",
    "(?<!检验)检前(?!移送)": "检验前",
    "核对了转载文本|依据转载文本核对": "条文据转载文本核对",
    "打包票": "不构成质量保证",
    # Spoken words, with what official texts write.
    "今天要(?:做|办|查)的?": "今日应办 / 今日应核查",
    "何时查|由谁(?:查|办(?!理))": "核查时间、核查单位、承办单位",
    "谁能做什么": "责任方与措施",
    "后来(?:怎样|如何)": "后续情况 / 处置结果",
    "(?:什么|哪些标准)最常|最常不合格": "主要不合格项目 / 不合格较多的标准",
    "买的?时候?看什么|下一步买什么": "选购要点 / 靶向买样建议",
    "有多可靠|准不准": "精度 / 准确性",
    "质量闸|质量审核|抽查室": "数据审核 / 抽查工作",
    "值不认识": "值无法识别",
    "在误差之内|(?<!并)列第": "无显著变化 / 排第…位",
    "每?万单质量投诉(?!数|、)": "万单投诉率",
    "一周内到期|七天内到期": "7天内到期",
    "消费指引|购物指引": "消费提示",
    "一并看": "经N个对象多重比较校正",
    "未必有别": "可能属随机波动",
    "由其除出": "以其为分母",
    "十二个月期间": "12个月期间",
    "售后首次即解决": "首次投诉即予解决",
    "[谁近]在?报、|有报的": "报送的数据类别、有报送的",
    "点计划名|每夜由": "点击计划名称、每次夜间运行时",
    "重复复检|否认成立": "第二次复检、经核实成立",
    "违法率": "违法及不合格率: the glossary's",
    # Read as odd or ambiguous by readers of official notices.
    "本项目的时限|各地市|抽检所见|按使用量": "本项目的期限、各设区的市、抽检结果、按在用数量",
    "已须发出而未发|已应发而未发": "应发未发",
    "又在售": "再次在售",
    "未回执已": "已N天未回执",
    "处罚或列入的条款": "处罚或列入名单及其依据",
    "缺少主体身份(?!信息)": "缺少主体身份信息",
    "有等级的企业|不评级的企业": "已评级企业、未评级企业",
    "(?<!经)异议改变结论": "经异议改变结论",
    "科恩κ": "Kappa系数",
    "使用中数量": "在用数量",
    "等待最久者先": "按等待天数由长到短",
    "没收违法所得、非法财物": "没收违法所得、没收非法财物: Law on Administrative Penalties, Article 9",
    "省级地区": "省级行政区",
    "限值不是标准的|得不出其结论": "所报限值与标准规定不符 / 所报结论与各项目判定不符",
    "所在省级": "所在地省级监管部门",
    "已责令(?!改正|下架)": "已责令改正",
    "上卷": "向上汇总",
    "达标(?=（件）| / 全部)": "符合: of repeat complainants and mediations none is a target",
    "工作队列": "待办清单",
    "无厂名厂址（三无）": "无厂名、厂址等“三无”",
    "其自身代码的nation": "该国（地区）的全国数",
    "占上列": "涉及上列",
    "不代表市场，不列比率": "摘要中不列比率: the text below gives them",
    "终局": "结果确定 / 最终结论 / 最终不合格 / 复议、诉讼期限届满或者经维持的处罚",
    "迟延": "逾期办结 / 未按时",
    "(?<!简单)随机样本": "概率样本",
    "在报(?!告|表|送)": "正常报送",
    "个订单(?!文件)": "笔订单",
    "批次不合格率|不合格占已判定": "不合格检出率",
    "不合格者(?!在)|(?<!检出)(?<!未发现)不合格主体": "检出不合格的主体",
    "占发现": "占问题批次",
    "缘由|用了多久": "原因 / 用时",
    "改正重送|重新送达|重复送达": "重新报送 / 重复报送",
    "往晚|近七晚|首个夜晚|昨夜|次夜": "以往运行 / 近7次运行 / 下一次运行",
    "[今当]晚": "本次运行 / 运行当日",
    "元素号": "记录内元素序号",
    "散列(?!值|函数|算法)": "散列值",
    "首次被允许者": "以程序允许的首次为准",
    "核读(?!者)": "核对",
    "读不懂": "无法识别",
    "推翻率": "复检改判率",
    "差中之差": "双重差分",
    "(?<!最)[好坏]端": "最优端 / 最差端",
    "空串|空文本": "空字符串",
    "违规或无效|违规（移送）|不合格和违规": "检验前移送查处或作废",
    "[真假]为": "是为…，否为…",
    "先审计|审计范围": "先审核 / 审核范围",
    "命中": "发现问题",
    "(?<=[0-9])% (?:区间|界限)": "95%区间: no space",
    # One word a thing, and that of the rules.
    "薄弱点": "薄弱环节",
    "按期率|按时比例": "按时率",
    "支柱": "方面",
    # What a reader types into the search stands there beside another such word: 卖家 厂家, 点名 曝光.
    r"卖家(?! 厂家)|(?<!神秘)买家": "销售者 / 消费者",
    "[上前本今当下]一?夜|夜间结果": "上次运行、本次运行、下次运行",
    "外发箱": "发件箱",
    r"(?<!标准化)标准(?:机构|组织)": "标准化机构",
    "名次": "位次",
    "抽查方案": "抽查计划",
    "数据流迟到|迟到的数据流|是否迟到": "迟报",
    "国家级机关": "国家市场监督管理总局",
    "九成": "90%分位",
    "[未已]了结": "未办结 / 已办结",
    "复检推翻|被推翻": "复检改判",
    "时段": "期间",
    "送交|交来": "报送",
    "(?:超出|可能只是)偶然|偶然应有|点名(?! 曝光)": "超出随机波动 / 期望不合格 / 列为热点",
    "盖住(?:真|了)": "覆盖真值",
    "陈旧": "沿用旧版",
    r"(?i)\b(?:on|against|compared? with|compares with) the (?:same \w+ of the )?year before": (
        "from a year earlier"
    ),
    "稳健估计|联合惩戒|计分卡|目标值": "收缩估计 / 失信惩戒 / 评分卡 / 评分上下限",
    "投诉引导|承办方|备样复检|备份样品": "投诉线索 / 承办单位 / 备用样品",
    "天数截尾|岭回归|勺筷|网络零售": "删失 / 岭惩罚逻辑斯谛回归 / 调羹筷子 / 网上零售额",
    "货不对版|封样破损|未显示趋势": "样品与订单不符 / 封条破损 / 未见显著升降",
    "账目(?:不)?平|逐条对?平": "账目相符 / 账目不符",
    "金表": "汇总表",
    "标尺(?! 怎么算)|违规的那一格": "评分上下限 / 不符合规则的单元格",
    # What no notice of an authority says so. In lists of words that sources write the former words remain.
    "(?<![预/-])包装食品(?!;)|(?<![用/-])农产品(?!;|名称|,样品)": "预包装食品 / 食用农产品",
    '"其中[^"]{0,4}品类"': "分品类情况 / 分二级品类情况",
    "(?:期间|单位|主要|下列|以下|全部|任何|各个|本机构)的?数字|输入一些字": "数据 / 请补充关键词",
    "次年已过0|平台自己的待办": "次年尚未开始 / 本平台的待办",
    "曾不合格|屡次不合格(?! 多次)": "曾检出不合格、屡次检出不合格: goods fail, not their sellers",
    "计分的估计值|，修订[0-9{]|归省": "计分用估计值 / 首次发布 / 归入各省",
    "[未已新能]指派|在任专家|可公开日": "分派 / 在聘专家 / 可公布日",
    "收到样本|样本丢失|限期使用日期": "收到样品 / 样品丢失 / 使用期限",
    "近7周突增|国内货物|保持限制|即行下架": "较前7周突增 / 国内产品 / 继续执行限制 / 立即下架",
    "虚标是价格欺诈|短斤少两是价格欺诈": "虚假标注 / 计量违法行为",
    r"每[0-9]+个商品|(?<=[0-9])批有|(?<!向)上取(?:整|为)": "每…件商品 / 批次中有 / 向上取整至",
    "件报告|报告 / 期望|评价的文字(?:较|连续|高于)": "件 / 实际 / 提及该危害的次数",
    r"(?:再次|次年)被抽(?![检样查])|与检验机构相反|样品与订购不符": "抽检 / 判定相反 / 与订单不符",
    "不产生限制|比自身过去|多于平常|外壳发麻|待决定受理": "限制的依据 / 较自身以往 / 多于以往",
    r"涉及人身健康安全、|（\{level\}级）|减少一批[，。]": "安全：危害 / 一级品类 / 减少一批次",
    "从不合并|才列趋势|未到公布时|早于出结论": "不合并计算 / 方可列示 / 尚不能公布的 / 作出结论",
    "品牌方|此单位|不能当作|本身写明": "品牌权利人 / 该单位 / 不能视为 / 载明",
    "平常的话|改作|被查者|空格表示": "通俗文字 / 改编 / 被抽查者 / 空白单元格",
    '(?:季度|12个月)截?至["0-9]': "截至…的季度 / 截至…的近12个月",
    r"省 ?[(（]北京": "地区",
    "北京 北京市": "北京市大兴区: each part once",
    "(?i)standards bodies correct what": "the seller corrects what its page cites",
    r"(?i)\brests? on\b": "is based on, depends on",
    r"(?i)failed: failers|re-posted|\bleans on\b": "parties that failed, reprint, borrows from",
    "(?i)never told|void ones": "void and not published",
    r"(?i)best quarter|\bcosts most\b": "upper quartile, points lost",
    r"(?<=\d) %(?= (?:interval|limits?)\b)": "no space before %",
    "(?i)looked at together|left before the test, for": "corrected for comparing, referred before the test",
    r"\bFailers\b|Sampling room|\bchecks hit\b|\"FileLedger\"": "parties that failed / sampling / found",
    "Since the last night|changed since the night before|updated tonight": "since the previous run",
    'mend and hand in again|"To mend': "file again / to correct",
    "What came of|Who stands out|Chance to miss": "outcome / units that stand out / probability",
    r"Share of the batches judged|\"(?:Share of|By) batches\"": "Detection rate",
    "本项目的规则|a rule of this[\" \n]+project|this project's rule": "本项目规定 / this project's own rule",
    "(?i)silence (?:never|would|does not) pays?": "not filing gains nothing",
}
# Words of code, comments, messages and descriptions, with what to write.
IN_CODE: Mapping[str, str] = {
    "told": "reported, notified, stated, published: what it is",
    "tells?": "say, show, state, identify",
    "telling": "notification, statement",
    "nobody": "no one",
    "whatever": "no matter what, any, all",
    "books": "ledger, counts",
    "in force": "valid (rules, standards), current (files), published (tables)",
    "of its own": "separate, its",
    "of itself": "leave it out",
    "confess(?:es|ed|ion)?": "write_ground_truth",
    "another's name": "another file name",
    "ask once a": "once for each",
    "silence": "a missing filing",
    "nought": "zero",
    "lest": "so that … not",
    "thereby": "leave it out",
}
# Each file that holds such a word for a reason.
EXCEPT: Mapping[str, str] = {
    "tests/unit/test_words.py": "the list itself",
    "schemas/lookups/header_alias.csv": "headers as published registers write them",
    "tests/unit/ingest/test_landing.py": "`nobody` is a source's name",
    "jobs/simulate/country/authorities/faults.py": "`YP-NOBODY-000001` is a planted value",
}
PAGES = (
    "jobs/reports",
    "jobs/publish",
    "jobs/exchange",
    "jobs/marts",
    "schemas",
    "notebooks",
    "expectations",
)
CODE = ("jobs", "dags", "tests", "schemas", "expectations", "notebooks")
SUFFIXES = {".py", ".sql", ".yaml", ".html", ".md", ".txt", ".ipynb", ".js", ".css"}
# A source's own headers and values stand in its YAML as the source writes them.
AS_DELIVERED = ("schemas/sources/",)


def files(places: tuple[str, ...], suffixes: set[str]) -> Iterator[tuple[str, str]]:
    """Path below the repository and text of every file with one of the suffixes."""
    for place in places:
        for path in sorted((REPOSITORY / place).rglob("*")):
            name = path.relative_to(REPOSITORY).as_posix()
            if path.suffix in suffixes and path.is_file() and not name.startswith(AS_DELIVERED):
                yield name, path.read_text(encoding="utf-8")


def found(name: str, text: str, words: Mapping[str, str], *, whole: bool) -> list[str]:
    """ "path:line: word (write: …)" of each forbidden word; ``whole``: in any case, bounded as a word."""
    if name in EXCEPT:
        return []
    if whole:
        words, text = {rf"\b(?:{word})\b": instead for word, instead in words.items()}, text.lower()
    if not re.search("|".join(word.removeprefix("(?i)") for word in words), text, re.IGNORECASE):
        return []
    hits = []
    for word, instead in words.items():
        for hit in re.finditer(word, text):
            line = text.count("\n", 0, hit.start()) + 1
            hits.append(f"{name}:{line}: {hit.group()} (write: {instead})")
    return hits


def test_no_page_contract_or_notebook_uses_a_word_that_was_replaced():
    hits = [
        h
        for name, text in files(PAGES, SUFFIXES | {".csv"})
        for h in found(name, text, ON_PAGES, whole=False)
    ]
    assert hits == []


def test_no_code_comment_or_message_uses_the_dialect():
    hits = [h for name, text in files(CODE, SUFFIXES) for h in found(name, text, IN_CODE, whole=True)]
    assert hits == []


def test_the_front_pages_use_neither():
    for page in ("README.md", "CONTRIBUTING.md"):
        text = Path(REPOSITORY / page).read_text(encoding="utf-8")
        assert found(page, text, ON_PAGES, whole=False) + found(page, text, IN_CODE, whole=True) == []


def test_every_exception_is_still_needed():
    for name in EXCEPT:
        text = (REPOSITORY / name).read_text(encoding="utf-8")
        words = {**ON_PAGES, **{rf"\b(?:{word})\b": instead for word, instead in IN_CODE.items()}}
        assert any(re.search(word, text, re.IGNORECASE) for word in words), name


@pytest.mark.parametrize(
    ("text", "words", "whole"),
    [
        ("不合格曝险率", ON_PAGES, False),
        ("靶向抽样的发现率", ON_PAGES, False),
        ("2张表今夜未能更新", ON_PAGES, False),
        ("由当夜的数据表算出", ON_PAGES, False),
        ("被拒收的下一夜重发", ON_PAGES, False),
        ("概率样本与随机样本之比", ON_PAGES, False),
        ("未完成的计为迟延", ON_PAGES, False),
        ("Failers sampled again", ON_PAGES, False),
        ("It rests on probability samples.", ON_PAGES, False),
        ("    told = rows[0]", IN_CODE, True),
        ("# Nobody reads it", IN_CODE, True),
    ],
)
def test_a_replaced_word_is_found(text, words, whole):
    assert len(found("x", text, words, whole=whole)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "简单随机样本",
        "在报告之后",
        "问题发现率",
        "控制错误发现率5%",
        "检验前移送查处",
        "the mediation_result_told timer",
    ],
)
def test_a_good_word_is_none(text):
    assert found("x", text, ON_PAGES, whole=False) + found("x", text, IN_CODE, whole=True) == []
