"""Whom readers of both sites ask about the data, in words: the contact that the deployment names."""

from __future__ import annotations

from jobs.deployment import DataContact, deployment
from jobs.reports.wording import Text

# Of a night or a public site with made-up data, where the deployment names no one.
SIMULATED = DataContact(
    name_zh="质量观象台演示数据组（模拟，无人受理）",
    name_en="the demonstration's data desk (simulated: no one reads it)",
    email="data@quality-observatory.example",
)
UNNAMED = Text(
    "本系统未指定数据联系人：请在部署文件（schemas/deployment.yaml，或QUALITY_DEPLOYMENT所指文件）中填写data_contact。",
    "This installation names no contact for its data: set data_contact in the deployment file "
    "(schemas/deployment.yaml, or the file that QUALITY_DEPLOYMENT names).",
)


def whom_to_ask(*, synthetic: bool) -> Text | None:
    """Return whom to ask about the data, with each way to reach it; None where the deployment names no one.
    ``synthetic``: whether data that are shown are made up: then an invented contact that says so stands in
    for a missing one."""
    contact = deployment().data_contact or (SIMULATED if synthetic else None)
    if contact is None:
        return None
    zh = [contact.telephone and f"电话{contact.telephone}", contact.email and f"电子邮箱{contact.email}"]
    en = [contact.telephone and f"telephone {contact.telephone}", contact.email]
    ways_zh, ways_en = filter(None, (*zh, contact.address)), filter(None, (*en, contact.address))
    return Text(
        f"数据咨询：{contact.name_zh}，{'，'.join(ways_zh)}",
        f"Questions about the data: {contact.name_en}, {', '.join(ways_en)}",
    )
