"""What customs get: findings in imported goods, importers with what was found of them, and alerts and recalls
that match imported goods on offer. Pure. Parcels and kinds of files: see `jobs.exchange.kinds`."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from jobs.exchange.kinds import Kind, Parcel, of, only
from jobs.exchange.parties import USCC, named, notified
from jobs.marts.credit.joint_restriction import in_effect
from jobs.marts.public_names import public_names

CUSTOMS = "customs"
LIFE, SAMPLE, INSPECTION, MATCH = (
    "gold.sampling_lifecycle",
    "silver.sample",
    "silver.customs_inspection",
    "gold.alert_match",
)
_IMPORTER = {
    "importer_uscc": ("string | 进口企业的统一社会信用代码 | unified social credit code of the importer"),
    "imported_by": (
        "string | 为何视为进口：cross_border（跨境平台）或importer（经营者是报关的进口企业） | why the goods "
        "count as imported: cross_border (the platform is one) or importer (the operator of the shop is one "
        "of the customs inspections)"
    ),
}
FINDINGS = Kind(
    "cross_border_findings",
    "1.1.1",
    LIFE,
    {
        **of(LIFE, "sample_id platform_code category_code outcome exit_reason result_issued_on exited_on"),
        **of(LIFE, "final_on"),
        **of(SAMPLE, "shop_id listing_id product_name brand batch_no"),
        **dict.fromkeys(_IMPORTER, ""),
    },
    whole=True,
    key=("sample_id",),
    about="跨境和进口商品中已告知的不合格和检验前移送查处；final_on为空的尚可经异议或复检改变，不得公开 | "
    "notified findings in goods that were imported; one without final_on may still change by an objection or "
    "re-inspection and may not be made public",
    own=_IMPORTER,
)
IMPORTERS = Kind(
    "importers",
    "1.0.0",
    INSPECTION,
    {
        **of(INSPECTION, "importer_uscc importer_name"),
        **dict.fromkeys(
            ("n_inspections n_failed last_failed_on n_shops n_findings n_matches restricted").split(), ""
        ),
    },
    whole=True,
    key=("importer_uscc",),
    about="进口企业：查验、网店、网络商品的不合格 | importers: inspections, shops, findings in goods online",
    own={
        "n_inspections": "bigint | 进口查验批次 | lots inspected on import",
        "n_failed": "bigint | 其中不合格批次 | of these, lots that failed",
        "last_failed_on": "date | 最近一次不合格日期 | day of the newest failed lot",
        "n_shops": "bigint | 其经营的网店（确定的关联） | shops that it runs, by certain links",
        "n_findings": (
            "bigint | 这些网店已告知的不合格和检验前移送查处批次 | notified findings in these shops"
        ),
        "n_matches": "bigint | 这些网店在售的召回或通报匹配 | matches of recalls and alerts on offer there",
        "restricted": "boolean | 是否受联合限制 | whether a joint restriction is in effect",
    },
)
ALERTS = Kind(
    "import_alerts",
    "1.0.0",
    MATCH,
    {
        **of(MATCH, "notice_type system notice_id listing_id published_on method confidence"),
        **of(MATCH, "platform_code shop_id category_code listed_on"),
        **dict.fromkeys(_IMPORTER, ""),
    },
    whole=True,
    key=("notice_type", "system", "notice_id", "listing_id"),
    about="与召回或境外通报匹配的在售进口商品 | imported goods on offer that match a recall or alert abroad",
    own=_IMPORTER,
)
KINDS = {kind.name: kind for kind in (FINDINGS, IMPORTERS, ALERTS)}


def for_customs(
    *,
    inspection: pd.DataFrame,
    platform: pd.DataFrame,
    operator: pd.DataFrame,
    lifecycle: pd.DataFrame,
    sample: pd.DataFrame,
    match: pd.DataFrame,
    restriction: pd.DataFrame,
) -> Iterator[Parcel]:
    """Yield one parcel for the customs for each of FINDINGS, IMPORTERS and ALERTS that has rows; the rows are
    sorted by the kind's key.

    ``inspection``: silver.customs_inspection; ``platform``, ``sample``: silver.platform and silver.sample;
    ``operator``: silver.shop_operator; ``lifecycle``: gold.sampling_lifecycle; ``match``: gold.alert_match,
    of which those on offer count; ``restriction``: gold.joint_restriction. Goods count as imported on a
    platform of cross-border trade, and in a shop whose operator, by a certain link, is the importer in a
    customs inspection. Only findings that the parties were notified of are sent. Importers are enterprises;
    natural persons are not named.
    """
    imports = inspection[
        inspection["direction"].eq("import")
        & inspection["importer_uscc"].isin(named(inspection["importer_uscc"], USCC))
    ]
    certain = operator[operator["kind"].eq("deterministic")]
    certain = certain[certain["enterprise_id"].isin(imports["importer_uscc"])]
    importers_of = dict(zip(certain["shop_id"], certain["enterprise_id"], strict=True))
    cross_border = set(platform.loc[platform["kind"].eq("cross_border"), "platform_code"])
    goods = sample[["sample_id", "shop_id", "listing_id", "product_name", "brand", "batch_no"]]
    findings = _imported(notified(lifecycle).merge(goods, on="sample_id"), importers_of, cross_border)
    matches = _imported(match[match["on_offer"].eq(True)], importers_of, cross_border)
    importers = _importers(imports, certain, findings, matches, restriction)
    for kind, rows in ((FINDINGS, findings), (IMPORTERS, importers), (ALERTS, matches)):
        if len(rows):
            yield Parcel(CUSTOMS, kind, only(rows.sort_values(list(kind.key), kind="stable"), kind))


def _imported(rows: pd.DataFrame, importers_of: dict[str, str], cross_border: set[str]) -> pd.DataFrame:
    """Return those of ``rows`` (with shop_id and platform_code) that are about imported goods, with the
    columns of _IMPORTER: importer_uscc, None where no importer runs the shop, and imported_by, `importer`
    where one does, also on a platform of cross-border trade.

    ``importers_of``: shop → credit code of the importer that runs it; ``cross_border``: codes of the
    platforms of cross-border trade."""
    importer = rows["shop_id"].map(importers_of)
    by = pd.Series(None, index=rows.index, dtype=object)
    by[rows["platform_code"].isin(cross_border)] = "cross_border"
    by[importer.notna()] = "importer"
    found = rows.assign(importer_uscc=importer.astype(object).where(importer.notna(), None), imported_by=by)
    return found[by.notna()]


def _importers(
    imports: pd.DataFrame,
    certain: pd.DataFrame,
    findings: pd.DataFrame,
    matches: pd.DataFrame,
    restriction: pd.DataFrame,
) -> pd.DataFrame:
    """Return one row per importer that has a failed lot, or a shop with a finding or a match: the columns of
    IMPORTERS."""
    lots = imports.sort_values("inspected_on", kind="stable").groupby("importer_uscc")
    failed = imports[imports["result"].eq("failed")].groupby("importer_uscc")
    table = (
        pd.DataFrame(
            {
                "importer_name": lots["importer_name"].last(),
                "n_inspections": lots.size(),
                "n_failed": failed.size(),
                "last_failed_on": failed["inspected_on"].max(),
                "n_shops": certain.groupby("enterprise_id").size(),
                "n_findings": findings.groupby("importer_uscc").size(),
                "n_matches": matches.groupby("importer_uscc").size(),
            }
        )
        .rename_axis("importer_uscc")
        .reset_index()
    )
    counts = ["n_inspections", "n_failed", "n_shops", "n_findings", "n_matches"]
    table[counts] = table[counts].fillna(0).astype("int64")
    table["restricted"] = table["importer_uscc"].isin(set(in_effect(restriction)["operator_id"]))
    # Inspections do not state what kind of party an importer is: of these names only those with a word of
    # organisations are shown.
    table["importer_name"] = public_names(table["importer_name"], pd.Series(None, table.index, dtype=object))
    return table[table[["n_failed", "n_findings", "n_matches"]].gt(0).any(axis=1)]
