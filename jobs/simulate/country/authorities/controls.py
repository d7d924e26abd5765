"""What platforms do about bad goods, and what they acknowledge: content for the files of their own dialects."""

from __future__ import annotations

import numpy as np
import pandas as pd

from jobs.simulate.country.authorities import abroad
from jobs.simulate.country.authorities.days import NEVER, after, horizon
from jobs.simulate.country.authorities.dossier import Dossier
from jobs.simulate.country.authorities.goods import objects
from jobs.simulate.country.streams import stream
from jobs.simulate.country.texts import joined

COLUMNS = ("control_id", "kind", "happened_on", "platform_code", "shop_id", "listing_id", "sample_id", "operator_uscc", "reason", "learned_on", "ended_on", "n_checked", "n_removed")
D = "datetime64[D]"


def controls(book: Dossier) -> pd.DataFrame:
    """silver.platform_control, the columns COLUMNS and `platform` (row), `known_on` (the day from which the platform files it).

    Takedowns of goods that failed and of counterfeits, bans of shops whose operator is found dishonest (one in ten never comes),
    monthly self-inspections, acknowledgements of a takedown order.
    """
    world, market = book.market.world, book.market
    made = [book.table("platform_control")] if "platform_control" in book.tables else []
    false = book.table("counterfeit_report") if "counterfeit_report" in book.tables else pd.DataFrame({"taken_down_on": np.array([], D)})
    false = false[pd.notna(false.taken_down_on)]
    if len(false):
        made.append(pd.DataFrame({
            "control_id": ("XJ-" + false.report_id).to_numpy(object), "kind": "takedown", "happened_on": false.taken_down_on.to_numpy(D), "platform_code": false.platform_code.to_numpy(object),
            "shop_id": false.shop_id.to_numpy(object), "listing_id": false.listing_id.to_numpy(object), "reason": "假冒商品下架", "learned_on": false.verified_on.to_numpy(D),
            "_known": after(false.taken_down_on.to_numpy(D), 1),
        }))
    made += [_bans(book), *(s.assign(_known=after(s.happened_on.to_numpy(D), 3)) for s in _inspected(book))]
    orders = made[0][made[0].kind == "takedown"]
    luck = stream(world.seed, "order acknowledgements").random(len(orders))
    seen = orders[luck < 0.6]
    made.append(pd.DataFrame({
        "control_id": ("QS-" + seen.control_id).to_numpy(object), "kind": "acknowledgement", "happened_on": seen.learned_on.to_numpy(D), "platform_code": seen.platform_code.to_numpy(object),
        "shop_id": seen.shop_id.to_numpy(object), "listing_id": seen.listing_id.to_numpy(object), "sample_id": seen.sample_id.to_numpy(object), "reason": "签收下架通知",
        "learned_on": seen.learned_on.to_numpy(D), "_known": after(seen.learned_on.to_numpy(D), 1),
    }))
    table = pd.concat(made, ignore_index=True).reindex(columns=[*COLUMNS, "_known"])
    platform = dict(zip(objects(world.platforms["platform_code"]), range(len(market.world.platforms)), strict=True))
    table = table.assign(platform=table.platform_code.map(platform)).rename(columns={"_known": "known_on"})
    return table[table.known_on.to_numpy(D) <= horizon(world)].sort_values(["known_on", "control_id"], ignore_index=True)


def _bans(book: Dossier) -> pd.DataFrame:
    world = book.market.world
    shops, rows = world.shops, world.enterprises.iloc[world.shops["enterprise"].to_numpy()]
    since = rows.dishonest_from.to_numpy(D)
    luck = stream(world.seed, "bans").random((len(shops), 2))
    day = after(since, 2 + (luck[:, 1] * 20).astype(int))
    chosen = ~np.isnat(since) & (luck[:, 0] < 0.9) & shops.closed_on.isna().to_numpy() & (shops.opened_on.to_numpy(D) < day)
    return pd.DataFrame({
        "control_id": joined("FJ-", shops.shop_id[chosen]).to_pylist(), "kind": "ban", "happened_on": day[chosen], "platform_code": objects(world.platforms["platform_code"])[shops.platform.to_numpy()[chosen]],
        "shop_id": objects(shops["shop_id"])[chosen], "operator_uscc": objects(rows["uscc"])[chosen], "reason": "经营者列入失信名单", "learned_on": since[chosen],
        "ended_on": np.full(int(chosen.sum()), NEVER), "_known": after(day[chosen], 1),
    })


def _inspected(book: Dossier) -> list[pd.DataFrame]:
    first, last = np.datetime64(book.market.world.start, "M"), horizon(book.market.world).astype("datetime64[M]")
    return [abroad.self_inspections(book.market, month) for month in np.arange(first, last + 1)]


def sent(book: Dossier) -> pd.DataFrame:
    """What was sent to platforms for action (item_id item_kind recipient sent_on): of it `abroad.acknowledgements` are made."""
    table = controls(book)
    table = table[table.kind == "takedown"]
    return pd.DataFrame({
        "item_id": table.control_id.to_numpy(object), "item_kind": "takedown_order", "recipient": table.platform_code.to_numpy(object), "sent_on": table.learned_on.to_numpy(D),
    })
