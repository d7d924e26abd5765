"""The country's sampling procedure: some failures notified, taken down and left overdue; purchases; a recall
whose product is markup."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pandas as pd

from jobs.marts.sampling import buyer_exposure, closed_loop, lag_kpi, sampling_lifecycle, sampling_refusal
from jobs.period import Period

FOLLOWED = 120  # failures whose follow-up is notified of
FORMULA = '=HYPERLINK("http://evil.example","x")'


def events(failed: pd.DataFrame) -> pd.DataFrame:
    """Each of the first failures is notified ten days after its result; of every three one is taken down,
    one has an order to rectify and nothing more. The last two events are refused: a recheck before
    rectification, a second final."""
    rows = []
    for number, row in enumerate(failed.head(FOLLOWED).itertuples()):
        notified = datetime(
            row.issued_on.year, row.issued_on.month, row.issued_on.day, 2, tzinfo=UTC
        ) + timedelta(days=10)
        steps = [("result_notified", 0), ("finalised", 20)]
        steps += (
            [("taken_down", 4)]
            if number % 3 == 0
            else [("rectification_ordered", 25)]
            if number % 3 == 1
            else []
        )
        rows += [
            (f"{row.sample_id}-{event}", row.sample_id, event, notified + timedelta(days=days))
            for event, days in steps
        ]
    last = failed.iloc[FOLLOWED]
    rows.append(("early", last.sample_id, "recheck_organised", datetime(2026, 6, 1, tzinfo=UTC)))
    return pd.DataFrame(rows, columns=["event_id", "sample_id", "event", "happened_at"]).assign(
        learned_at=pd.NaT
    )


def orders() -> pd.DataFrame:
    """Five purchases in one shop: the account of the first comes again in the third, the last was cancelled
    after the order."""
    return pd.DataFrame(
        {
            "sampling_order_id": ["o1", "o2", "o3", "o4", "o5"],
            "plan_id": "PROB",
            "status": ["received"] * 4 + ["cancelled"],
            "platform_code": "P01",
            "shop_id": "shop-1",
            "account_ref": ["a", "b", "a", "c", "d"],
            "address_ref": ["x", "y", "z", "w", "v"],
            "buyer_ref": ["1", "2", "3", "4", "5"],
            "ordered_on": [date(2026, 1, day) for day in (1, 2, 3, 4, 5)],
        }
    )


def recalls(markup: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "authority": ["SAMR", "SAMR"],
            "recall_id": ["R1", "R2"],
            "recalled_on": [date(2026, 5, 1), date(2026, 6, 1)],
            "product_text": [f"电热水壶 {markup}", "儿童滑板车"],
            "brand": ["晴里", FORMULA],
            "model": ["K-1", None],
            "barcode": [None, "690123"],
            "category_code": ["HA01", None],
            "hazard_text": ["烫伤", "跌落"],
            "units": [1200, None],
            "remedy": ["replacement", "refund"],
        }
    )


def procedure(
    sample: pd.DataFrame,
    conclusion: pd.DataFrame,
    region: pd.DataFrame,
    without: Callable[[str, set[str]], dict[str, pd.DataFrame]],
    reference: Callable[[str], pd.DataFrame],
    filled: Callable[[str, pd.DataFrame], pd.DataFrame],
    period: Period,
) -> dict[str, pd.DataFrame]:
    """gold.sampling_lifecycle and what is made from it, by the marts, of the first samples alone."""
    failed = conclusion[conclusion["outcome"] == "nonconforming"].head(FOLLOWED + 1)
    few = pd.concat([sample.head(60), sample[sample["sample_id"].isin(failed["sample_id"])]]).drop_duplicates(
        "sample_id"
    )
    timers = reference("statutory_timer")
    timers["amount"] = timers["amount"].astype(int)
    timers["valid_from"] = timers["valid_from"].map(date.fromisoformat)
    types = reference("sampling_event_type")
    types["position"] = types["position"].astype(int)
    given = {
        "sampling_event": events(failed),
        "sampling_event_type": types,
        "sample": few.assign(lab_id="L1"),
        "conclusion": conclusion[conclusion["sample_id"].isin(few["sample_id"])],
        "statutory_timer": timers,
    }
    given = {name: filled(f"silver.{name}", frame) for name, frame in given.items()}
    given |= without("gold.sampling_lifecycle", set(given))
    life = sampling_lifecycle.build(**given, period=period)
    control = without("gold.closed_loop", {"sampling_lifecycle", "region"})
    return {
        "silver.statutory_timer": given["statutory_timer"],
        "gold.sampling_lifecycle": life,
        "gold.sampling_refusal": sampling_refusal.build(**given, period=period),
        "gold.closed_loop": closed_loop.build(
            sampling_lifecycle=life, region=region, **control, period=period
        ),
        "gold.lag_kpi": lag_kpi.build(sampling_lifecycle=life, region=region, period=period),
        "gold.buyer_exposure": buyer_exposure.build(
            sampling_order=filled("silver.sampling_order", orders()), period=period
        ),
    }
