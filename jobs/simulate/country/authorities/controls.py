"""What platforms do about bad goods, and what they acknowledge: the rows that go into the files of the
platforms, each in the platform's format."""

from __future__ import annotations

import numpy as np
import pandas as pd

from jobs.simulate.country.authorities import abroad
from jobs.simulate.country.authorities.days import after, horizon
from jobs.simulate.country.authorities.dossier import Dossier

COLUMNS = (
    "control_id",
    "kind",
    "happened_on",
    "platform_code",
    "shop_id",
    "listing_id",
    "sample_id",
    "reason",
    "learned_on",
    "n_checked",
    "n_removed",
)
D = "datetime64[D]"


def controls(book: Dossier) -> pd.DataFrame:
    """Return what platforms report, one row per measure, sorted by `_known` and control_id: the columns
    COLUMNS of silver.platform_control, and `_known`, the day from which the platform reports it. Later ones
    than the last night are left out.

    Measures are takedowns of goods that failed and of counterfeits, monthly self-inspections, and
    acknowledgements of takedown orders. Bans of sellers who were found dishonest are added by the platforms
    (`jobs.simulate.country.sales`).
    """
    made = [book.table("platform_control")] if "platform_control" in book.tables else []
    false = book.table("counterfeit_report") if "counterfeit_report" in book.tables else pd.DataFrame()
    false = false[false.taken_down_on.notna()] if len(false) else false
    if len(false):
        made.append(
            pd.DataFrame(
                {
                    "control_id": ("XJ-" + false.report_id).to_numpy(object),
                    "kind": "takedown",
                    "happened_on": false.taken_down_on.to_numpy(D),
                    "platform_code": false.platform_code.to_numpy(object),
                    "shop_id": false.shop_id.to_numpy(object),
                    "listing_id": false.listing_id.to_numpy(object),
                    "reason": "假冒商品下架（合成）",
                    "learned_on": false.verified_on.to_numpy(D),
                    "_known": after(false.taken_down_on.to_numpy(D), 1),
                }
            )
        )
    orders = pd.concat(made, ignore_index=True) if made else pd.DataFrame({"control_id": []})
    # By the measure's own number: what later nights add must not change who acknowledged earlier ones.
    luck = (
        pd.util.hash_array(
            orders.control_id.to_numpy(object), hash_key=f"{book.market.world.seed:016d}"[-16:]
        )
        % 100
    )
    seen, luck = orders[luck < 92], luck[luck < 92]
    if len(seen):
        # Within two days, some a week late.
        signed = after(seen.learned_on.to_numpy(D), np.where(luck < 6, 7 + luck, luck % 3))
        made.append(
            seen.assign(
                control_id=("QS-" + seen.control_id).to_numpy(object),
                kind="acknowledgement",
                happened_on=signed,
                reason="签收下架通知（合成）",
                _known=after(signed, 1),
            )
        )
    made += [s.assign(_known=after(s.happened_on.to_numpy(D), 3)) for s in _inspected(book)]
    table = pd.concat(made, ignore_index=True).reindex(columns=[*COLUMNS, "_known"])
    past = table["_known"].to_numpy(D) <= horizon(book.market.world)
    return table[past].sort_values(["_known", "control_id"], ignore_index=True)


def _inspected(book: Dossier) -> list[pd.DataFrame]:
    first, last = (
        np.datetime64(book.market.world.start, "M"),
        horizon(book.market.world).astype("datetime64[M]"),
    )
    return [abroad.self_inspections(book.market, month) for month in np.arange(first, last + 1)]
