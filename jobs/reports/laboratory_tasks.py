"""Tasks of today that concern laboratories, and who has to do them: overdue tests, failures found far from
those expected, overload, bias of measured values, accreditations that end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pandas as pd

from jobs.arrays import dicts
from jobs.methods.rounding import fixed
from jobs.plurals import plural
from jobs.reports.gathered import Gathered
from jobs.reports.laboratories import AGREEMENT, DESIGNS, PERFORMANCE, STATES, names_of, newest, signed
from jobs.reports.numbers import at_least_some, missing, percent
from jobs.reports.wording import Text, ranged, same

SOON = 90  # days before an accreditation ends
FAR = 0.02  # a bias whose limits lie beyond this is worth a look
COMMISSIONER = Text("下达抽查任务的监管部门", "The authority that commissions the tests")
ACCREDITATION = Text("资质认定部门", "The accreditation body")


def todays(known: Gathered) -> list[dict[str, Any]]:
    """Return today's tasks about all laboratories (`task`), by kind: overdue tests, failures found far from
    those expected, overload, bias, accreditations that ended or end within SOON days."""
    table, names = known.night.frame(PERFORMANCE), names_of(known)
    close = known.night.frame(AGREEMENT)
    close = close[(close["period_type"] == "all") & (close["other_lab_id"] == "all")]
    return [
        *_overdue(known, names),
        *_outliers(newest(table)[1], names),
        *_over_capacity(table, names),
        *_biased(close, names),
        *_ending(known, names),
    ]


def task(who: Text, what: Text, why: Text, lab: str = "") -> dict[str, Any]:
    """Return one task as a dict with the names of the arguments as keys. ``who``: who has to do it; ``what``:
    what; ``why``: the figures behind it; ``lab``: code of the laboratory that it is about, '' for none."""
    return {"who": who, "what": what, "why": why, "lab": lab}


def _overdue(known: Gathered, names: dict[str, Text]) -> list[dict[str, Any]]:
    """Return a task for each laboratory with overdue tests, the longest overdue first."""
    queue = known.night.frame("gold.work_queue")
    late = queue[(queue["office_type"] == "lab") & (queue["status"] == "overdue")]
    found = []
    for code, mine in sorted(late.groupby("office_code"), key=lambda g: (g[1]["days_left"].min(), g[0])):
        n, worst = len(mine), -int(mine["days_left"].min())
        what = Text(f"出具已逾期的检验报告{n}份", f"report {plural(n, 'overdue test')}")
        found.append(
            task(
                names.get(code, same(str(code))),
                what,
                Text(f"最长已逾期{worst}天", f"the longest is {plural(worst, 'day')} overdue"),
                str(code),
            )
        )
    return found


def _outliers(rows: pd.DataFrame, names: dict[str, Text]) -> list[dict[str, Any]]:
    """Return a task for each laboratory that is outside the limits of its funnel in any design."""
    found = []
    for code, mine in rows[rows["state"].isin(["high", "low"])].groupby("lab_id"):
        row = mine.sort_values("p").iloc[0]
        name, side, design = names.get(code, same(str(code))), STATES[row["state"]], DESIGNS[row["design"]]
        seen, due = int(row["n_compared_failing"]), at_least_some(row["expected"])
        found.append(
            task(
                COMMISSIONER,
                Text(
                    f"核查{name.zh}的检验，并听取其说明（收到意见后5个工作日内并列展示）",
                    f"look into the tests of {name.en} and hear its side (its comment is shown beside this "
                    "within 5 working days)",
                ),
                Text(
                    f"不合格检出{side.zh}：同类商品期望{due}批次，实际{seen}批次（{design.zh}；99.8%控制限"
                    f"{fixed(row['low998'], 2)}–{fixed(row['high998'], 2)}倍）。这是线索，不是结论",
                    f"finds {'more' if row['state'] == 'high' else 'fewer'} failures than its peers: "
                    f"{seen} where {due} are expected on the same goods "
                    f"({design.en}; 99.8% limits {fixed(row['low998'], 2)}–{fixed(row['high998'], 2)} times)."
                    " This is a lead, not a finding",
                ),
                str(code),
            )
        )
    return found


def _over_capacity(table: pd.DataFrame, names: dict[str, Text]) -> list[dict[str, Any]]:
    """Return a task for each laboratory that got more tests in the newest quarter than its declared
    capacity."""
    quarters = table[(table["period_type"] == "quarter") & (table["design"] == "all")]
    newest = quarters[quarters["period_start"] == quarters["period_start"].max()]
    found = []
    for row in dicts(newest[newest["load_share"] > 1].sort_values("load_share", ascending=False)):
        name = names.get(row["lab_id"], same(row["lab_id"]))
        given, can = int(row["n_commissions"]), row["capacity_per_month"] * row["months_covered"]
        found.append(
            task(
                COMMISSIONER,
                Text(
                    f"暂停委托{name.zh}，改为委托其他机构",
                    f"commission other laboratories in place of {name.en} for now",
                ),
                Text(
                    f"本季度收到{given}件，申报能力为{fixed(can, 0)}件",
                    f"it received {given} this quarter; its declared capacity is {fixed(can, 0)}",
                ),
                row["lab_id"],
            )
        )
    return found


def _ends(row: pd.Series) -> Text:
    """The limits of the bias of a laboratory."""
    return ranged(signed(row["bias_low"]), signed(row["bias_high"]))


def _biased(close: pd.DataFrame, names: dict[str, Text]) -> list[dict[str, Any]]:
    """Laboratories whose values on split samples lie beyond the others', limits and all."""
    split = close[close["kind"] == "split"]
    far = split[(split["bias_low"] > FAR) | (split["bias_high"] < -FAR)].sort_values("lab_id")
    return [
        task(
            names.get(row["lab_id"], same(row["lab_id"])),
            Text("查明测量值偏差的原因", "find out why its measured values differ"),
            Text(
                f"分样比对的数值比其余机构{'高' if row['bias'] > 0 else '低'}"
                f"{percent(abs(row['bias']))}（95%区间{_ends(row).zh}，"
                f"{row['n_value_samples']}个样品）",
                f"values on split samples differ from the others' by {signed(row['bias'])} (95% interval "
                f"{_ends(row).en}, {plural(row['n_value_samples'], 'sample')})",
            ),
            row["lab_id"],
        )
        for row in dicts(far)
    ]


def _ending(known: Gathered, names: dict[str, Text]) -> list[dict[str, Any]]:
    """Accreditations that have ended or end soon."""
    found = []
    day = known.night.date
    for row in dicts(known.night.frame("silver.lab").sort_values("lab_id")):
        until = row["accredited_to"]
        if missing(until) or until > day + timedelta(days=SOON):
            continue
        name = names.get(row["lab_id"], same(row["lab_id"]))
        over = until < day
        found.append(
            task(
                ACCREDITATION if not over else COMMISSIONER,
                Text(f"复查{name.zh}的资质", f"review {name.en}'s accreditation")
                if not over
                else Text(f"停止委托{name.zh}", f"commission nothing further from {name.en}"),
                Text(f"资质有效期至{until}", f"accredited until {until}"),
                row["lab_id"],
            )
        )
    return found
