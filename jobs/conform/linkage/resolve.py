"""Who operates which shop: certain links first, then Splink's, each with its ground and evidence
(definitions.md#linkage)."""

from __future__ import annotations

import hashlib

import pandas as pd

from jobs.conform.linkage.clusters import Clusters, joined
from jobs.conform.linkage.configuration import Configuration, read_configuration
from jobs.conform.linkage.deterministic import denials, known_operators
from jobs.conform.linkage.evidence import link_grounds
from jobs.conform.linkage.model import no_pairs, scored_pairs, trained
from jobs.conform.linkage.records import distinct, linkage_records, of_shop
from jobs.conform.linkage.regions import read_regions

COLUMNS = ("shop_id", "platform_code", "enterprise_id", "kind", "basis", "probability", "evidence")
RESOLVED = "R-"
_LATE = "9999-12-31"


def resolve(
    *,
    registration: pd.DataFrame,
    shop: pd.DataFrame,
    link_decision: pd.DataFrame,
    region: pd.DataFrame,
    configuration: Configuration | None = None,
) -> pd.DataFrame:
    """Find the operator of each shop: one row per shop with the columns COLUMNS, sorted by shop_id.

    The arguments are silver tables; the order of their rows does not matter; ``configuration``: how records
    are compared (None: settings/operators.yaml). enterprise_id is a code, `N-…` for a natural person, or
    `R-…` (a hash of its oldest shop's id) for an operator without a known code; never null. kind, basis,
    probability (0–1) and evidence (JSON text) are those of `link_grounds`: all but the evidence are null for
    a shop that is linked to nothing.
    """
    configuration = configuration or read_configuration("operators")
    shop = shop.sort_values("shop_id", ignore_index=True)
    known = known_operators(registration, shop, link_decision)
    records = linkage_records(registration, shop, known, read_regions(region))
    pairs = no_pairs(configuration)
    if known["entity"].isna().any():
        pairs = scored_pairs(distinct(records), trained(records, configuration), configuration)
    clusters, links = _clustered(records, pairs, denials(link_decision), configuration)
    grounds = link_grounds(
        shop,
        known,
        records,
        pairs,
        links,
        clusters,
        [c["output_column_name"] for c in configuration.comparisons],
    )
    return pd.concat([shop[["shop_id", "platform_code"]], grounds], axis=1).assign(
        enterprise_id=_enterprise_ids(shop, known, clusters)
    )[list(COLUMNS)]


def _clustered(
    records: pd.DataFrame, pairs: pd.DataFrame, denied: set[tuple[str, str]], configuration: Configuration
) -> tuple[Clusters, pd.DataFrame]:
    """The clusters, and the pairs that may link: probable enough and unambiguous."""
    entity = records.set_index("record_id")["entity"]
    claims = records[records["entity"].isna() & records["uscc"].notna()]
    clusters = Clusters(
        entity.dropna().to_dict(),
        dict(zip(claims["record_id"], claims["uscc"], strict=True)),
        {(of_shop(s), u) for s, u in denied},
    )
    sure = pairs[pairs["probability"] >= configuration.threshold]
    for comparison, level in configuration.apart.items():
        sure = sure[sure[comparison] != level]
    sure = sure[~_ambiguous(sure, entity, configuration.margin)]
    claiming = sure["left"].isin(claims["record_id"]) | sure["right"].isin(claims["record_id"])
    joined(sure[~claiming], clusters)
    joined(sure[claiming], clusters)  # later: a code that no source confirms must not draw others away
    return clusters, sure


def _ambiguous(pairs: pd.DataFrame, entity: pd.Series, margin: float) -> pd.Series:
    """Whether each pair links a record without an entity to one with an entity, while another entity is
    nearly as probable for the first record: the weights (bits) of its two best entities differ by less than
    ``margin``. ``entity``: that of each record, by its id; null where it is unknown."""
    left, right = pairs["left"].map(entity), pairs["right"].map(entity)
    unknown = pairs["left"].where(left.isna(), pairs["right"])
    to = left.where(left.notna(), right)
    best = pd.DataFrame({"record": unknown, "entity": to, "weight": pairs["weight"]})[to.notna()]
    best = (
        best.groupby(["record", "entity"], as_index=False)["weight"].max().sort_values(["record", "weight"])
    )
    gap = best.groupby("record")["weight"].diff().groupby(best["record"]).last()
    torn = set(gap.index[gap.notna() & (gap < margin)])
    return unknown.isin(torn) & to.notna()


def _enterprise_ids(shop: pd.DataFrame, known: pd.DataFrame, clusters: Clusters) -> pd.Series:
    """The operator's id for each shop. Where several clusters claim the same unproved code, the cluster with
    the oldest shop gets it."""
    alone = shop[known["entity"].isna()]
    opened = [_LATE if pd.isna(day) else str(day) for day in alone["opened_on"]]
    oldest: dict[str, tuple[str, str]] = {}
    tops = [clusters.top(of_shop(s)) for s in alone["shop_id"]]
    for top, day, name in zip(tops, opened, alone["shop_id"], strict=True):
        oldest[top] = min(oldest.get(top, (day, name)), (day, name))
    ids: dict[str, str] = {}
    taken = set(known["entity"].dropna())
    for top in sorted(oldest, key=lambda t: oldest[t]):
        entity = clusters.entity(top)
        if entity is not None and (clusters.proved(top) or entity not in taken):
            taken.add(entity)
            ids[top] = entity
        else:
            ids[top] = RESOLVED + hashlib.sha256(f"shop:{oldest[top][1]}".encode()).hexdigest()[:24]
    return known["entity"].where(
        known["entity"].notna(), pd.Series([ids[top] for top in tops], index=alone.index, dtype="object")
    )
