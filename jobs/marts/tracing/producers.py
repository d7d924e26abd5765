"""Finds the producer of a batch: by the unified social credit code on its label, else by the name on the
label, else by what the listing's page says. Each link has a probability; where no producer is found, a reason
says why (definitions.md#tracing). Pure.

The register is silver.registration: one row per enterprise, with its unified social credit code (uscc), its
name, its former names and its region."""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property, reduce

import numpy as np
import pandas as pd

from jobs.arrays import NOTHING
from jobs.conform.linkage.names import name_parts
from jobs.conform.linkage.regions import Regions, read_regions
from jobs.conform.linkage.uscc import checked

LEAST = 0.9  # a link that is less sure than this is none
# Columns that name a producer as it was filed: name, unified social credit code, region.
NAMED = ["producer_name", "producer_uscc", "producer_region_code"]
# What `producers` returns, explained there.
COLUMNS = ["producer_id", "link_kind", "method", "probability", "by_page", "break_reason", "region_code"]
_PREFECTURE = 4  # digits of a region code that name its prefecture
# Keys by which a name is looked up, the surest first.
_KEYS = {"name": ["name"], "name_place": ["core", "prefecture"]}


def producers(
    batch: pd.DataFrame, registration: pd.DataFrame, region: pd.DataFrame, known: pd.DataFrame
) -> pd.DataFrame:
    """Return the producer of each batch: one row per row of ``batch``, in its order and with its index, with
    COLUMNS.

    ``batch``: the columns NAMED as on the label, the same columns with the prefix ``page_`` as on the
    listing's page, and the booleans ``no_maker`` (the label names no maker), ``fake`` and ``denied``
    (`source_trace.unmade`). ``registration``, ``region``: the silver tables. ``known``: one row per sample,
    with NAMED as on the label and ``page_uscc``, the producer's code on the page; the probabilities are
    estimated from it.

    - producer_id: code of the producer; region_code: its region in the register, else as filed, else in its
      code.
    - link_kind: `deterministic` for a valid code on the label, in the register (method `code`) or not
      (`code_unregistered`); `probabilistic` for a name (method `name`: the full name; `name_place`: its core
      within the prefecture), and for all links by the page. Former names count; a name must lead to one
      enterprise only.
    - probability, 0-1: 1 for a code on the label; for names `Register.sureness`; by the page also times
      `page_agreement`. by_page: whether the link is by the page, used only where the label leads to no
      producer.
    - break_reason: None where a producer was found, else why not: `counterfeit_label` (``fake``),
      `producer_denied` (``denied``), `no_maker`, `producer_uncertain` (a probability below LEAST) or a
      reason of `Register.found`. Then all other columns are None, but by_page is False."""
    register = Register(registration, region)
    sure = register.sureness(known)
    label = register.found(batch[NAMED], sure)
    page = register.found(batch[[f"page_{c}" for c in NAMED]].set_axis(NAMED, axis=1), sure)
    agreement = page_agreement(known)
    page["probability"] = page["probability"] * agreement
    page["link_kind"] = page["link_kind"].mask(page["producer_id"].notna(), "probabilistic")
    use_page = label["producer_id"].isna() & page["probability"].ge(LEAST)
    found = label.astype(object).mask(use_page, page.astype(object)).assign(by_page=use_page)
    low = found["producer_id"].notna() & found["probability"].astype(float).lt(LEAST)
    reason = label["break_reason"].where(found["producer_id"].isna(), None).mask(low, "producer_uncertain")
    nothing = reason.eq("producer_not_named") & batch["no_maker"].to_numpy(bool)
    reason = reason.mask(nothing, "no_maker")
    reason = reason.mask(batch["denied"].to_numpy(bool), "producer_denied")
    reason = reason.mask(batch["fake"].to_numpy(bool), "counterfeit_label")
    broken = reason.notna()
    found = found.assign(break_reason=reason)
    empty = ["producer_id", "link_kind", "method", "probability", "region_code"]
    found[empty] = found[empty].astype(object).where(~broken, None)
    found.loc[broken, "by_page"] = False
    return found[COLUMNS].set_axis(batch.index)


def page_agreement(known: pd.DataFrame) -> float:
    """Return how often the listing's page names the same producer as the label, as a share in 0-1: (s + 1) /
    (n + 2), where n counts the rows of ``known`` with a valid code on both, and s those of them with the same
    code. The added 1 and 2 keep the share of few rows away from 0 and 1.

    ``known``: columns producer_uscc (label) and page_uscc (page)."""
    label, page = checked(known["producer_uscc"])["uscc"], checked(known["page_uscc"])["uscc"]
    both = label.notna() & page.notna()
    return (int((label == page)[both].sum()) + 1) / (int(both.sum()) + 2)


class Register:
    """Looks up producers by code or name. ``registration``: silver.registration (uscc, name, former_names,
    region_code). ``region``: silver.region, whose names are taken off the beginnings of firms' names."""

    def __init__(self, registration: pd.DataFrame, region: pd.DataFrame) -> None:
        self._registration, self._places = registration, region
        self._region = dict(
            zip(registration["uscc"], registration["region_code"].astype(object), strict=True)
        )

    @cached_property
    def _regions(self) -> Regions:
        return read_regions(self._places)

    @cached_property
    def _by(self) -> dict[str, dict[str, str]]:
        """For each method of _KEYS, the code of the enterprise that has a key."""
        registration = self._registration
        former = registration[["uscc", "region_code"]].assign(name=registration["former_names"])
        former = former.explode("name").dropna(subset=["name"])
        names = pd.concat([registration[["uscc", "region_code", "name"]], former], ignore_index=True)
        keyed = self._keys(names["name"], names["region_code"]).assign(uscc=names["uscc"])
        return {method: self._unique(keyed, keys) for method, keys in _KEYS.items()}

    def coded(self, named: pd.DataFrame) -> pd.DataFrame:
        """Return the producer that each row names by a valid code: one row per row of ``named``, with its
        index and the columns producer_id and region_code, as in `producers`; null without a valid code. The
        names of the register are not needed.

        ``named``: columns NAMED."""
        code = checked(named["producer_uscc"])["uscc"]
        return pd.DataFrame({"producer_id": code, "region_code": self._place(code, named, code)})

    def _place(self, producer: pd.Series, named: pd.DataFrame, code: pd.Series) -> pd.Series:
        """The region of each producer in the register, else as filed, else in its code."""
        filed = named["producer_region_code"].astype(object)
        place = producer.map(self._region).astype(object)
        place = place.where(place.notna(), filed)
        return place.where(place.notna(), code.str[2:8]).where(producer.notna(), None)

    def found(self, named: pd.DataFrame, sure: dict[str, float]) -> pd.DataFrame:
        """Return the producer that each row names: one row per row of ``named``, with its index and the
        columns producer_id, link_kind, method, probability, break_reason and region_code, as in `producers`.

        ``named``: columns NAMED. ``sure``: probability of a link by name, for each method (`name`,
        `name_place`), as `sureness` returns it; a method that it lacks has probability NaN.

        break_reason is `producer_not_named` (no code and no name), `producer_ambiguous` (several enterprises
        have the name), `producer_code_invalid` (an invalid code and no name) or `producer_not_registered`;
        None where a producer was found, and then the other columns are set, else None."""
        code = checked(named["producer_uscc"])
        uscc, registered = code["uscc"], code["uscc"].isin(list(self._region))
        by_name, methods = self._named(named)
        coded = uscc.notna()
        method = methods.where(~coded, np.where(registered, "code", "code_unregistered"))
        producer = uscc.where(coded, by_name.where(by_name.ne(""), None))
        probability = methods.map(sure).astype(float).where(~coded, 1.0).where(producer.notna())
        kind = pd.Series(np.where(coded, "deterministic", "probabilistic"), named.index)
        silent = named["producer_name"].isna() & named["producer_uscc"].isna()
        reason = np.select(
            [
                producer.notna(),
                silent,
                by_name.eq(""),
                code["problem"].notna() & named["producer_name"].isna(),
            ],
            [NOTHING, "producer_not_named", "producer_ambiguous", "producer_code_invalid"],
            "producer_not_registered",
        )
        return pd.DataFrame(
            {
                "producer_id": producer,
                "link_kind": kind.where(producer.notna(), None),
                "method": method.where(producer.notna(), None),
                "probability": probability,
                "break_reason": pd.Series(reason, named.index, dtype=object),
                "region_code": self._place(producer, named, uscc),
            }
        )

    def sureness(self, known: pd.DataFrame) -> dict[str, float]:
        """Return for each method (`name`, `name_place`) how often a name leads to the right enterprise, as a
        share in 0-1: (right + 1) / (asked + 2).

        ``known``: columns NAMED. Its distinct rows with a name and a valid code of the register are looked up
        by the name alone; asked are those for which the method leads to one enterprise, right those for which
        that enterprise has the code. Each method is tried on all of these rows."""
        rows = known[NAMED].drop_duplicates().reset_index(drop=True)
        rows = rows.assign(uscc=checked(rows["producer_uscc"])["uscc"])
        rows = rows[rows["uscc"].isin(list(self._region)) & rows["producer_name"].notna()]
        keyed, sure = self._keys(rows["producer_name"], rows["producer_region_code"]), {}
        for method, keys in _KEYS.items():
            met = self._joined(keyed, keys).map(self._by[method]).astype(object)
            asked = met.notna() & met.ne("")
            sure[method] = (int((met == rows["uscc"])[asked].sum()) + 1) / (int(asked.sum()) + 2)
        return sure

    def _named(self, named: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
        """By name alone the entry's code (an empty text where several have that name), and by which
        method."""
        keyed = self._keys(named["producer_name"], named["producer_region_code"])
        code = pd.Series(None, named.index, dtype=object)
        method = pd.Series(None, named.index, dtype=object)
        for name, keys in _KEYS.items():
            met = self._joined(keyed, keys).map(self._by[name]).astype(object)
            open_ = code.isna() | (code.eq("") & met.ne(""))  # several of that name: one of them may be here
            new = open_ & met.notna()
            code, method = code.where(~new, met), method.where(~new, name)
        return code, method

    def _keys(self, names: pd.Series, regions: pd.Series) -> pd.DataFrame:
        parts = name_parts(names.astype(object), self._regions)
        prefecture = regions.astype(object).str[:_PREFECTURE] if len(regions) else regions.astype(object)
        return parts.assign(prefecture=prefecture)

    def _unique(self, keyed: pd.DataFrame, keys: Collection[str]) -> dict[str, str]:
        """The one code of each key; an empty text where several share it."""
        rows = pd.DataFrame({"key": self._joined(keyed, keys), "uscc": keyed["uscc"]}).dropna()
        codes = rows.groupby("key")["uscc"].agg(["first", "nunique"])
        return codes["first"].where(codes["nunique"] == 1, "").to_dict()

    @staticmethod
    def _joined(keyed: pd.DataFrame, keys: Collection[str]) -> pd.Series:
        """The texts of ``keys`` as one, null where any is."""
        first, *others = (keyed[key].astype(object) for key in keys)
        text = reduce(lambda one, other: one + "|" + other, others, first)  # missing where either is
        return text.where(text.notna(), None)
