"""Where buyers complain, in words: by the contact that the deployment names."""

from __future__ import annotations

from jobs.deployment import ComplaintContact, deployment
from jobs.reports.wording import Text, capital, same


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
