"""The text on a page about how its recipient can answer what it was sent: acknowledgement, objection,
comment, and whom to ask. Pure."""

from __future__ import annotations

from jobs.reports.wording import Text

_COLUMNS = "acknowledgement_id,acknowledged_on,recipient_code,item_id,item_kind,status,note"
Answer = tuple[Text, Text, str]  # what it is, where and until when, an example to copy

_ACKNOWLEDGE = Text(
    "在本单位报送数据的收件箱中报送一行回执（acknowledgement）：item_id 填清单编号（整包）或一行的标识列"
    "（多列以 / 连接），recipient_code 填本单位的收件方代码，status 填 received（收到）、done（办结）"
    "或 refused（拒收，note 写明理由）。被拒收的随下一次运行重新发送。",
    "File a row of acknowledgement in the inbox to which you file your data: item_id is the manifest's "
    "identifier (the whole package) or the key of one row (several columns joined by /), recipient_code your "
    "code as a recipient, status is received, done, or refused with the reason in note. What was refused is "
    "sent again with the next night.",
)
_OBJECT = Text(
    "在该批次的异议及复检申请期限日（表中列出）之前，以书面形式附证据向组织该次抽查的市场监管部门提出。",
    "In writing, with the evidence, to the authority that ordered the check, by the last day that the table "
    "gives for the batch (objection due).",
)
_REPLY = Text(
    "当事人的说明以书面形式提交组织该次抽查的市场监管部门；自收到之日起五个工作日内与结果并列展示（本项目规定）。",
    "In writing to the authority that ordered the check: it stands beside the result within five working "
    "days of receipt (a rule of this project).",
)
_NOTICE = Text(
    "链接或网店不属于本平台、已下架或与事实不符的，以该行的标识列回执 refused 并在 note 写明理由。"
    "对事实无异议的，应当及时下架；提出异议期间，下架期限的计算不停止（本项目规定）。",
    "Where a listing or shop is not on this platform, is down already or a fact is wrong, acknowledge the "
    "row as refused with the reason in note. Where the facts are right, goods are taken down at once; the "
    "deadline runs on during an objection (a rule of this project).",
)
_FIGURE = Text(
    "以该行的标识列回执 refused 并在 note 写明理由；更正的数据以同一文件名重新报送，下一次运行重新计算。",
    "Acknowledge the row as refused with the reason in note; file corrected data again under the same name, "
    "and the next night computes the figure anew.",
)
_ASK = Text(
    "数据和文件：质量观象台的运行方，即接收本单位数据的单位。检验结果：组织该次抽查的市场监管部门。",
    "About data and files: the operator of the observatory, who takes your files. About a result: the "
    "authority that ordered the check.",
)
_BY_KIND = {
    "platform": (Text("对通知有异议", "Objecting to a notice"), _NOTICE),
    "lab": (Text("对数据有异议", "Objecting to a figure"), _FIGURE),
}
_PARTY = (Text("异议和复检", "Objection and re-inspection"), _OBJECT)


def answers(kind: str, manifest_id: str, recipient: str, contact: str) -> list[Answer]:
    """Return the four ways to answer, in the order of the page, each as (title, text, example), example being
    lines of a CSV file to copy, or ''.

    ``kind``: kind of the recipient (`platform`, `brand` …), which decides the text on objections;
    ``manifest_id``: names the package in an acknowledgement; ``recipient``: its name, as `platform_P1`;
    ``contact``: whom to ask, '' where the installation names no one.
    """
    example = f"{_COLUMNS}\n{recipient}-0001,yyyy-mm-dd,{recipient},{manifest_id},manifest,received,"
    asked = _ASK if not contact else Text(f"{contact}。{_ASK.zh}", f"{contact}. {_ASK.en}")
    return [
        (Text("回执", "Acknowledgement"), _ACKNOWLEDGE, example),
        (*_BY_KIND.get(kind, _PARTY), ""),
        (Text("当事人意见", "Right of reply"), _REPLY, ""),
        (Text("联系方式", "Contact"), asked, ""),
    ]
