"""Lags of the procedure by unit and period: what is censored, what falls due, what is too little to say."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
import pytest
from procedures import LATER, reported, tables
from sampling_frames import REGION, frames

from jobs.marts.sampling import buyer_exposure, lag_kpi, sampling_lifecycle
from jobs.period import Period

START = date(2026, 3, 2)


def day(offset: int) -> str:
    return (START + timedelta(days=offset)).isoformat()


def lags(samples: dict[str, str], as_of: date = LATER, **fields) -> pd.DataFrame:
    """lag_kpi of samples and their histories; ``fields`` hold for each sample."""
    events = [e for name, history in samples.items() for e in _named(name, history)]
    rows = [{"sample_id": s, "plan_id": "p", "sampling_order_id": f"o-{s}", **fields} for s in samples]
    failing = [{"sample_id": s, "stage": "first", "outcome": "nonconforming"} for s in samples]
    orders = [{"sampling_order_id": f"o-{s}", "plan_id": "p", "status": "received"} for s in samples]
    given = tables(sample=rows, conclusion=failing, sampling_event=events, sampling_order=orders)
    life = sampling_lifecycle.build(**given, period=Period(as_of))
    region = frames({"region": REGION}, ("region",))["region"]
    return lag_kpi.build(sampling_lifecycle=life, region=region, period=Period(as_of))


def _named(sample: str, history: str) -> list[dict]:
    return [event | {"event_id": f"{sample}-{event['event_id']}"} for event in reported(history, sample)]


def cell(found: pd.DataFrame, lag: str, kind: str = "all", dimension: str = "nation") -> dict:
    return (
        found[(found["lag"] == lag) & (found["period_type"] == kind) & (found["dimension_type"] == dimension)]
        .iloc[0]
        .to_dict()
    )


def test_the_median_counts_open_steps_as_longer_than_their_age():
    """Ten purchases: six received after 2 to 7 days, four still open: the fifth of ten ends on day 6."""
    done = {f"s{i}": f"ordered {day(0)}, received {day(i)}" for i in range(2, 8)}
    found = cell(lags(done | {f"t{i}": f"ordered {day(0)}" for i in range(4)}), "buy_to_receive")
    assert (found["n_started"], found["n_open"], found["median_days"], found["n_age_older"]) == (10, 4, 6, 4)
    assert pd.isna(found["p90_days"])


def test_a_sample_that_left_is_censored_where_it_left_and_is_not_awaited():
    rows = {f"s{i}": f"ordered {day(0)}, received {day(3)}" for i in range(9)} | {
        "x": f"ordered {day(0)}, exited {day(1)}"
    }
    found = cell(lags(rows), "buy_to_receive")
    assert (found["n_started"], found["n_open"], found["median_days"]) == (10, 0, 3)


@pytest.mark.parametrize(("size", "known"), [(9, False), (10, True)])
def test_fewer_than_ten_have_no_median_but_keep_their_counts(size, known):
    found = cell(
        lags({f"s{i}": f"ordered {day(0)}, received {day(2)}" for i in range(size)}), "buy_to_receive"
    )
    assert (found["n_started"], pd.notna(found["median_days"])) == (size, known)


RECTIFIED = (
    "ordered 2026-03-01, received 2026-03-02, result_issued 2026-03-04, result_notified 2026-03-05, "
    "rectification_ordered {ordered}, "
    "rectified {rectified}"
)


def test_a_deadline_counts_once_it_has_passed_and_open_ones_are_late():
    """Seventy-five days: one done in time, one late, one open beyond its last day, one still within it."""
    rows = {
        "met": RECTIFIED.format(ordered="2026-03-10", rectified="2026-03-20")
        + ", recheck_organised 2026-04-01",
        "late": RECTIFIED.format(ordered="2026-03-10", rectified="2026-03-20")
        + ", recheck_organised 2026-06-01",
        "open": RECTIFIED.format(ordered="2026-03-10", rectified="2026-03-20"),
        "young": RECTIFIED.format(ordered="2026-08-10", rectified="2026-08-20"),
    }
    found = cell(lags(rows, date(2026, 9, 1)), "order_to_recheck")
    assert (found["n_started"], found["n_due"], found["n_on_time"]) == (4, 3, 1)
    assert found["on_time_share"] == pytest.approx(1 / 3)


def test_a_lag_counts_where_it_began_and_a_deadline_where_it_ended():
    """Ordered on 20 March: the lag is of the first quarter, the seventy-five days end in the second."""
    history = (
        RECTIFIED.format(ordered="2026-03-20", rectified="2026-03-21") + ", recheck_organised 2026-04-01"
    )
    found = lags({"s": history})
    quarters = found[
        (found["lag"] == "order_to_recheck")
        & (found["period_type"] == "quarter")
        & (found["dimension_type"] == "nation")
    ]
    assert quarters[["period_start", "n_started", "n_due"]].to_numpy().tolist() == [
        [date(2026, 1, 1), 1, 0],
        [date(2026, 4, 1), 0, 1],
    ]


def test_a_county_counts_in_its_province_and_what_is_not_known_in_unknown():
    rows = {"s": f"ordered {day(0)}, received {day(2)}"}
    placed = lags(rows, seller_region_code="330106", platform_code="P1", lab_id="L1")
    assert cell(placed, "buy_to_receive", dimension="region")["dimension_code"] == "330000"
    assert cell(lags(rows), "buy_to_receive", dimension="platform")["dimension_code"] == "unknown"


def test_no_takedown_is_awaited_of_goods_in_which_nothing_was_found():
    history = "ordered 2026-03-01, received 2026-03-02, result_issued 2026-03-04, result_notified 2026-03-05"
    failing = lags({"s": history})
    assert cell(failing, "notice_to_takedown")["n_open"] == 1
    given = tables(history, conclusion=[{"sample_id": "s", "stage": "first", "outcome": "conforming"}])
    life = sampling_lifecycle.build(**given, period=Period(LATER))
    found = lag_kpi.build(
        sampling_lifecycle=life, region=frames({}, ("region",))["region"], period=Period(LATER)
    )
    assert set(found["lag"]) == {"receive_to_result", "result_to_notice"}


def test_no_takedown_is_awaited_of_a_batch_that_no_platform_sells():
    history = "ordered 2026-03-01, received 2026-03-02, result_issued 2026-03-04, result_notified 2026-03-05"
    for channel in ("shop", "production"):
        assert "notice_to_takedown" not in set(lags({"s": history}, channel=channel)["lag"])
        sold = lags({"s": history}, channel=channel, platform_code="P1")
        assert cell(sold, "notice_to_takedown")["n_open"] == 1
    ordered = lags({"s": f"{history}, takedown_ordered 2026-03-06"}, channel="shop")
    assert cell(ordered, "notice_to_takedown")["n_open"] == 1


def exposure(*orders: dict) -> pd.DataFrame:
    rows = [
        {
            "sampling_order_id": f"o{i}",
            "plan_id": "p",
            "status": "received",
            "shop_id": "S",
            "platform_code": "P",
        }
        | o
        for i, o in enumerate(orders)
    ]
    return buyer_exposure.build(
        sampling_order=frames({"sampling_order": rows}, ("sampling_order",))["sampling_order"],
        period=Period(LATER),
    )


def test_the_first_use_of_an_account_exposes_nothing_and_every_later_one_does():
    found = exposure(
        {"account_ref": "a"}, {"account_ref": "a"}, {"account_ref": "a"}, {"account_ref": "b"}
    ).iloc[0]
    assert (found["n_orders"], found["n_accounts"], found["n_exposed"], found["max_account_uses"]) == (
        4,
        2,
        2,
        3,
    )
    assert found["exposed_share"] == 0.5


def test_another_account_at_the_same_address_is_exposed_once():
    found = exposure({"account_ref": "a", "address_ref": "x"}, {"account_ref": "b", "address_ref": "x"}).iloc[
        0
    ]
    assert (found["n_account_reused"], found["n_address_reused"], found["n_exposed"]) == (0, 1, 1)


def test_an_account_used_in_another_shop_is_not_exposed_and_a_purchase_never_made_does_not_count():
    found = exposure(
        {"account_ref": "a"}, {"account_ref": "a", "shop_id": "T"}, {"account_ref": "a", "status": "planned"}
    )
    assert found[["shop_id", "n_orders", "n_exposed"]].to_numpy().tolist() == [["S", 1, 0], ["T", 1, 0]]


def test_purchases_without_any_pseudonym_are_untold_and_in_no_share():
    found = exposure({}, {}).iloc[0]
    assert (found["n_untold"], found["n_exposed"]) == (2, 0) and pd.isna(found["exposed_share"])


def test_no_pseudonym_stands_in_the_table():
    found = exposure({"account_ref": "pseudonym", "address_ref": "pseudonym", "buyer_ref": "pseudonym"})
    assert "pseudonym" not in found.to_csv()
