"""The text on a page about how its recipient can answer what it was sent: acknowledgement, objection,
comment, and whom to ask. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from jobs.exchange.pages.desk import Desk, example
from jobs.exchange.pages.urgent_words import FAILURE, TAKEN_DOWN, kind_asked
from jobs.reports.urgent import WITHDRAWN
from jobs.reports.wording import Text

Answer = tuple[Text, Text, str]  # what it is, where and until when, an example to copy

_ACKNOWLEDGE = Text(
    "按本单位报送数据的途径报送一行回执（acknowledgement）：item_id 填清单编号（整包）或一行的标识列"
    "（多列以 / 连接），recipient_code 填本单位的收件方代码，status 填 received（收到）、done（办结）"
    "或 refused（拒收，note 写明理由）。被拒收的随下一次运行重新发送；重新发送三次仍被拒收的紧急数据包，"
    "列为待办，由国家级主管部门与收件方核实处理。",
    "File a row of acknowledgement in the way in which you file your data: item_id is the manifest's "
    "identifier (the whole package) or the key of one row (several columns joined by /), recipient_code your "
    "code as a recipient, status is received, done, or refused with the reason in note. What was refused is "
    "sent again with the next night; an urgent package that is still refused after three more sendings "
    "becomes a task of the national authority, who settles it with the recipient.",
)
# Of a takedown order the index counts the platform's own record.
_SIGNED = Text(
    "下架通知的签收另在本平台报送的管控数据中填报：种类为签收，填该样品编号；质量指数以此计算是否回执。",
    "That a takedown order was acknowledged is also filed in the platform's own data on controls, as a "
    "record of the kind acknowledgement with the number of the sample: by it the quality index counts it.",
)
_INDEX = Text(
    "对指数或指标数值有异议的：所依据的数据有误，更正后以同一文件名重新报送，下一次运行重新计算；对计算有异议，"
    "书面向运行方提出（见“联系方式”）。已发布的指数只以修订版更正。",
    "Objecting to a value of the index: where the data behind it are wrong, file them corrected under the "
    "same name, and the next night computes it anew; about the computation write to the operator (see "
    "Contact). A published index is corrected by a revision alone.",
)
_OBJECT = Text(
    "在该批次的异议及复检申请期限日（表中列出）之前，以书面形式附证据向组织该次抽查的市场监管部门提出。",
    "In writing, with the evidence, to the authority that ordered the check, by the last day that the table "
    "gives for the batch (objection due).",
)
_REPLY = Text(
    "当事人的说明以书面形式提交组织该次抽查的市场监管部门；质量观象台自收到转来的说明之日起五个工作日内与结果并列展示"
    "（本项目规定）。",
    "In writing to the authority that ordered the check. The observatory shows it beside the result within "
    "five working days of the day on which it is passed on to it (this project's own rule).",
)
_NOTICE = Text(
    "链接或者网店不属于本平台、通知前已下架或者与事实不符的，以该行的标识列回执 refused 并在 note 写明理由。"
    "对下架通知的事实无异议的，应当及时下架；提出异议期间，下架期限的计算不停止（本项目规定）。",
    "Where a listing or shop is not on this platform, was down before the notice or a fact is wrong, "
    "acknowledge the row as refused with the reason in note. Where the facts of a takedown notice are right, "
    "the goods are taken down in good time; the deadline runs on during an objection (this "
    "project's own rule).",
)
# Of items of an urgent package to a platform, by kind.
_URGENT = {
    FAILURE: Text(
        "A类项目不合格：链接不属于本平台、通知前已下架或者与事实不符的，以 refused 回执；"
        "对事实无异议的，应当及时下架，下架后以 done 回执。",
        "Class A item failed: acknowledge as refused where the listing is not on this platform, was down "
        "before the notice or a fact is wrong; otherwise take the goods down in good time, then acknowledge "
        "as done.",
    ),
    TAKEN_DOWN: Text(
        "该批次商品已有下架记录的：链接不属于本平台或者记录有误的，以 refused 回执；"
        "核实未重新上架后，以 done 回执。",
        "A takedown of the batch is on record: acknowledge as refused where the listing is not on this "
        "platform or the record is wrong; as done once it is verified that the goods are not on sale again.",
    ),
    "restriction_listed": Text(
        "限制生效：网店不属于本平台或者主体有误的，以 refused 回执；无异议的，落实措施后以 done 回执。",
        "Restriction begins: acknowledge as refused where the shop is not on this platform or the operator "
        "is the wrong one; otherwise as done once the measures are carried out.",
    ),
    "restriction_lifted": Text(
        "限制解除：网店不属于本平台或者主体有误的，以 refused 回执；无异议的，解除限制后以 done 回执。",
        "Restriction lifted: acknowledge as refused where the shop is not on this platform or the operator "
        "is the wrong one; otherwise as done once the restriction is lifted.",
    ),
}
_OTHER = Text(
    "其他事项：与事实不符的，以 refused 回执；办结后以 done 回执。",
    "Other items: acknowledge as refused where a fact is wrong; as done once the item is dealt with.",
)
_NO_ITEM = Text("所撤回的事项无须处理。", "Items that were taken back need nothing.")
_BY_ROW = Text(
    "回执填该行的事项编号（item_id），refused 的在 note 写明理由。",
    "An acknowledgement names the row by its item_id; one as refused has the reason in note.",
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


def answers(
    kind: str,
    manifest_id: str,
    recipient: str,
    contact: str,
    urgent: Sequence[Any] | None = None,
    *,
    day: date,
    desk: Desk | None = None,
    row: tuple[str, str] | None = None,
) -> list[Answer]:
    """Return the four ways to answer, in the order of the page, each as (title, text, example), example being
    lines of a CSV file to copy, or ''.

    ``kind``: kind of the recipient (`platform`, `brand` …), which decides the text on objections;
    ``manifest_id``: names the package in an acknowledgement; ``recipient``: its name, as `platform_P1`;
    ``contact``: whom to ask, '' where the installation names no one; ``urgent``: the rows of an urgent
    package, their columns as attributes, whose kinds decide the text of a platform; None for another
    package; ``day``: of the package; ``desk``: where acknowledgements are filed, None where no source takes
    them; ``row``: a row of the package to show as an example (`desk.row_of`).
    """
    asked = _ASK if not contact else Text(f"{contact}。{_ASK.zh}", f"{contact}. {_ASK.en}")
    title, words = _BY_KIND.get(kind, _PARTY)
    if kind == "platform" and urgent is not None:
        words = _of_urgent(urgent)
    elif kind == "platform":
        words = _joined(_joined(_NOTICE, _SIGNED), _INDEX)
    stated = _joined(_ACKNOWLEDGE, _where(desk, recipient, day, row))
    return [
        (Text("回执", "Acknowledgement"), stated, example(desk, recipient, day, manifest_id, row)),
        (title, words, ""),
        (Text("当事人意见", "Right of reply"), _REPLY, ""),
        (Text("联系方式", "Contact"), asked, ""),
    ]


def _joined(first: Text, then: Text) -> Text:
    return Text(first.zh + then.zh, f"{first.en} {then.en}".rstrip())


def _where(desk: Desk | None, recipient: str, day: date, row: tuple[str, str] | None) -> Text:
    """Where a file of acknowledgements is put, under which name, and what the lines of the example are."""
    zh, en = "", ""
    name = "" if desk is None else desk.file(recipient, day)
    if desk is not None and name:
        zh = (
            f"文件名如 {name}，放入收件箱的文件夹 {desk.source}（不能直接放入的，交运行方放入），"
            "栏目名和代码以示例为准。"
        )
        en = (
            f"The file is named such as {name} and put into the folder {desk.source} of the inbox (who "
            "cannot do so hands it to the operator), with columns and codes as in the example. "
        )
    if row is None:
        return Text(f"{zh}示例为整包的回执。", f"{en}The example acknowledges the whole package.")
    return Text(
        f"{zh}示例两条：整包的回执，以及其中一行（{row[1]}）办结的回执。",
        f"{en}The example has two: of the whole package, and of one of its rows ({row[1]}), done.",
    )


def _of_urgent(rows: Sequence[Any]) -> Text:
    """The text to a platform about objections to the items of an urgent package: a sentence for each kind
    of item in it, in the order of _URGENT, and one for all items of other kinds."""
    kinds = {kind_asked(row) for row in rows if row.kind != WITHDRAWN}
    said = [text for kind, text in _URGENT.items() if kind in kinds]
    said += [_OTHER] if kinds - set(_URGENT) else []
    said = [*said, _BY_ROW] if said else [_NO_ITEM]
    return Text("".join(text.zh for text in said), " ".join(text.en for text in said))
