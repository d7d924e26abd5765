"""The made-up sampling of the demonstration: plans, samples, tested items, conclusions, and overseas notices."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from math import exp, log
from random import Random

from jobs.simulate import demonstration_words as words
from jobs.simulate.demonstration_market import Listing, Market, References, pick_county


@dataclass(frozen=True)
class Plan:
    """``samples`` to buy between two days; ``categories``: prefixes of the codes it is about (all if empty)."""

    plan_id: str
    kind: str  # probability targeted complaint_led follow_up
    name: str
    level: str
    issuer: str
    starts_on: date
    ends_on: date
    samples: int
    categories: tuple[str, ...] = ()
    log_odds: float = 0.0
    filed: bool = True  # False: only its samples name it


@dataclass(frozen=True)
class Sample:
    sample_id: str
    plan: Plan
    listing: Listing
    purchased_on: date
    produced_on: date
    batch_no: str
    consumer_region_code: str
    lab: str
    channel: str  # online shop production; only online samples name platform, shop and listing
    inclusion_probability: float | None
    exit_reason: str = ""  # as the regulator writes it
    exited_on: date | None = None


@dataclass(frozen=True)
class Result:
    sample_id: str
    item: words.Item
    value: str
    verdict: str  # conforming nonconforming not_judged
    tested_on: date


@dataclass(frozen=True)
class Conclusion:
    sample_id: str
    stage: str  # first reinspection
    outcome: str
    issued_on: date
    serious: bool
    lab: str


@dataclass(frozen=True)
class Alert:
    number: int
    published_on: date
    origins: str
    notifier: str
    product: str
    category: str
    hazard: str
    severity: str


@dataclass
class Sampling:
    plans: list[Plan]
    samples: list[Sample] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)
    conclusions: list[Conclusion] = field(default_factory=list)


def plans() -> list[Plan]:
    """Twelve plans of all four types, and one that no list of plans names."""

    def plan(kind: str, number: str, name: str, start: str, end: str, size: int, *, level="national", issuer="", **more) -> Plan:
        days = date.fromisoformat(start), date.fromisoformat(end)
        return Plan(f"DEMO-{number}", kind, f"演示{name}（合成数据）", level, issuer, *days, size, **more)

    zhejiang, guangdong = {"level": "provincial", "issuer": "330000"}, {"level": "provincial", "issuer": "440000"}
    child, ride = ("TY", "IC", "CL01", "FN03"), ("VH", "EL")
    return [
        plan("probability", "P2024H2", "网络商品概率抽查2024年下半年", "2024-07-01", "2024-12-31", 500),
        plan("probability", "P2025H1", "网络商品概率抽查2025年上半年", "2025-01-01", "2025-06-30", 500),
        plan("probability", "P2025H2", "网络商品概率抽查2025年下半年", "2025-07-01", "2025-12-31", 500),
        plan("probability", "P2026H1", "网络商品概率抽查2026年上半年", "2026-01-01", "2026-06-30", 500),
        plan("targeted", "T2024-1", "儿童用品专项", "2024-09-01", "2025-02-28", 300, categories=child, log_odds=0.5),
        plan("targeted", "T2025-1", "小家电专项", "2025-03-01", "2025-08-31", 350, categories=("HA",), log_odds=0.4, **zhejiang),
        plan("targeted", "T2025-2", "电动出行专项", "2025-06-01", "2025-12-31", 300, categories=ride, log_odds=0.7, **guangdong),
        plan("targeted", "T2025-3", "服装鞋类专项", "2025-10-01", "2026-04-30", 400, categories=("CL", "FW"), log_odds=0.4),
        plan("complaint_led", "C2025", "投诉线索抽查2025", "2025-01-01", "2025-12-31", 250, log_odds=1.0),
        plan("complaint_led", "C2026", "投诉线索抽查2026", "2026-01-01", "2026-06-30", 200, log_odds=1.0),
        plan("follow_up", "F2025", "跟踪抽查2025", "2025-03-01", "2025-12-31", 150, log_odds=0.8),
        plan("follow_up", "F2026", "跟踪抽查2026", "2026-01-01", "2026-06-30", 150, log_odds=0.8),
        plan("targeted", "X2026", "未备案计划", "2026-02-01", "2026-05-31", 60, categories=("LT",), log_odds=0.6, filed=False),
    ]


def build_sampling(market: Market, references: References, seed: int) -> Sampling:
    """Samples of all plans with their ends: exits, results and conclusions up to LAST_DAY; later ones are still open."""
    random = Random(f"{seed}:sampling")
    provinces = {code[:2]: random.gauss(0, 0.3) for code in references.provinces}
    sampling = Sampling(plans())
    for plan in sampling.plans:
        for listing, probability in _draw(plan, market, random):
            _follow(plan, listing, probability, provinces, references, sampling, random)
    return sampling


def _draw(plan: Plan, market: Market, random: Random) -> list[tuple[Listing, float | None]]:
    """Listings to buy: for a probability plan a simple random sample in each platform (stratum), with its π; else by sales."""
    if plan.kind == "probability":
        drawn: list[tuple[Listing, float | None]] = []
        total = len(market.listings)
        for platform in words.PLATFORMS:
            frame = [x for x in market.listings if x.platform == platform.code]
            size = round(plan.samples * len(frame) / total)
            drawn += [(listing, size / len(frame)) for listing in random.sample(frame, size)]
        return drawn
    frame = [x for x in market.listings if not plan.categories or x.category_code.startswith(plan.categories)]
    return [(x, None) for x in random.choices(frame, [x.units_sold for x in frame], k=plan.samples)]


def _follow(
    plan: Plan, listing: Listing, probability: float | None, provinces: dict[str, float], references: References,
    sampling: Sampling, random: Random,
) -> None:  # fmt: skip
    """Buy one sample and follow it to its exit or its conclusion."""
    bought = plan.starts_on + timedelta(days=random.randint(0, (plan.ends_on - plan.starts_on).days))
    ended = bought + timedelta(days=random.randint(3, 15))
    reason = ""
    if listing.maker is None and random.random() < 0.7:
        reason = "无厂名厂址"
    elif random.random() < 0.055:
        reason = random.choice([*list(words.VIOLATION_EXITS)[1:], *words.VOID_EXITS])
    exited = ended if reason and ended <= words.LAST_DAY else None
    sample = Sample(
        sample_id=f"DEMO-S{len(sampling.samples) + 1:05d}",
        plan=plan,
        listing=listing,
        purchased_on=bought,
        produced_on=bought - timedelta(days=random.randint(20, 400)),
        batch_no=f"{random.randint(1, 99):02d}{random.choice('ABCD')}{random.randint(0, 999):03d}",
        consumer_region_code=pick_county({}, references, random),
        lab=random.choice(words.LABS),
        channel="online" if plan.kind == "probability" else random.choices(("online", "shop", "production"), (86, 10, 4))[0],
        inclusion_probability=probability,
        exit_reason=reason if exited else "",
        exited_on=exited,
    )
    sampling.samples.append(sample)
    if reason or random.random() < 0.01:  # gone, or never heard of again
        return
    _test(sample, _failing_share(sample, provinces), sampling, random)


def _failing_share(sample: Sample, provinces: dict[str, float]) -> float:
    base = words.FAILING_SHARE[sample.listing.category_code[:2]]
    platform = next(p.log_odds for p in words.PLATFORMS if p.code == sample.listing.platform)
    years = (sample.purchased_on - words.FIRST_DAY).days / 365
    province = provinces[sample.listing.shop.region_code[:2]]
    odds = log(base / (1 - base)) + platform + province + sample.plan.log_odds - 0.15 * years
    return 1 / (1 + exp(-odds))


def _test(sample: Sample, share: float, sampling: Sampling, random: Random) -> None:
    tested = sample.purchased_on + timedelta(days=random.randint(12, 30))
    issued = tested + timedelta(days=random.randint(2, 9))
    if issued > words.LAST_DAY:
        return
    items = words.ITEMS.get(sample.listing.category_code[:2], words.GENERAL)
    judged = random.random() >= 0.015
    failing: set[int] = set()
    if judged and random.random() < share:
        failing = {random.randrange(len(items))} | ({random.randrange(len(items))} if random.random() < 0.25 else set())
    for number, item in enumerate(items):
        verdict = "not_judged" if not judged else "nonconforming" if number in failing else "conforming"
        sampling.results.append(Result(sample.sample_id, item, _value(item, number in failing, random), verdict, tested))
    outcome = "not_judged" if not judged else "nonconforming" if failing else "conforming"
    serious = any(items[n].item_class == "A" for n in failing)
    sampling.conclusions.append(Conclusion(sample.sample_id, "first", outcome, issued, serious, sample.lab))
    again = issued + timedelta(days=random.randint(20, 45))
    if failing and random.random() < 0.12 and again <= words.LAST_DAY:
        overturned = random.random() < 0.3
        other = random.choice([lab for lab in words.LABS if lab != sample.lab])
        outcome, serious = ("conforming", False) if overturned else ("nonconforming", serious)
        sampling.conclusions.append(Conclusion(sample.sample_id, "reinspection", outcome, again, serious, other))


def _value(item: words.Item, fails: bool, random: Random) -> str:
    low, high = item.failing if fails else item.passing
    if low == high:
        return "不符合" if fails else "符合"
    return f"{random.uniform(low, high):.2f}"


def build_alerts(seed: int) -> list[Alert]:
    """420 overseas notices over the two years, in order of their days."""
    random = Random(f"{seed}:alerts")
    days = sorted(random.randint(0, (words.LAST_DAY - words.FIRST_DAY).days) for _ in range(420))
    alerts = []
    for number, day in enumerate(days, start=1):
        category, product = random.choice(words.ALERT_PRODUCTS)
        alerts.append(
            Alert(
                number=number,
                published_on=words.FIRST_DAY + timedelta(days=day),
                origins=random.choices(list(words.ORIGINS), list(words.ORIGINS.values()))[0],
                notifier=random.choice(words.NOTIFIERS),
                product=f"demo {product} (synthetic)",
                category=category,
                hazard=random.choice(words.HAZARDS),
                severity=random.choices(list(words.SEVERITIES), list(words.SEVERITIES.values()))[0],
            )
        )
    return alerts
