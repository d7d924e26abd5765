"""Tracing and leads: who made a batch and how sure that is, exactly one region a role, hotspots beyond
chance."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from tracing_frames import REGION, batch, codes, failing, hotspots, inputs_of, leads, national, trace

from jobs.marts.tracing import course, enforcement_lead, source_trace
from jobs.marts.tracing.places import Places
from jobs.period import Period

CODES = codes(14)
ENTRIES = [
    {"uscc": code, "name": f"杭州合成{name}有限公司", "region_code": "330106"}
    for code, name in zip(CODES[:10], "甲乙丙丁戊己庚辛壬癸", strict=True)
]
KNOWN = [
    batch(
        f"k{n}",
        producer_uscc=e["uscc"],
        producer_name=e["name"],
        producer_region_code="330106",
        listing_id=f"K{n}",
    )
    for n, e in enumerate(ENTRIES)
]
AT = {"source": "p", "load_key": "k", "record": 1}
PAGES = [{"listing_id": f"K{n}", "producer_uscc": e["uscc"], **AT} for n, e in enumerate(ENTRIES)]
NATION = {"registration": ENTRIES, "traced_listing": PAGES}


def producer(*samples: dict, **more: list[dict]) -> pd.Series:
    """The hop to the producer of the last of ``samples``, which failed, beside ten batches whose code is
    known."""
    rows = {**NATION, **more}
    found = trace(sample=[*KNOWN, *samples], standing_conclusion=[failing(samples[-1]["sample_id"])], **rows)
    return found[found["hop"] == "producer"].iloc[0]


def test_a_valid_code_outweighs_the_name_beside_it():
    hop = producer(batch("x", producer_uscc=CODES[1], producer_name=ENTRIES[0]["name"]))
    assert (hop["node_id"], hop["link_kind"], hop["method"], hop["probability"]) == (
        CODES[1],
        "deterministic",
        "code",
        1,
    )


def test_a_code_that_no_register_knows_is_still_certain_and_lies_where_it_was_given():
    hop = producer(batch("x", producer_uscc=CODES[12]))
    assert (hop["method"], hop["region_code"]) == ("code_unregistered", "330106")


@pytest.mark.parametrize("name", ["杭州合成甲有限公司", "杭州合成甲有限公司（合成）", "杭州合成甲公司"])
def test_a_name_leads_to_its_one_entry_with_a_counted_probability(name):
    hop = producer(batch("x", producer_uscc="not a code", producer_name=name, producer_region_code="330106"))
    assert hop["node_id"] == CODES[0] and hop["link_kind"] == "probabilistic"
    assert 0.9 <= hop["probability"] < 1


def test_a_name_that_several_bear_leads_nowhere_unless_the_prefecture_tells_them_apart():
    twin = {"uscc": CODES[11], "name": ENTRIES[0]["name"], "region_code": "440106"}
    both = {"registration": [*ENTRIES, twin]}
    hop = producer(batch("x", producer_name=twin["name"]), **both)
    assert (hop["node_id"], hop["break_reason"]) == ("", "producer_ambiguous")
    hop = producer(batch("x", producer_name=twin["name"], producer_region_code="440100"), **both)
    assert (hop["node_id"], hop["method"]) == (CODES[11], "name_place")


def test_names_that_were_wrong_before_are_believed_no_more():
    liars = [batch(f"l{n}", producer_uscc=CODES[5], producer_name=ENTRIES[n]["name"]) for n in range(5)]
    hop = producer(*liars, batch("x", producer_name=ENTRIES[0]["name"]))
    assert (hop["node_id"], hop["break_reason"]) == ("", "producer_uncertain")


def test_a_page_is_believed_as_far_as_pages_agree_with_labels():
    page = {"listing_id": "L", "producer_uscc": CODES[3], **AT}
    hop = producer(batch("x", listing_id="L"), traced_listing=[*PAGES, page])
    assert (hop["node_id"], hop["from_hop"], hop["evidence_table"]) == (CODES[3], "listing", "silver.listing")
    assert hop["probability"] == pytest.approx(11 / 12) and hop["link_kind"] == "probabilistic"
    wrong = [{**p, "producer_uscc": CODES[9]} for p in PAGES[:2]]
    hop = producer(batch("x", listing_id="L"), traced_listing=[*wrong, *PAGES[2:], page])
    assert (hop["node_id"], hop["break_reason"]) == ("", "producer_not_named")


def test_what_the_label_of_a_counterfeit_says_is_no_evidence():
    report = {"report_id": "R", "listing_id": "L", "finding": "counterfeit", "reported_on": date(2026, 1, 1)}
    hop = producer(batch("x", producer_uscc=CODES[0], listing_id="L"), counterfeit_report=[report])
    assert (hop["node_id"], hop["break_reason"]) == ("", "counterfeit_label")


@pytest.mark.parametrize(("decision", "party", "denied"), [
    ("upheld", "producer", True), ("rejected", "producer", False), ("upheld", "seller", False),
    ("upheld", "platform", False), ("upheld", None, False), ("overturned", "producer", True),
])  # fmt: skip
def test_a_maker_whose_denial_was_granted_is_no_source(decision, party, denied):
    said = {
        "objection_id": "O",
        "sample_id": "x",
        "kind": "authenticity",
        "party": party,
        "decision": decision,
    }
    hop = producer(batch("x", producer_uscc=CODES[0]), objection=[said])
    assert (hop["break_reason"] == "producer_denied") == denied


def test_a_code_of_another_day_or_nation_has_its_one_region_or_the_reason():
    places = Places(inputs_of("enforcement_lead", {})["region"])
    found = {c: (places.of(c).region, places.of(c).reason) for c in (
        "330106", "330190", "330192", "330191", "330193", "999900", "331234", "US-CA",
    )}  # fmt: skip
    assert found == {
        "330106": ("330106", None),
        "330190": ("330106", None),  # renamed
        "330192": ("330106", None),  # renamed twice
        "330191": ("330100", None),  # divided: what is above its parts
        "330193": ("330100", None),  # ended without a successor: what was above it
        "999900": (None, "region_split"),  # its parts lie in two provinces
        "331234": (None, "region_unknown"),
        "US-CA": (None, "abroad"),
    }


def mixed(seed: int) -> dict[str, list[dict]]:
    """Failing batches of which each column is sometimes missing or strange."""
    rng = np.random.default_rng(seed)
    places = [r["region_code"] for r in REGION] + ["331234", "US-CA", None]

    def one(*values):
        return values[rng.integers(len(values))]

    samples = [
        batch(
            f"x{n}",
            shop_id=one("S1", "S2", "S9", None),
            listing_id=one("K1", "K9", "none", None),
            producer_uscc=one(CODES[0], CODES[12], "bad", None),
            producer_name=one(ENTRIES[1]["name"], "无此厂", None),
            producer_region_code=one(*places),
            seller_region_code=one(None, one(*places)),
            exit_kind=one("violation", None),
            exit_reason=one("no_maker", "suspected_counterfeit", "no_licence"),
        )
        for n in range(80)
    ]
    shops = [
        {"shop_id": "S1", "platform_code": "P1", "region_code": one(*places)},
        {"shop_id": "S2", "platform_code": "P1"},  # of whose operator nothing says where it is
    ]
    links = [
        {
            "shop_id": "S1",
            "enterprise_id": CODES[0],
            "kind": "deterministic",
            "basis": "uscc",
            "probability": 1.0,
        },
        {"shop_id": "S2", "enterprise_id": "R-2"},
    ]
    return NATION | {
        "sample": [*KNOWN, *samples],
        "standing_conclusion": [failing(s["sample_id"]) for s in samples if s["exit_kind"] is None],
        "shop": shops,
        "shop_operator": links,
        "enterprise": [{"enterprise_id": CODES[0], "region_code": one(*places)}],
    }


@pytest.mark.parametrize("seed", range(3))
def test_every_batch_has_one_lead_a_role_with_exactly_one_region_or_the_reason(seed):
    rows = mixed(seed)
    found = trace(**rows)
    made = leads(found, **{name: rows[name] for name in ("sample", "shop", "traced_listing")})
    assert made["lead_id"].is_unique and len(made) == 2 * found["subject_id"].nunique() == 160
    assert (made.groupby("subject_id")["role"].agg(set) == {"operator", "producer"}).all()
    assert (made["region_code"].notna() != made["unassigned_reason"].notna()).all()
    assert (made["region_code"].notna() == made["province_code"].notna()).all()
    today = {r["region_code"] for r in REGION if "valid_to" not in r}
    assert set(made["region_code"].dropna()) <= today
    assert made["unassigned_reason"].nunique() >= 5  # the strange ones are there


def test_a_report_that_bears_the_number_of_a_sample_has_nothing_of_it():
    """Offices and brands number on their own: the place of the sample's seller and its procedure are no word
    on the shop of the report."""
    rows = {
        "sample": [batch("x", seller_region_code="440106")],
        "standing_conclusion": [failing("x")],
        "counterfeit_report": [
            {
                "report_id": "x",
                "platform_code": "P1",
                "finding": "counterfeit",
                "reported_on": date(2026, 4, 1),
            }
        ],
        "sampling_lifecycle": [{"sample_id": "x", "enforcement_opened_on": date(2026, 4, 2)}],
    }
    made = leads(trace(**rows), **{name: rows[name] for name in ("sample", "counterfeit_report")},
                 sampling_lifecycle=rows["sampling_lifecycle"]).set_index("lead_id")  # fmt: skip
    assert made.loc["XS-J-x", "region_code"] == "440106" and made.loc["XS-J-x", "accepted_by"] == "case"
    assert made.loc["XS-JF-x", "region_code"] is None and made.loc["XS-JF-x", "unassigned_reason"]
    assert made.loc["XS-JF-x", "accepted_by"] is None


def test_a_case_belongs_to_the_party_that_it_names_by_its_code():
    rows = {
        "sample": [batch("x", producer_uscc=CODES[0], producer_region_code="330106")],
        "standing_conclusion": [failing("x")],
    }
    case = {"case_id": "c", "sample_id": "x", "operator_uscc": CODES[0], "opened_on": date(2026, 4, 2)}
    made = leads(trace(**rows), sample=rows["sample"], enforcement_case=[case]).set_index("lead_id")
    assert made["case_id"].where(made["case_id"].notna(), None).to_dict() == {"XS-J-x": None, "XS-S-x": "c"}


def test_a_producer_whose_place_is_not_known_is_not_sent_to_that_of_the_seller():
    rows = {
        "sample": [batch("x", producer_uscc=CODES[0], seller_region_code="440106")],
        "standing_conclusion": [failing("x")],
    }
    found = trace(**rows)
    found["region_code"] = found["region_code"].mask(found["hop"].eq("producer"), None)
    made = leads(found, sample=rows["sample"]).set_index("lead_id")
    assert made.loc["XS-J-x", "region_code"] == "440106"
    assert made.loc["XS-S-x", "region_code"] is None
    assert made.loc["XS-S-x", "unassigned_reason"] == "region_unknown"


@pytest.mark.parametrize(
    ("recipient", "code", "state"),
    [
        ("某区市场监管局", "region_440000", "closed"),  # its province's outbox
        ("440106", None, "closed"),  # the region, without a code
        ("region_440000", None, "closed"),
        ("某区市场监管局", None, "assigned"),  # who that is is not known
        ("330106", None, "assigned"),  # an office to which the lead never went
        ("440106", "region_330000", "assigned"),  # the code outweighs the name
        ("平台一", "platform_P1", "assigned"),
        ("国家局", "region_CN", "assigned"),
    ],
)
def test_a_lead_is_closed_by_a_word_of_its_own_province_and_by_no_other(
    recipient: str, code: str | None, state: str
):
    rows = {"sample": [batch("x", seller_region_code="440106")], "standing_conclusion": [failing("x")]}
    said = {
        "acknowledged_on": date(2026, 5, 1),
        "recipient": recipient,
        "recipient_code": code,
        "status": "done",
    }
    answers = [said | {"acknowledgement_id": lead, "item_id": lead} for lead in ("XS-J-x", "XS-S-x")]
    made = leads(trace(**rows), sample=rows["sample"], acknowledgement=answers).set_index("lead_id")
    assert made.loc["XS-J-x", "state"] == state
    assert made.loc["XS-S-x", "region_code"] is None
    unassigned = made.loc["XS-S-x", ["state", "outcome", "accepted_on", "accepted_by"]].tolist()
    assert unassigned == ["unassigned", None, None, None], "it was handed to no one"


@pytest.mark.parametrize(
    ("disposed", "acted", "left"),
    [
        (None, None, -78),
        (date(2026, 4, 2), date(2026, 4, 2), None),
        (date(2026, 5, 6), date(2026, 5, 6), None),
    ],
)
def test_a_lead_that_was_acknowledged_waits_until_its_region_acts(
    disposed: date | None, acted: date | None, left: int | None
):
    rows = {"sample": [batch("x", seller_region_code="440106")], "standing_conclusion": [failing("x")]}
    said = {"acknowledgement_id": "a", "item_id": "XS-J-x", "recipient": "440106", "status": "received"}
    measure = {"disposal_id": "d", "kind": "stop_sale", "sample_id": "x", "region_code": "440106"}
    timer = {
        "rule_id": "report_verification", "from_event": "report_received", "to_event": "report_verified",
        "bound": "latest", "amount": 24, "unit": "calendar_day", "status": "verified",
        "valid_from": date(2020, 1, 1),
    }  # fmt: skip
    made = leads(
        trace(**rows),
        sample=rows["sample"],
        acknowledgement=[said | {"acknowledged_on": date(2026, 3, 30)}],
        disposal=[measure | {"happened_on": disposed}] if disposed else [],
        statutory_timer=[timer],
    ).set_index("lead_id")
    lead = made.loc["XS-J-x"]
    assert (lead["accepted_on"], lead["accepted_by"]) == (date(2026, 3, 30), "acknowledgement")
    assert (lead["acted_on"], lead["days_left"] if left else None) == (acted, left)
    assert left is not None or pd.isna(lead["days_left"])


@pytest.mark.parametrize(("code", "received"), [("region_440000", date(2026, 5, 1)), ("region_330000", None)])
def test_a_request_is_received_where_its_own_province_says_so(code: str, received: date | None):
    rows = {"sample": [batch("x", seller_region_code="440106")], "standing_conclusion": [failing("x")]}
    asked = {"request_id": "Q", "sample_id": "x", "requested_on": date(2026, 4, 20)}
    asked |= {"from_region_code": "330106", "to_region_code": "440106"}
    said = {"acknowledgement_id": "a", "acknowledged_on": date(2026, 5, 1), "item_id": "Q"}
    said |= {"recipient_code": code, "status": "received"}
    made = leads(
        trace(**rows), sample=rows["sample"], assistance_request=[asked], acknowledgement=[said]
    ).set_index("lead_id")
    assert made.loc["XS-J-x", ["request_id", "request_received_on"]].tolist() == ["Q", received]


@pytest.mark.parametrize("seed", range(2))
def test_a_hop_has_evidence_and_a_link_or_the_reason_why_it_breaks(seed):
    found = trace(**mixed(seed))
    broken = found["break_reason"].notna()
    assert ((found["node_id"] == "") == broken).all()
    for name in ("link_kind", "method", "probability", "path_probability"):
        assert (found[name].notna() == ~broken).all(), name
    reached = found[~broken & found["hop"].ne("cluster")]
    assert reached[["evidence_table", "evidence_id", "source", "load_key", "record"]].notna().all(axis=None)
    assert (found.groupby("subject_id")["hop"].nunique() == 6).all()


def test_the_order_of_arrival_changes_no_trace_and_no_lead():
    rows = mixed(4)
    given = inputs_of("source_trace", rows)
    shuffled = {name: frame.sample(frac=1, random_state=7) for name, frame in given.items()}
    one, other = (source_trace.build(**g, period=Period(date(2026, 6, 30))) for g in (given, shuffled))
    pd.testing.assert_frame_equal(one, other)
    given = inputs_of("enforcement_lead", {n: rows[n] for n in ("sample", "shop", "traced_listing")})
    given |= {"source_trace": one}
    shuffled = {name: frame.sample(frac=1, random_state=8) for name, frame in given.items()}
    pd.testing.assert_frame_equal(
        *(enforcement_lead.build(**g, period=Period(date(2026, 6, 30))) for g in (given, shuffled))
    )


def test_a_producer_that_fails_far_more_often_is_named_with_its_platforms():
    found = hotspots(**national(1, makers=12, planted=8.0))
    row = found[(found["period_type"] == "all") & (found["unit_code"] == codes(1)[0])].iloc[0]
    assert row["named"] and row["n_platforms"] >= 2 and row["p_adjusted"] <= 0.05
    assert row["ratio_low"] < row["ratio"] < row["ratio_high"] and row["ratio_low"] > 1


def test_a_hotspot_in_no_register_is_where_the_label_of_its_newest_batch_says_in_any_order():
    rows = {"standing_conclusion": [failing("s0"), failing("s1")]}
    for places in (["330106", "440106"], ["440106", "330106"]):
        made = [{"producer_uscc": codes(1)[0], "producer_region_code": place} for place in places]
        samples = [batch(f"s{number}", **label) for number, label in enumerate(made)]
        for order in (samples, samples[::-1]):
            assert set(hotspots(**rows, sample=order)["region_code"]) == {places[1]}


def test_no_producer_is_named_for_one_batch_nor_on_one_platform():
    rows = national(1, makers=12, planted=8.0)
    for sample in rows["sample"]:
        sample["platform_code"] = "P1"
    found = hotspots(**rows)
    assert len(found) and not found["named"].any() and found["n_failing"].min() >= 2


def test_where_only_categories_differ_hardly_anyone_is_named():
    named = [
        bool(hotspots(**national(seed, makers=12)).query("period_type == 'all'")["named"].any())
        for seed in range(12)
    ]
    assert sum(named) <= 2  # at 5 % each, three or more of twelve come once in fifty times


def test_one_bad_firm_does_not_name_its_cluster():
    cluster = {"cluster_code": "C", "region_code": "330106", "category_codes": ["HA01", "TY01"]}
    rows = national(1, makers=12, planted=8.0)
    for number, sample in enumerate(rows["sample"]):
        sample["producer_region_code"] = "330106" if number % 12 < 4 else "440106"
    rows["registration"] = []
    found = hotspots(**rows, industrial_cluster=[cluster])
    own = found[(found["unit_type"] == "cluster") & (found["period_type"] == "all")].iloc[0]
    assert own["ratio_low"] > 1 and not own["named"]


def test_what_a_region_says_of_its_leads_is_judged_once(monkeypatch: pytest.MonkeyPatch):
    asked = []
    monkeypatch.setattr(course, "gives_by_code", lambda code, *_: asked.append(code) or code == "330000")
    said = [("L1", "330000"), ("L2", "330000"), ("L1", "440000"), ("L2", "440000"), ("L3", "330000")]
    rows = pd.DataFrame(said, columns=["item_id", "recipient_code"]).assign(recipient="浙江")
    province = ["330000", "330000", None]
    leads = pd.DataFrame({"lead_id": ["L1", "L2", "L3"], "province_code": province})
    found = course._by_the_responsible(rows, leads, "lead_id", places=None)
    assert found.index.tolist() == [0, 1]
    assert sorted(asked) == ["330000", "440000"]
