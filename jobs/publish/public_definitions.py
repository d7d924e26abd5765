"""The definitions of the public site: what its figures mean, in plain words, then every table and column of
the bundle published last."""

from __future__ import annotations

from jobs.marts.sampling.reliability import FEWEST
from jobs.publish.formats import csv_rows
from jobs.publish.public_pages import TITLES, Cell, Head, Known, PublicPage, Section, source
from jobs.reports.wording import Text, named, same

PATH = "definitions.html"
LEAD = Text(
    "先用平常的话说明本站的几个数字；每张表、每一列的含义在后面，点开可见。",
    "First what the figures of this site mean, in plain words; below, to be opened, what every table and "
    "column means.",
)
HEADS = [Head(Text("列", "Column")), Head(Text("名称", "Name")), Head(Text("含义", "Meaning"))]


def _plain() -> list[Section]:
    """The figures that a buyer meets, each in a few plain sentences (definitions.md#exposure-rate,
    definitions.md#finding-rate)."""
    return [
        Section(
            named("exposure_rate"),
            text=Text(
                "每售出100件商品，估计有几件不合格。样品从在售商品中按已知的概率随机抽取（概率抽样），再按销量加权，"
                "因此反映市场上实际卖出的商品；抽检批次少时只列批次，不列比率。",
                "Of every 100 units sold, how many are estimated not to conform. Samples are drawn at random "
                "from the goods on sale, with known probabilities (probability samples), and weighted by "
                "units sold, so that the rate describes what is sold; where few batches were tested, they "
                "are listed without a rate.",
            ),
            anchor="rate",
        ),
        Section(
            Text("95%区间", "95% interval"),
            text=Text(
                "只抽检了一部分商品，比率是估计值；同样的抽检做100次，约有95次所得的区间包含真实的比率。区间越宽，"
                "估计越不准；两个区间重叠时，差别可能只是随机波动。90%区间同理。",
                "Only some of the goods were tested, so a rate is an estimate; of 100 such rounds of checks "
                "about 95 would give an interval that holds the true rate. The wider it is, the less sure is "
                "the rate; where two intervals overlap, the difference may be chance. A 90% interval is read "
                "in the same way.",
            ),
            anchor="interval",
        ),
        Section(
            named("finding_rate"),
            text=Text(
                "专门抽查有风险线索的商品（靶向抽样）时，已判定批次中不合格的占比。只说明所查对象，不代表市场，"
                "不能与加权不合格率比较。",
                "The share of judged batches that did not conform, where checks went after goods for which "
                "there was a sign of risk (targeted samples). It describes what was checked, not the market, "
                "and cannot be compared with the exposure rate.",
            ),
            anchor="finding-rate",
        ),
        Section(
            named("quality_index"),
            text=Text(
                "把五个方面的情况按固定的评分上下限合成一个1至100分的数字，分数越高越好。指数也是估计值，同样有区间。",
                "Five aspects of quality in one number from 1 to 100, scored between fixed limits; the "
                "higher, the better. It is an estimate, too, and has an interval.",
            ),
            anchor="index",
        ),
        Section(
            named("insufficient"),
            text=Text(
                f"已判定不足{FEWEST}批次，或按销量加权后的有效样本量不足{FEWEST}的，不列比率。"
                "这既不表示有问题，也不表示没有问题。",
                f"Fewer than {FEWEST} batches judged, or an effective sample size (after weighting by sales) "
                f"below {FEWEST}: no rate is given. That says neither that the goods fail nor that they do "
                "not.",
            ),
            anchor="insufficient",
        ),
    ]


def definitions(known: Known) -> PublicPage:
    """Return definitions.html: the figures in plain words, then the dictionary of the bundle published last,
    one folded section per table and one row per column."""
    sections = _plain()
    newest = known.last
    if newest is not None:
        rows = csv_rows((newest.folder / "dictionary.csv").read_bytes())
        sections.append(
            Section(
                Text("各表各列", "Tables and columns"),
                text=Text(
                    "说明中提到而本页未列的表和列不对外公布。",
                    "Tables and columns that are mentioned and not listed here are not published.",
                ),
                anchor="tables",
            )
        )
        for table in dict.fromkeys(row["table"] for row in rows):
            mine = [row for row in rows if row["table"] == table]
            cells = [
                [
                    Cell(same(row["column"])),
                    # an older bundle has no English names
                    Cell(Text(row["name_zh"], row.get("name_en", row["name_zh"]))),
                    Cell(Text(row["description_zh"], row["description_en"])),
                ]
                for row in mine
            ]
            said, ids = source(newest, table), [f"{table}.{row['column']}" for row in mine]
            name = _table_name(table)
            sections.append(Section(name, HEADS, cells, anchor=table, source=said, ids=ids, folded=True))
    return PublicPage(PATH, Text("定义", "Definitions"), [LEAD], sections)


def _table_name(table: str) -> Text:
    """Return a table's title with its name in the files; without a title, the name alone."""
    if table not in TITLES:
        return same(table)
    return Text(f"{TITLES[table].zh}（{table}）", f"{TITLES[table].en} ({table})")
