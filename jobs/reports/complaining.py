"""Where buyers complain, in words: by the contact that the deployment names; and what the law gives them."""

from __future__ import annotations

from jobs.deployment import CHINA, ComplaintContact, deployment
from jobs.marts.law_names import NOT_READ, in_both
from jobs.reports.wording import Text, capital, same

REMEDY_WORDS = (
    "赔偿 索赔 维权 三倍赔偿 假一赔三 退一赔三 七天无理由 七日无理由退货 无理由退货 换货 修理 "
    "compensation compensate damages remedy remedies consumer rights"
)


def where_to_complain() -> Text:
    """Return the sentence of guidance that says where buyers of this deployment complain."""
    return complain(deployment().complaints)


def complaint_words() -> str:
    """Return words by which the search finds the page with the sentence of `where_to_complain`: Chinese and
    English ones, and the telephone numbers of the deployment's contacts; joined by blanks."""
    contact = deployment().complaints
    known = [each.telephone for each in (contact, contact and contact.other) if each is not None]
    return " ".join(filter(None, (*known, "投诉 举报 退货 退款 complain report refund return")))


def complain(contact: ComplaintContact | None) -> Text:
    """Return the sentence of guidance that says where buyers complain: to the seller, the platform and
    ``contact``, with its ways and who else takes complaints; where ``contact`` is None, to the local
    authorities, without a number."""
    zh = "购买后发现质量问题，可先与销售者协商和解，或向平台反映，也可"
    en = "If goods turn out to be faulty, settle it with the seller, turn to the platform, or complain to "
    if contact is None:
        return Text(f"{zh}向当地主管部门投诉、举报。", f"{en}the local authorities.")
    telephone, address = contact.telephone, contact.address
    ways_zh = f"（{address and '网址'}{address or f'电话{telephone}'}）" if address or telephone else ""
    to_zh = f"拨打{telephone}热线或登录" if telephone and address else "向"
    ways_en = ", ".join(filter(None, (telephone and f"telephone {telephone}", address)))
    also_zh = also_en = ""
    if contact.other is not None:
        also_zh = f"{contact.other.name_zh}也受理此类诉求，并转办。"
        also_en = f" {capital(same(contact.other.name_en)).en} takes such requests too and passes them on."
    return Text(
        f"{zh}{to_zh}{contact.name_zh}{ways_zh}投诉、举报。{also_zh}",
        f"{en}{contact.name_en}{f' ({ways_en})' if ways_en else ''}.{also_en}",
    )


def remedies() -> Text | None:
    """Return a sentence on what the law gives to buyers of faulty goods, with its articles and the mark that
    their text was not read, and on who decides claims; None where the deployment's nation is not the one that
    has these laws."""
    if deployment().code != CHINA:
        return None
    goods, faulty, week, fraud = (
        Text(*in_both(article))
        for article in (
            "产品质量法第四十条",
            "消费者权益保护法第二十四条",
            "消费者权益保护法第二十五条",
            "消费者权益保护法第五十五条",
        )
    )
    mark = Text(*NOT_READ["unverified"])
    return Text(
        f"法律规定的救济：商品不合格的，销售者负责修理、更换、退货，造成损失的赔偿（{goods.zh}、{faulty.zh}）；"
        f"网购商品自收到之日起七日内可以无理由退货，法定例外除外（{week.zh}）；有欺诈行为的，增加赔偿价款的三倍，"
        f"不足五百元的为五百元（{fraud.zh}）。以上{mark.zh}。本站不处理也不认定赔偿请求：由双方协商，或者由消费者组织、"
        "监管部门调解，协商、调解不成的，依约定仲裁或者向人民法院起诉。",
        "What the law gives to buyers: the seller repairs, exchanges or takes back faulty goods and pays for "
        f"the damage ({goods.en}; {faulty.en}); goods bought online may be returned within seven days of "
        f"receipt without a reason, with exceptions ({week.en}); for fraud three times the price is paid on "
        f"top, at least 500 yuan ({fraud.en}); {mark.en}. This site neither handles nor decides claims: the "
        "parties settle them, a consumers' association or an authority mediates, else an arbitrator on whom "
        "both agreed, or a court, decides.",
    )
