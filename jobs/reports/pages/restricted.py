"""Joint restriction on the page of a platform: each restriction of its shops that is in effect, what the
platform still has to do, and a file of all its restrictions, ended ones too. Also the places to which the
search leads for notices, parties, penalties and list entries."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import quote

import pandas as pd

from jobs.arrays import dicts
from jobs.marts.dimensions import province_tree
from jobs.reports import cases
from jobs.reports.gathered import Gathered
from jobs.reports.names import page_name
from jobs.reports.numbers import DASH, missing
from jobs.reports.pages import credit
from jobs.reports.restriction_duties import duty, must_stop
from jobs.reports.wording import Text

PENALTY = "silver.penalty"
# Restrictions with a row each; of the others, shops with a row each and restrictions in these rows: a page
# has at most 10,000 elements, of which a full row takes some forty, a restriction of the others four.
OF_PLATFORM, SHOPS, BRIEF, REVIEWS = 20, 60, 120, 25


@dataclass(frozen=True)
class Restricted:
    """What a platform's page shows of joint restriction. ``covered``: how far restrictions reached it
    (`credit.covered`); ``all``: the number of its restrictions in effect; ``n_stop``: those whose sales
    are still to be stopped; ``n_silent``: those without an acknowledgement, ``silent_since``: the day on
    which the oldest of them began; ``shops``: the first OF_PLATFORM, a row each; ``further``: of the others
    one dict a shop, with its restrictions as ``each``; ``listed``: how many restrictions both name;
    ``download``, ``rows``: path of the file of all that the platform has or had, and its rows of
    `credit.restrictions`."""

    covered: dict[str, Any]
    all: int
    n_stop: int
    n_silent: int
    silent_since: str
    shops: list[dict[str, Any]]
    further: list[dict[str, Any]]
    listed: int
    download: str
    rows: pd.DataFrame

    @cached_property
    def notices(self) -> set[str]:
        """Numbers of the notices that are ids of elements of the page, to which a link can lead."""
        return {s["notice"] for s in self.shops} | {s["notice"] for f in self.further for s in f["each"]}


def of_platform(known: Gathered, code: str) -> Restricted | None:
    """Return what a platform's page shows of joint restriction; None where gold.restriction_coverage has no
    row for ``code``. Shops whose sales are still to be stopped come first, those that sell before the others,
    then those whose notice is not acknowledged, then those with most order lines. Kept in ``known``: all
    pages share what is made for the first one."""
    kept: dict[str, Restricted | None] = known.__dict__.setdefault("_restricted_of", {})
    if code not in kept:
        kept[code] = _of_platform(known, code)
    return kept[code]


def _of_platform(known: Gathered, code: str) -> Restricted | None:
    coverage = known.night.frame(credit.COVERAGE)
    rows = coverage[coverage["dimension_type"].eq("platform") & coverage["dimension_code"].eq(code)]
    if rows.empty:
        return None
    every = credit.restrictions(known)
    own = every[every["platform_code"].eq(code)]
    mine = own[own["held"]]
    day = known.night.date
    reported = (mine["stops_sales"], mine["ban_open"], mine["n_listings"], mine["last_ordered_on"])
    stop = [must_stop(*row, day) for row in zip(*reported, strict=True)]
    selling, silent = mine["stops_sales"].eq(True) & mine["sells"], mine["acknowledged_on"].isna()
    mine = mine.assign(stop=stop, selling=selling, silent=silent).sort_values(
        ["stop", "selling", "silent", "n_order_lines", *credit.KEY],
        ascending=[False, False, False, False, True, True, True],
    )
    made = [
        credit.shop(known, row)
        | {"stop": row["stop"], "duty": duty(row["stop"], row["acknowledged_on"])}
        | {"ground": row["basis_id"], "case": _case(known, row)}
        for row in dicts(mine.head(OF_PLATFORM + BRIEF))
    ]
    for each in made:
        each["silent"] = each["acknowledged"] == DASH
    first, further = made[:OF_PLATFORM], _by_shop(made[OF_PLATFORM:])[:SHOPS]
    return Restricted(
        credit.covered(known, rows.iloc[0].to_dict()),
        len(mine),
        sum(stop),
        int(silent.sum()),
        str(min(mine.loc[mine["silent"], "starts_on"].dropna(), default=DASH)),
        first,
        further,
        len(first) + sum(len(each["each"]) for each in further),
        f"data/restricted_shops_{page_name(code)[:-5]}.csv",
        own,
    )


def _by_shop(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One dict a shop, in the order in which shops first come: the shop's first row with all its rows as
    ``each``."""
    found: dict[tuple[str, Text, str], dict[str, Any]] = {}
    for row in rows:
        key = (row["shop"], row["operator"], row["code"])
        found.setdefault(key, row | {"each": []})["each"].append(row)
    return list(found.values())


def _case(known: Gathered, row: dict[str, Any]) -> str:
    """The page of the case that a penalty decided, as a path below site/; '' where none shows it."""
    case = known.about(PENALTY, "penalty_id").get(row["basis_id"], {}).get("case_id")
    if row["basis"] != "penalty" or case is None or missing(case):
        return ""
    kind, which = cases.subject(known, "enforcement_case", str(case))
    return cases.href(known, kind, which) if kind == "sample" else ""


def of_region(known: Gathered, code: str) -> dict[str, Any] | None:
    """Return what a province's page shows of joint restriction: ``held``, the number of restrictions in
    effect of shops that are registered there, ``platforms`` (code, name, number) where these are, and
    ``reviews``, the first REVIEWS (in the order of `credit.surest`) of the ``n_reviews`` open ones that its
    offices have to decide, and ``deciding``, how many each office has. None without a restriction and a
    review."""
    held, waiting = (rows.iloc[places.get(code, [])] for rows, places in _by_province(known))
    mine = credit.surest(waiting)
    if held.empty and mine.empty:
        return None
    by = (
        held["platform_code"].dropna().value_counts().sort_index().sort_values(ascending=False, kind="stable")
    )
    return {
        "held": len(held),
        "platforms": [(unit, known.names.of("platform", unit), int(n)) for unit, n in by.items()],
        "n_reviews": len(mine),
        "deciding": Counter(str(office) for office in mine["office_region_code"].dropna()),
        "reviews": [credit.review(known, row) for row in dicts(mine.head(REVIEWS))],
    }


def with_restrictions(known: Gathered) -> list[tuple[str, str]]:
    """Return the platforms and provinces with a page that has a part on restrictions in effect, as
    (dimension, code), sorted."""
    every, coverage = credit.restrictions(known), known.night.frame(credit.COVERAGE)
    of_platforms = coverage.loc[coverage["dimension_type"].eq("platform"), "dimension_code"]
    held = set(every.loc[every["held"], "platform_code"].dropna())
    _, places = _by_province(known)[0]
    found = [("platform", code) for code in sorted(held & set(of_platforms))]
    found += [("region", code) for code in sorted(code for code in places if code)]
    return [(dimension, code) for dimension, code in found if code in known.names.paged[dimension]]


def _by_province(known: Gathered) -> list[tuple[pd.DataFrame, dict[str, Any]]]:
    """Restrictions in effect and open reviews, each with province → positions of its rows: of the shop, and
    of the office that decides. Made once for all pages."""
    kept: list[tuple[pd.DataFrame, dict[str, Any]]] | None = known.__dict__.get("_restrictions_by_province")
    if kept is None:
        every = credit.restrictions(known)
        held, waiting = every[every["held"]], known.night.frame(credit.REVIEW).query("state == 'open'")
        kept = [
            (rows, rows.groupby(_provinces(known, rows[column])).indices)
            for rows, column in ((held, "shop_region_code"), (waiting, "office_region_code"))
        ]
        known.__dict__["_restrictions_by_province"] = kept
    return kept


def _provinces(known: Gathered, codes: pd.Series) -> pd.Series:
    """The province in which each region lies; '' where it lies in none that is known, missing where its code
    is."""
    tree = province_tree(known.night.frame("silver.region"))
    found = {
        code: next((u for u in tree.units(code) if u in tree.shown), "") for code in codes.dropna().unique()
    }
    return codes.astype(object).map(found)


def place_of_notice(known: Gathered, platform: Any, notice: str) -> str:
    """Return the place that names a notice of restriction: its row on the page of its platform, else the
    part of that page whose file has it, as of those that ended; credit.html where the platform has no such
    part."""
    page = None if missing(platform) else known.names.href("platform", str(platform))
    own = of_platform(known, str(platform)) if page else None
    if own is None:
        return credit.PATH
    return f"{page}#{notice if notice in own.notices else 'restricted'}"


def parties(known: Gathered) -> list[tuple[str, str, str, Text | None]]:
    """Return (page, kind, code, about) of each `shop` and each operator (`enterprise`) that a list of
    credit.html or of a platform's page shows, those of credit.html first. ``about``: the shop's platform, the
    operator's name. Natural persons are left out."""
    found: list[tuple[str, str, str, Text | None]] = []
    for path, one in _listed(known):
        if one["shop"] not in ("", DASH):
            found.append((path, "shop", one["shop"], one["platform"] and one["platform"][1]))
        if one["code"]:
            found.append((path, "enterprise", one["code"], one["operator"]))
    return found


def grounds(known: Gathered) -> list[tuple[str, str, str, Text]]:
    """Return (page, kind, number, what was decided) of each penalty and list entry (`penalty`,
    `dishonesty_entry`) that is the ground of a restriction in a list of credit.html or of a platform's page,
    those of credit.html first: of these lists the rows that have the number."""
    each = ((path, one) for path, row in _listed(known) for one in row.get("each", [row]))
    return [
        (_rows_with(path, one["ground"]), one["basis_kind"], one["ground"], one["item"]) for path, one in each
    ]


def _rows_with(path: str, number: str) -> str:
    """Return the address of the rows of a list of credit.html that have ``number``; another ``path`` as it
    is."""
    page, _, name = path.partition("#")
    return f"{page}?{name}.find={quote(number)}#{name}" if page == credit.PATH else path


def _listed(known: Gathered) -> list[tuple[str, dict[str, Any]]]:
    """Each line of the lists of credit.html and of platforms' pages, with its place; made once."""
    kept: list[tuple[str, dict[str, Any]]] | None = known.__dict__.get("_listed_restrictions")
    if kept is not None:
        return kept
    today = credit.today(known, credit.restrictions(known))
    listed = [(f"{credit.PATH}#{name}", shop) for name in credit.LISTS for shop in today[name]]
    waiting = credit.surest(known.night.frame(credit.REVIEW).query("state == 'open'"))
    reviews = [credit.review(known, row) for row in dicts(waiting.head(credit.MOST))]
    listed += [(f"{credit.PATH}#reviews", review) for review in reviews]
    for code in sorted(known.names.paged["platform"]):
        path, own = known.names.href("platform", code), of_platform(known, code)
        listed += [(f"{path}#restricted", shop) for shop in (*own.shops, *own.further)] if own else []
    known.__dict__["_listed_restrictions"] = listed
    return listed
