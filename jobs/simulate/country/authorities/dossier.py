"""Everything that the authorities know of a country, as one set of tables, and what is true of it and known
to no one."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from jobs.arrays import NOTHING
from jobs.simulate.country.authorities import (
    abroad,
    conduct,
    draws,
    enforcement,
    illegal,
    plans,
    registers,
    results,
    samples,
    splits,
    standards,
)
from jobs.simulate.country.authorities.complaints import complaints, usual
from jobs.simulate.country.authorities.days import DAY, after, months, quarters
from jobs.simulate.country.authorities.goods import Market, goods
from jobs.simulate.country.authorities.people import buyers, experts
from jobs.simulate.country.authorities.procedure import STEPS, events, procedure
from jobs.simulate.country.streams import stream
from jobs.simulate.country.world import World

D = "datetime64[D]"
SAME_PRODUCER = (
    0.05  # how much a complaint-led plan looks at other goods of a producer, against what was complained of
)


@dataclass
class Dossier:
    """The tables of the authorities.

    ``market``: listings with their sales and true rates; ``tables``: name of a silver table → parts with its
    columns and hidden ones (see the package); ``truth``: name → parts of frames for the truth, of which
    `contacts` are the personal data in the texts of complaints.
    """

    market: Market
    tables: dict[str, list[pd.DataFrame]] = field(default_factory=dict)
    truth: dict[str, list[pd.DataFrame]] = field(default_factory=dict)

    def add(self, name: str, table: pd.DataFrame) -> None:
        """Add the rows of ``table`` to the silver table ``name``; nothing where there are none."""
        if len(table):
            self.tables.setdefault(name, []).append(table)

    def know(self, name: str, table: pd.DataFrame) -> None:
        """Add the rows of ``table`` to the frame ``name`` of the truth; nothing where there are none."""
        if len(table):
            self.truth.setdefault(name, []).append(table)

    def table(self, name: str) -> pd.DataFrame:
        """Return all rows of the silver table ``name``, in the order in which they were made. Raises
        KeyError where it has none."""
        if len(self.tables[name]) > 1:
            self.tables[name] = [pd.concat(self.tables[name], ignore_index=True)]
        return self.tables[name][0]


def dossier(world: World) -> Dossier:
    """Return the dossier of a country. It is made month by month and quarter by quarter, each from separate
    random numbers, so that later nights never change earlier rows."""
    market = Market(world)
    book = Dossier(market)
    complained = _months(book)
    crew = buyers(world, ["CN", *sorted(set(world.references.regions.province))])
    every = plans.plans(market)
    failed: list[pd.DataFrame] = []
    for serial, quarter in enumerate(quarters(world)):
        bought = _bought(book, every[every.quarter == quarter], complained, failed)
        if len(bought):
            failed.append(_followed(book, bought, crew, complained, str(quarter).replace("-", ""), serial))
    _registers(book)
    _conduct(book)
    return book


def _conduct(book: Dossier) -> None:
    """Cases and acknowledgements that answer what the exchange sent."""
    market = book.market
    if "counterfeit_report" in book.tables:
        reports = book.table("counterfeit_report")
        cases = conduct.counterfeit_cases(market, reports)
        book.add("enforcement_case", cases)
        # By the quarter of their opening: cases of later quarters draw from other numbers.
        for quarter, mine in cases.groupby(cases["opened_on"].dt.to_period("Q").astype(str)):
            _followed_up(book, mine.reset_index(drop=True), f"JD{quarter}")
    if "conclusion" in book.tables:
        found = conduct.sample_leads(market, book.table("sample"), book.table("conclusion"))
        book.add("acknowledgement", found)
    if "platform_control" in book.tables:
        orders = book.table("platform_control")
        sent = pd.DataFrame(
            {
                "item_id": orders.control_id,
                "item_kind": "takedown_order",
                "recipient": orders.platform_code,
                "sent_on": orders.learned_on,
            }
        )
        book.add("acknowledgement", conduct.notices(market, sent))
    entries, penalties = (
        book.table(name) if name in book.tables else pd.DataFrame(columns=columns)
        for name, columns in (
            ("dishonesty_entry", ["entry_id", "operator_uscc", "listed_on"]),
            ("penalty", ["penalty_id", "operator_uscc", "final_on"]),
        )
    )
    book.add("acknowledgement", conduct.notices(market, conduct.restrictions(market, entries, penalties)))


def _months(book: Dossier) -> pd.DataFrame:
    """Tables made month by month; returns listing, received_on, quality, complaint_id, `_opened_on` of all
    complaints."""
    market, world = book.market, book.market.world
    level, found = usual(market), []
    for month in months(world):
        matters, contacts = complaints(market, month, level)
        book.add("complaint", matters)
        book.know("contacts", contacts)
        found.append(matters[["_listing", "received_on", "quality", "complaint_id", "kind", "_opened_on"]])
        for name, make in (
            ("customs_inspection", abroad.customs),
            ("overseas_alert", abroad.alerts),
            ("recall", abroad.recalls),
            ("standards_activity", abroad.activities),
        ):
            book.add(name, make(market, month))
    return pd.concat(found, ignore_index=True)


def _bought(
    book: Dossier, chosen: pd.DataFrame, complained: pd.DataFrame, failed: list[pd.DataFrame]
) -> pd.DataFrame:
    """The draws of a quarter's plans; adds plans and strata to the book."""
    market, drawn, strata, filed = book.market, [], [], []
    for plan in chosen.itertuples(index=False):
        if plan.type == "probability":
            cells, of = draws.strata(market, plan)
            mine = draws.drawn_by_chance(market, plan, cells, of)
            known = np.datetime64(plan.starts_on, "D") - DAY
            strata.append(cells.assign(plan_id=plan.plan_id, _office=plan.office, _known=known))
        else:
            mine = draws.drawn_by_aim(market, plan, _aim(market, plan, complained, failed))
        luck = stream(market.world.seed, "planned", plan.plan_id)
        span = int((plan.ends_on - plan.starts_on).days) + 1
        days = np.datetime64(plan.starts_on, "D") + luck.integers(0, span, len(mine)) * DAY
        drawn.append(mine.assign(plan_id=plan.plan_id, office=plan.office, type=plan.type, planned_on=days))
        filed.append(plan.filed and len(mine) > 0)
    book.add("sampling_stratum", pd.concat(strata, ignore_index=True))
    filed_plans = chosen[filed]
    book.add(
        "sampling_plan",
        filed_plans[["plan_id", "type", "name_zh", "name_en", "starts_on", "ends_on"]].assign(
            issuer_region_code=np.where(filed_plans.office == plans.NATION, NOTHING, filed_plans.office),
            issuer_level=filed_plans.level,
            _office=filed_plans.office,
            _known=filed_plans.starts_on.to_numpy(D) - 10 * DAY,
        ),
    )
    return pd.concat(drawn, ignore_index=True)


def _aim(
    market: Market, plan: draws.Plan, complained: pd.DataFrame, failed: list[pd.DataFrame]
) -> np.ndarray:
    """How a plan without chance weighs each listing: a targeted one by its theme, the others by what was
    complained of or failed before."""
    if plan.type == "targeted":
        return draws.aim(market, plan)
    weight = np.zeros(len(market.category))
    start = np.datetime64(plan.starts_on, "D")
    if plan.type == "complaint_led":
        before = complained[
            complained.quality
            & (complained.received_on < start)
            & (complained.received_on >= start - 92 * DAY)
        ]
        known = before["_listing"].to_numpy()
        producer = market.world.listings["producer"].to_numpy()
        weight[np.isin(producer, producer[known])] = SAME_PRODUCER
        np.add.at(weight, known, 1.0)
    elif failed:
        before = pd.concat(failed)
        np.add.at(
            weight,
            before.listing.to_numpy()[
                (before.issued_on < start).to_numpy() & (before.issued_on >= start - 120 * DAY).to_numpy()
            ],
            1.0,
        )
    return np.where(market.units(plan.quarter) > 0, weight, 0.0)


def _followed(
    book: Dossier,
    draws: pd.DataFrame,
    crew: pd.DataFrame,
    complained: pd.DataFrame,
    quarter: str,
    serial: int,
) -> pd.DataFrame:
    """From the draws of a quarter to the last consequence; returns the failing samples."""
    market = book.market
    bought = samples.with_tests(market, samples.purchases(market, draws, quarter), quarter)
    steps, exits = procedure(market, bought, quarter), bought[bought.exit_kind.notna()].reset_index(drop=True)
    steps, extra = illegal.planted(steps, exits, serial)
    book.add("sample", samples.sample_table(market, bought, quarter))
    book.add("sampling_order", samples.order_table(market, bought, crew, quarter))
    tested = bought[bought.outcome.notna()].reset_index(drop=True)
    lines = results.results(market, tested, quarter)
    again = steps[steps.reinspection_issued.notna()]
    again = again[["sample_id", "plan_id"]].assign(
        lab=again.again_lab,
        issued_on=again.reinspection_issued,
        requested_on=again.reinspection_requested,
        outcome=np.where(again.overturned, "conforming", "nonconforming"),
    )
    rechecks = steps[steps.recheck_organised.notna()]
    rechecks = rechecks[["sample_id", "plan_id"]].assign(
        lab=rechecks.recheck_lab, organised_on=rechecks.recheck_organised
    )
    book.add("test_result", lines)
    book.add("split_result", splits.splits(market, tested, lines, quarter))
    book.add("conclusion", results.conclusions(market, tested, lines, again))
    book.add("lab_commission", results.commissions(market, tested, again, rechecks, quarter))
    book.add("sampling_event", events(market, steps, exits, quarter))
    book.add("sampling_event", illegal.events(extra, bought))
    _enforced(book, steps, exits, complained, quarter)
    _known(book, bought, steps, extra)
    return tested[tested.outcome == "nonconforming"]


def _enforced(
    book: Dossier, steps: pd.DataFrame, exits: pd.DataFrame, complained: pd.DataFrame, quarter: str
) -> None:
    """Add to ``book`` what follows from a quarter's samples (``steps``), exits and complaints: objections,
    cases with what follows from them, disposals, and takedowns by platforms."""
    market = book.market
    for name, table in zip(
        ("objection", "reinspection", "party_comment"),
        enforcement.objections(market, steps, quarter),
        strict=True,
    ):
        book.add(name, table)
    first = np.datetime64(f"{quarter[:4]}-{quarter[4:]}", "M")
    month = complained["_opened_on"].to_numpy("datetime64[M]")
    mine = complained[(month >= first) & (month < first + 3)]
    reports = goods(market.world, mine["_listing"].to_numpy()).assign(
        complaint_id=mine.complaint_id.to_numpy(object),
        opened_on=mine["_opened_on"].to_numpy(D),
    )
    cases = enforcement.cases(market, steps, exits, reports, quarter)
    book.add("enforcement_case", cases)
    _followed_up(book, cases, quarter)
    book.add("disposal", enforcement.sample_disposals(market.world, steps, quarter))
    taken = steps[steps.taken_down.notna()]
    book.add(
        "platform_control",
        pd.DataFrame(
            {
                "control_id": ("XJ-" + taken.sample_id).to_numpy(object),
                "kind": "takedown",
                "happened_on": taken.taken_down.to_numpy(D),
                "platform_code": taken.platform_code.to_numpy(object),
                "shop_id": taken.shop_id.to_numpy(object),
                "listing_id": taken.listing_id.to_numpy(object),
                "sample_id": taken.sample_id.to_numpy(object),
                "reason": "不合格商品下架",
                "learned_on": taken.takedown_ordered.to_numpy(D),
                "_known": after(taken.taken_down.to_numpy(D), 1),
            }
        ),
    )


def _followed_up(book: Dossier, cases: pd.DataFrame, quarter: str) -> None:
    names = ("penalty", "assistance_request", "disposal")
    for name, table in zip(names, enforcement.consequences(book.market, cases, quarter), strict=True):
        book.add(name, table)


def _known(book: Dossier, bought: pd.DataFrame, steps: pd.DataFrame, extra: pd.DataFrame) -> None:
    """What is true of a quarter's samples."""
    labs = book.market.world.labs
    book.know(
        "samples",
        pd.DataFrame(
            {
                "sample_id": bought.sample_id,
                "plan_id": bought.plan_id,
                "type": bought.type,
                "listing_id": bought.listing_id,
                "bought": bought.bought,
                "exit_reason": bought.exit_reason,
                "lab_id": labs["lab_id"].to_numpy(object)[bought.lab],
                "lab_bias": labs["bias"].to_numpy()[bought.lab],
                "true_rate": bought.rate,
                "true_fail": bought.true_fail,
                "outcome": bought.outcome,
                "contradicts_its_values": bought.fails & (bought.outcome == "conforming"),
                "issued_on": bought.issued_on,
            }
        ),
    )
    again = steps[steps.reinspection_issued.notna()]
    book.know(
        "reinspections",
        pd.DataFrame(
            {
                "sample_id": again.sample_id,
                "overturned": again.overturned,
                "true_fail": again.true_fail,
                "issued_on": again.reinspection_issued,
            }
        ),
    )
    number = list(STEPS).index("reinspection_issued") + 1
    suffix = np.where(
        extra.reason == "same_lab", f"-E{number:02d}", "-X" + extra.reason.str[:2] + extra.reason.str[-3:]
    )
    book.know("illegal", extra.assign(event_id=extra.sample_id + suffix))


def _registers(book: Dossier) -> None:
    market, world = book.market, book.market.world
    made = {
        "registration": registers.registration(world),
        "link_decision": registers.link_decisions(world, max(6, round(world.n_history_shops * 0.004))),
        "lab": registers.labs(market),
        "expert": experts(world, max(30, world.records // 20_000)),
        "brand": registers.brands(world),
        "counterfeit_report": registers.counterfeit_reports(market),
        "certificate": registers.certificates(world),
        "dishonesty_entry": registers.dishonesty(world),
        "standard": standards.standards(world),
        "standard_requirement": standards.requirements(world),
    }
    for name, table in made.items():
        book.add(name, table)
