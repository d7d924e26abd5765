"""Names of laws and articles as references cite them, in both languages: "SAMR order 18 art 46" is
总局令第18号第四十六条 in Chinese. Pure."""

from __future__ import annotations

import re
from typing import Any

from jobs.marts.law_names import in_both, number
from jobs.reports.numbers import missing
from jobs.reports.wording import Text

_LAWS = {
    "Interim Measures for product-quality spot checks (SAMR order 18)": "《产品质量监督抽查管理暂行办法》（市场监管总局令第18号）",
    "Product Quality Law": "《产品质量法》",
    "E-commerce Law": "《电子商务法》",
    "Provisions on the procedure of administrative penalties of market supervision": "《市场监督管理行政处罚程序规定》",
    "Administrative measures for compulsory product certification": "《强制性产品认证管理规定》",
    "catalogue of the certification administration": "认监委强制性产品认证目录",
    "Regulation on radio administration": "《无线电管理条例》",
    "Telecommunications Regulation": "《电信条例》",
    "Measures for the administration of disinfection": "《消毒管理办法》",
    "Regulation on production licences for industrial products (State Council order 440)": "《工业产品生产许可证管理条例》（国务院令第440号）",
    "catalogue of industrial products under production licence": "工业产品生产许可证管理目录",
    "Measures for energy labels": "《能源效率标识管理办法》",
    "Regulation on the supervision of medical devices (State Council order 739)": "《医疗器械监督管理条例》（国务院令第739号）",
    "Regulation on the supervision of cosmetics (State Council order 727)": "《化妆品监督管理条例》（国务院令第727号）",
    "Food Safety Law": "《食品安全法》",
    "measures for food production licences": "《食品生产许可管理办法》",
    "measures for food business licences and filings": "《食品经营许可和备案管理办法》",
    "measures for registration and filing of health food": "《保健食品注册与备案管理办法》",
    "Measures for organic product certification": "《有机产品认证管理办法》",
    "Regulation on certification and accreditation": "《认证认可条例》",
    "order 45 arts 9-10 (cross-province 10 + 10)": "《市场监督管理行政处罚信息公示规定》（市场监管总局令第45号）第九条、第十条（跨省的10日加10日）",
    "2015 opinion on online sampling (older regime)": "2015年关于网络商品抽检的意见（旧制）",
    "this project": "本项目规定",
    "compare the US public incident database's 5-day stays": "参照美国公共事故数据库暂缓公开5日的做法",
}
# Orders of SAMR that are cited by their number alone.
_ORDERS = {
    "18": ("《产品质量监督抽查管理暂行办法》", "Interim Measures for product-quality spot checks"),
    "19": ("《消费品召回管理暂行规定》", "Interim Provisions on recalls of consumer goods"),
    "20": ("《市场监督管理投诉举报处理暂行办法》", "Interim Measures for complaints and reports"),
    "44": (
        "《市场监督管理严重违法失信名单管理办法》",
        "Measures for the list of seriously unlawful and dishonest parties",
    ),
    "45": (
        "《市场监督管理行政处罚信息公示规定》",
        "Provisions on the publication of administrative penalties",
    ),
    "121": ("《市场监督管理投诉举报处理办法》", "Measures for complaints and reports"),
}
_NOTES = {
    "15 working days more in special cases, not counting tests, inspections, quarantine, appraisals and "
    "identification by right holders": Text(
        "特殊情况经负责人批准可延长15个工作日；检测、检验、检疫、鉴定以及权利人辨认或者鉴别等时间不计入",
        "may be extended by 15 working days in special cases, on approval, not counting the time of tests, "
        "inspections, quarantine, appraisals and identification by right holders",
    ),
    "early exit possible after 1 year": Text("满1年可以申请提前移出", "early exit possible after 1 year"),
    "30 days more on approval, without the time of suspensions, hearings, announcements, tests and appraisals": Text(
        "经批准可延长30日，仍不能作出的，可经负责人集体讨论继续延期；中止、听证、公告和检测、检验、检疫、鉴定、权利人辨认或者鉴别等时间不计入",
        "may be extended by 30 days on approval and, where that is not enough, further by a decision that the "
        "officials in charge take together, not counting the time of suspensions, hearings, "
        "announcements, tests and appraisals",
    ),
}
_ORDER = re.compile(r"(?:SAMR )?order (\d+)")
_ISSUED = re.compile(
    r"(?P<by>State Council |SAMR )?order (?P<number>\d+)"
)  # an order without a body is SAMR's
_ARTICLE = re.compile(r"^(?P<law>.*?)(?: art (?P<article>\d+))?(?: \((?P<note>[^()]*)\))?$")
HOUSE_RULE = "house_rule"


def cited(citation: Any) -> Text | None:
    """Return a citation of a rule in both languages; None where it is missing or empty. ``citation``:
    English, such as "SAMR order 18 art 46"; several are joined by "; ".

    One in Chinese is returned as `law` returns it. It is unchanged in both languages where the Chinese name
    of one of its laws, or of a remark in brackets, is not known here; an order of SAMR whose name is not
    known is cited by its number in both.
    """
    if missing(citation) or not citation:
        return None
    parts = citation.split("; ")
    chinese = [_chinese(part) for part in parts]
    if not all(chinese):
        return law(citation)
    return Text("；".join(p for p in chinese if p), "; ".join(_english(part) for part in parts))


def basis(citation: Any, status: Any) -> Text | None:
    """Return the basis of a deadline in both languages, as `cited` does. Where the deadline is this project's
    (``status``, of citation_status.csv, is HOUSE_RULE), the article is what it was taken from by analogy, and
    is said to be."""
    found = cited(citation)
    if found is None or status != HOUSE_RULE:
        return found
    return Text(f"比照{found.zh}", f"by analogy with {found.en}")


def law(words: str) -> Text:
    """Return a legal basis that a feed states in Chinese in both languages: 商标法第五十七条 → 《商标法》第五十七条, "Trademark
    Law, Article 57". A law that is not known here is returned unchanged in both."""
    return Text(*in_both(words))


def _chinese(part: str) -> str | None:
    if part in _LAWS:
        return _LAWS[part]
    found = _ARTICLE.match(part)
    if found is None:
        return None
    order = _ORDER.fullmatch(found["law"])
    law = _order(order[1]) if order else _LAWS.get(found["law"])
    if law is None or (found["note"] and found["note"] not in _NOTES):
        return None
    note = _NOTES[found["note"]].zh if found["note"] else ""
    return (
        law
        + (f"第{number(int(found['article']))}条" if found["article"] else "")
        + (f"（{note}）" if note else "")
    )


def _order(which: str) -> str:
    """The Chinese name of an order of SAMR with its number in brackets; the number alone where the name is
    not known."""
    cited_as = f"市场监管总局令第{which}号"
    return f"{_ORDERS[which][0]}（{cited_as}）" if which in _ORDERS else cited_as


def _english(part: str) -> str:
    """A citation whose law has a Chinese name, without abbreviations: "SAMR Order No. 18, Article 46"."""
    found = _ARTICLE.match(part)
    if found is None or part in _LAWS:
        return part
    law = _ISSUED.sub(lambda order: f"{order['by'] or 'SAMR '}Order No. {order['number']}", found["law"])
    alone = _ORDER.fullmatch(found["law"])
    if alone and alone[1] in _ORDERS:
        law = f"{_ORDERS[alone[1]][1]} ({law})"
    article = f", Article {found['article']}" if found["article"] else ""
    return law + article + (f" ({_NOTES[found['note']].en})" if found["note"] else "")
