"""The definitions of the public site: what its figures mean and how they may be used, in plain words, then
every table and column of the bundle published last."""

from __future__ import annotations

from jobs.marts.sampling.reliability import FEWEST
from jobs.publish.described import cited
from jobs.publish.formats import csv_rows
from jobs.publish.public_pages import TITLES, Cell, Head, Known, PublicPage, Section, source
from jobs.reports.wording import Text, capital, named, same

PATH = "definitions.html"
LEAD = Text(
    "先以通俗文字说明本站主要数据的含义、能否排名、不公开的内容及理由、引用格式；每张表、每一列的含义列在其后，点击展开。",
    "First what the figures of this site mean, in plain words, whether they rank, what is not published and "
    "how to cite; below, to be opened, what every table and column means.",
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
            capital(named("insufficient")),
            text=Text(
                f"已判定不足{FEWEST}批次，或按销量加权后的Kish有效样本量不足{FEWEST}的，不列比率。"
                "这既不表示有问题，也不表示没有问题。",
                f"Fewer than {FEWEST} batches judged, or Kish's effective sample size (after weighting by "
                f"sales) below {FEWEST}: no rate is given. That says neither that the goods fail nor that "
                "they do not.",
            ),
            anchor="insufficient",
        ),
    ]


def _use() -> list[Section]:
    """What may be said with the figures, and what is missing among them (definitions.md#public,
    definitions.md#confidential)."""
    return [
        Section(
            Text("能否排名", "May they be ranked?"),
            text=Text(
                "平台、地区和商品只能按质量指数的档次比较，第1档最高：同档的彼此不能区分，档内分先后没有依据；已判定批次过少的"
                "不分档。比率的区间重叠时，先后也可能只是随机波动。各平台、各地区分商品的比率不公布，不能据此认定"
                "在哪个平台购买某种商品更好。",
                "Platforms, regions and goods may be given by the tier of their quality index alone, 1 being "
                "the highest: units of one tier cannot be distinguished, so an order within it has no "
                "ground, and units with too few batches judged have no tier. Where the intervals of two "
                "rates overlap, their order may be chance as well. Rates of a platform or region for one "
                "kind of goods are not published: they cannot say which platform is better for it.",
            ),
            anchor="ranking",
        ),
        Section(
            named("year_on_year"),
            text=Text(
                "与上年相同月份的比率之差，以百分点计，也有95%区间。区间包含0的，可能只是随机波动，不能据此判断升降。",
                "The difference of two rates of the same months, in percentage points; it too has a 95% "
                "interval. Where the interval holds 0 the change may be chance, and nothing is known to have "
                "become better or worse.",
            ),
            anchor="change",
        ),
        Section(
            Text("不公开的内容及理由", "What is not published, and why"),
            text=Text(
                "为保护个人信息，可能是自然人姓名的名称写作“自然人经营者”。为避免被抽查者事先获知，不公开结果未定或所属计划仍在"
                "买样的批次，以及买样日期和商品链接。为保护商业秘密，不公开企业过少或几乎全部属于一家企业的订单数，以及可"
                "由此推算的得分。品牌为样本标称，商品可能系假冒，且抽查计划不按品牌抽样，所检批次不能代表该品牌，因此不公布"
                "品牌的比率。没有概率抽样的符合性得分，或者有数据的指标过少的，不公布质量指数。空白单元格表示没有数值，"
                "不表示零。",
                "Names that may be those of natural persons, which read “an individual, not named”, to "
                "protect personal information. Batches whose result is not final or whose plan is still "
                "buying, days of purchase and listings, so that no one who is checked knows beforehand. "
                "Orders of few enterprises, or nearly all of one, and scores from which they would follow, "
                "to protect trade secrets. Rates of brands, as the brand is what stands on the sample, which "
                "may be a counterfeit, and plans do not draw by brand, so that the batches tested do not "
                "stand for it. A quality index without a conformity score from probability samples, or with "
                "data for too few of its indicators. An empty cell means that there is no value, not zero.",
            ),
            anchor="withheld",
        ),
    ]


def _citing(known: Known) -> Section:
    """How to cite, with the bundle published last as the example, and under which licence."""
    rows = [[Cell(Text("许可", "Licence")), Cell(same("CC BY 4.0"), "licence.txt")]]
    last = known.last
    if last is not None:
        cite = cited(last.period, last.revision, last.published_on.year)
        said = [(Text("引用", "Citation"), cite), (Text("发布", "Published"), same(str(last.published_on)))]
        if last.data_date:
            said.append((Text("数据截至", "Data up to"), same(str(last.data_date))))
        rows = [*([Cell(name), Cell(text)] for name, text in said), *rows]
    rows.append([Cell(Text("数据文件", "Data files")), Cell(Text("下载", "Downloads"), "downloads.html")])
    return Section(
        Text("引用格式与使用许可", "How to cite, and the licence"),
        [Head(Text("事项", "What")), Head(Text("内容", "Words"))],
        rows,
        text=Text(
            "每张表下方列有其引用格式；期间和修订号即为版本，发布后不再改动。可以复制、改编、再次发布，须注明来源、期间、"
            "修订号和所作修改。最近发布的一期：",
            "The line below each table says how to cite it; period and revision are the version, which never "
            "changes once it is published. The data may be copied, adapted and published again with the "
            "source, the period and the revision named, and with what was changed. Of what was published "
            "last:",
        ),
        anchor="citing",
    )


def definitions(known: Known) -> PublicPage:
    """Return definitions.html: the figures in plain words, how they may be used, then the dictionary of the
    bundle published last, one folded section per table and one row per column."""
    sections = [*_plain(), *_use(), _citing(known)]
    newest = known.last
    if newest is not None:
        rows = csv_rows((newest.folder / "dictionary.csv").read_bytes())
        sections.append(
            Section(
                Text("各表、各列的含义", "Tables and columns"),
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
